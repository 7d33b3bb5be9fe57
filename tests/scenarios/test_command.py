"""`cjo test`, as an author calls it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cjo.cli.main import main
from tests.scenarios.stories import RIGHT, write
from tests.spec import workspaces

Capture = pytest.CaptureFixture[str]
SALE = """
---
scenario: Sold at once
given:
  - {touchpoint: product_added, with: {basket_id: b1, amount: 30}}
  - {at: +5 min, touchpoint: order_completed, with: {basket_id: b1, order_id: o1}}
expect: nothing
"""


def test_the_shipped_journeys_pass_with_everything_visited(capsys: Capture) -> None:
    assert main(["test", "--fail-under", "100"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert re.fullmatch(
        r"(?:\S+: \d+ scenarios passed, \d+ ms; visited (\d+) of \1 steps, (\d+) of \2 ways\n?)", out.splitlines()[0]
    )


def test_a_failure_has_a_place_a_story_and_exit_code_1(tmp_path: Path, capsys: Capture) -> None:
    folder = write(tmp_path, ("{at: 30 min, send", "{at: 31 min, send"), text=RIGHT + SALE)
    assert main(["test", str(folder)]) == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == f"FAILED {folder}/shop/scenarios/baskets.yaml:1:1 win-back: A forgotten basket"
    assert any(line.startswith("  - day 1 09:31 (31 minutes) ") for line in lines)
    assert re.fullmatch(r"win-back: 1 of 2 scenarios FAILED, \d+ ms; visited 3 of 3 steps, 1 of 2 ways", lines[-2])
    assert lines[-1] == "  never visited: exit: order_completed"
    assert err == ""


def test_fail_under_judges_each_journey(tmp_path: Path, capsys: Capture) -> None:
    folder = str(write(tmp_path))
    assert main(["test", folder, "--fail-under", "80"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["test", folder, "--fail-under", "81"]) == 1
    expected = "win-back: 80 % of its steps and ways are visited, expected at least 81 %\n"
    assert capsys.readouterr().err == expected


def test_a_journey_without_scenarios_is_named(tmp_path: Path, capsys: Capture) -> None:
    other = (
        "\n---\njourney: other\nowner: x\npurpose: marketing\nenter: {on: basket_abandoned}\nsteps:\n  - a: {exit: b}\n"
    )
    journey = workspaces.FILES["shop/journey.yaml"] + other
    folder = str(write(tmp_path, ("scenario:", "journey: win-back\nscenario:"), journey=journey))
    assert main(["test", folder]) == 0
    assert "other: no scenarios; visited 1 of 1 steps, 0 of 0 ways" in capsys.readouterr().out


def test_one_journey_or_some_scenarios_can_be_chosen(tmp_path: Path, capsys: Capture) -> None:
    folder = str(write(tmp_path, text=RIGHT + SALE))
    assert main(["test", folder, "--journey", "win-back", "-k", "SOLD"]) == 0
    out = capsys.readouterr().out
    assert re.fullmatch(r"win-back: 1 scenario passed, \d+ ms\n", out)


def test_a_program_reads_results_and_coverage_as_json(tmp_path: Path, capsys: Capture) -> None:
    folder = write(tmp_path, ("{at: 30 min, send", "{at: 31 min, send"), text=RIGHT + SALE)
    assert main(["test", str(folder), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] is False
    assert [(one["scenario"], one["line"], one["passed"]) for one in found["scenarios"]] == [
        ("A forgotten basket", 1, False),
        ("Sold at once", 12, True),
    ]
    assert [line for line in found["scenarios"][0]["story"] if line.startswith("-")]
    assert found["coverage"] == [
        {
            "journey": "win-back",
            "steps": 3,
            "ways": 2,
            "steps_missed": [],
            "ways_missed": ["exit: order_completed"],
            "percent": 80.0,
        }
    ]


def test_a_program_reads_the_problems_of_a_scenario_as_json(tmp_path: Path, capsys: Capture) -> None:
    assert main(["test", str(write(tmp_path, ("step: remind", "step: remnd"))), "--json"]) == 1
    out, err = capsys.readouterr()
    assert [problem["code"] for problem in json.loads(out)["problems"]] == ["CJO-E025"]
    assert "baskets.yaml:8:" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--journey", "win-bak"], 2, "cjo test: unknown journey 'win-bak'\n\nhint: did you mean 'win-back'?"),
        (["-k", "nobody"], 2, "cjo test: no scenario has 'nobody' in its name"),
        (["-k", "a", "--fail-under", "3"], 2, "cjo test: --fail-under judges all scenarios of a journey"),
    ],
)
def test_what_can_not_be_chosen_says_why(
    words: list[str], code: int, said: str, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["test", str(write(tmp_path)), *words]) == code
    assert capsys.readouterr().err.startswith(said)


def test_a_workspace_without_scenarios_is_told_how_to_write_one(tmp_path: Path, capsys: Capture) -> None:
    assert main(["test", str(workspaces.write(tmp_path))]) == 1
    assert capsys.readouterr().err == (
        f"cjo test: {tmp_path} has no scenarios\n\n"
        "hint: write one in the folder of its journey, in scenarios/NAME.yaml; docs/guide/testing.md shows how\n"
    )
