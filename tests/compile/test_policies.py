"""policies.yaml: what becomes of it in the plan, and what is told of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.cli.main import main
from cjo.compile import compile_with_warnings, compile_workspace
from cjo.spec.problems import SpecErrors
from tests.compile.test_lints import OVER_FIVE, names_found
from tests.spec import workspaces

CAPS = """caps:
  few: {at_most: 3, per: 7 days}
  texts: {at_most: 1, per: day, channels: web, purposes: [marketing]}
"""


def written(folder: Path, text: str, **changes: str | tuple[str, str] | None) -> Path:
    """The small workspace with that policies.yaml."""
    workspaces.write(folder, **changes)
    (folder / "policies.yaml").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(SpecErrors) as told:
        compile_workspace(folder)
    return [str(problem) for problem in told.value.problems]


def test_caps_stand_in_the_plan_in_the_order_of_the_file(tmp_path: Path) -> None:
    plan, warnings = compile_with_warnings(written(tmp_path, CAPS))
    assert warnings == []
    assert plan["workspace"]["caps"] == [
        {"name": "few", "at_most": 3, "per": None, "window_ms": 604_800_000, "channels": None, "purposes": None},
        {
            "name": "texts",
            "at_most": 1,
            "per": "day",
            "window_ms": None,
            "channels": ["web"],
            "purposes": ["marketing"],
        },
    ]


def test_without_the_file_or_with_an_empty_one_there_is_no_cap(tmp_path: Path) -> None:
    assert "caps" not in compile_workspace(workspaces.write(tmp_path))["workspace"]
    assert not compile_workspace(written(tmp_path, "# none yet\n"))["workspace"].get("caps")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("caps: {few: {at_most: 3, per: 7 days, channels: [emial]}}", ":1:50", "did you mean 'email'?"),
        ("caps: {few: {at_most: 3, per: 7 days, purposes: [transactional]}}", ":1:50", "never capped"),
        ("caps: {few: {at_most: 0, per: 7 days}}", ":1:23", "greater than or equal to 1"),
        ("caps: {few: {at_most: 3, per: fortnight}}", ":1:31", "fortnight"),
        ("caps: {few: {at_most: 3}}", ":1:8", "per"),
        ("limits: {few: {at_most: 3, per: day}}", ":1:1", "limits"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, place: str, said: str) -> None:
    [told] = problems(written(tmp_path, text))
    assert f"policies.yaml{place}" in told
    assert said in told


def test_a_file_of_nearly_that_name_is_an_error_and_never_left_out(tmp_path: Path) -> None:
    (workspaces.write(tmp_path) / "policies.yml").write_text(CAPS, encoding="utf-8")
    [told] = problems(tmp_path)
    assert "policies.yml" in told
    assert "caps" in told


def test_two_journeys_under_one_cap_are_no_longer_warned_of(tmp_path: Path) -> None:
    change = ("  - done: {exit: over}", OVER_FIVE)
    assert names_found(workspaces.write(tmp_path, journey=change)) == ["same-day"]
    assert names_found(written(tmp_path, CAPS, journey=change)) == []
    assert names_found(written(tmp_path, CAPS.replace("few: {", "few: {channels: web, "), journey=change)) == [
        "same-day"
    ]


def test_explain_says_what_caps_allow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(written(tmp_path, CAPS))]) == 0
    told = capsys.readouterr().out
    assert "cap      few: at most 3 messages of any purpose but transactional in 7 days" in told
    assert "cap      texts: at most 1 message by web for marketing a day of the customer's calendar" in told
