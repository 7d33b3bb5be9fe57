"""`cjo validate`, as an author calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cjo.cli.main import main
from cjo.resources import data_dir
from tests.spec import workspaces

Capture = pytest.CaptureFixture[str]


def test_the_shipped_journeys_are_right_and_are_listed(capsys: Capture) -> None:
    assert main(["validate"]) == 0
    out, err = capsys.readouterr()
    named = [line.split(":")[0] for line in out.splitlines()]
    journeys = sorted(file.parent.name for file in data_dir("journeys").glob("*/journey.yaml"))
    assert named[-len(journeys) :] == [f"journey {name}" for name in journeys]
    signals = named[: -len(journeys)]
    assert {"signal basket_abandoned", "signal high_mortgage_engagement"} <= set(signals)
    assert all(name.startswith("signal ") for name in signals)
    assert err == ""


def test_every_problem_goes_to_stderr_with_a_count(tmp_path: Path, capsys: Capture) -> None:
    folder = workspaces.write(tmp_path, journey=("owner: shop\npurpose: marketing", "owner: shop\npurpose: markting"))
    assert main(["validate", str(folder)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"{folder}/shop/journey.yaml:13:10 CJO-E023 journey win-back: unknown purpose 'markting'; "
        "hint: did you mean 'marketing'? workspace.yaml lists them",
        f"1 problem in {folder}",
    ]


def test_a_program_reads_the_problems_as_json(tmp_path: Path, capsys: Capture) -> None:
    assert main(["validate", "--json", str(workspaces.write(tmp_path, workspace=None))]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["valid"] is False
    assert [(problem["code"], problem["line"]) for problem in found["problems"]] == [("CJO-E004", 1)]


def test_a_program_reads_the_summary_or_the_plan_as_json(tmp_path: Path, capsys: Capture) -> None:
    folder = str(workspaces.write(tmp_path))
    assert main(["validate", "--json", folder]) == 0
    assert json.loads(capsys.readouterr().out)["signals"][0]["name"] == "basket_abandoned"
    assert main(["validate", "--plan", folder]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == 1


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path, capsys: Capture) -> None:
    assert main(["validate", str(tmp_path / "nowhere")]) == 1
    assert "no such folder" in capsys.readouterr().err


WARNED = "{email: {en: {subject: s, body: a}}, web: {en: {body: a}, de: {body: b}}}"


def test_a_warning_is_shown_and_the_workspace_is_still_right(tmp_path: Path, capsys: Capture) -> None:
    folder = workspaces.write(tmp_path, template=WARNED)
    assert main(["validate", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert "journey win-back" in out
    place = f"{folder}/shop/templates/reminder.yaml:1:2"
    first, count = err.splitlines()
    assert first.startswith(f"{place} warning CJO-W050 template reminder: email lacks the locale 'de'")
    assert count == f"1 warning in {folder}"


def test_strict_makes_a_warning_fail(tmp_path: Path, capsys: Capture) -> None:
    folder = workspaces.write(tmp_path, template=WARNED)
    assert main(["validate", "--strict", str(folder)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == f"1 warning in {folder}"


def test_a_program_reads_the_level_of_each_problem(tmp_path: Path, capsys: Capture) -> None:
    folder = str(workspaces.write(tmp_path, template=WARNED))
    assert main(["validate", "--json", folder]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["valid"] is True
    assert [(problem["level"], problem["code"]) for problem in found["problems"]] == [("warning", "CJO-W050")]
