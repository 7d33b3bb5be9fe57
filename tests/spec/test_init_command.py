"""`cjo init`: a workspace to start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.cli.main import main
from cjo.compile.passes import compile_with_warnings
from cjo.resources import data_dir, workspace_dir
from cjo.spec.schema import FILES, schema_text


def test_the_new_workspace_has_no_problem_and_all_its_steps_are_tested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / "my shop")]) == 0
    plan, warnings = compile_with_warnings(tmp_path / "my shop")
    assert (plan["workspace"]["name"], warnings) == ("my-shop", [])
    assert main(["test", str(tmp_path / "my shop"), "--fail-under", "100"]) == 0
    assert f"next: cd '{tmp_path / 'my shop'}'" in capsys.readouterr().out


@pytest.mark.parametrize(("folder", "name"), [("2026", "workspace-2026"), ("läden", "l-den"), ("a_b-c", "a_b-c")])
def test_the_workspace_is_named_for_its_folder(tmp_path: Path, folder: str, name: str) -> None:
    assert main(["init", str(tmp_path / folder)]) == 0
    plan, _ = compile_with_warnings(tmp_path / folder)
    assert plan["workspace"]["name"] == name


def test_nothing_that_is_there_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert main(["init", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_workspace_is_not_made_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", str(tmp_path)])
    assert main(["init", str(tmp_path)]) == 2
    assert "is a workspace already" in capsys.readouterr().err


def test_a_folder_with_nothing_but_hidden_files_is_empty(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert main(["init", str(tmp_path)]) == 0


def test_schemas_are_written_anew(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    old = tmp_path / ".schemas" / "journey.schema.json"
    old.write_text("{}", encoding="utf-8")
    assert main(["init", "--schemas", str(tmp_path)]) == 0
    for file in FILES:
        assert (tmp_path / ".schemas" / file).read_text(encoding="utf-8") == schema_text(file)


def test_schemas_are_for_a_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--schemas", str(tmp_path)]) == 2
    assert "holds no workspace.yaml" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_commands_work_on_the_workspace_around_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CJO_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert workspace_dir() == data_dir("journeys")
    (tmp_path / "workspace.yaml").write_text("", encoding="utf-8")
    assert workspace_dir() == Path()
    monkeypatch.setenv("CJO_WORKSPACE", "/elsewhere")
    assert workspace_dir() == Path("/elsewhere")
    assert workspace_dir(Path("given")) == Path("given")


def test_who_gets_the_shipped_journeys_for_want_of_a_workspace_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CJO_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert main(["validate"]) == 0
    assert "taking the shipped journeys" in capsys.readouterr().err


def test_a_folder_that_is_not_there_can_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(tmp_path / "shop")]) == 1
    assert f"hint: make it: cjo init {tmp_path / 'shop'}" in capsys.readouterr().err


def test_a_misspelt_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validatee"]) == 2
    assert "unknown command 'validatee'\n\nhint: did you mean 'validate'?" in capsys.readouterr().err


def test_without_a_command_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "make a small workspace to start from" in capsys.readouterr().err
