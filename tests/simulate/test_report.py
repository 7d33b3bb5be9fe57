"""What a simulation tells: everything that was decided stands somewhere, once."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cjo.cli.main import main
from cjo.resources import data_dir
from cjo.simulate.deciding import Decided
from cjo.simulate.report import lines, summary
from cjo.simulate.run import Outcome
from cjo.simulate.tally import Key, Tally
from tests.simulate.logs import json_lines, shipped, touchpoints, world

Capture = pytest.CaptureFixture[str]
JOURNEY = "win-back-basket"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A copy of the shipped one."""
    return shutil.copytree(data_dir("journeys"), tmp_path / "workspace")


def simulated(tmp_path: Path, capsys: Capture, *words: str) -> dict[str, Any]:
    log = json_lines(tmp_path / "log.jsonl", touchpoints(world(1, 6_000)))
    assert main(["simulate", log, "--json", "--processes", "1", *words]) == 0
    return json.loads(capsys.readouterr().out)["journeys"][JOURNEY]


def times(found: list[dict[str, Any]]) -> int:
    return sum(one["times"] for one in found)


def test_d8_who_is_held_out_is_told_beside_what_was_sent(tmp_path: Path, workspace: Path, capsys: Capture) -> None:
    whole = simulated(tmp_path, capsys)
    (workspace / "policies.yaml").write_text("hold_outs: {everyone: {share: 50%, purposes: marketing}}\n")
    found = simulated(tmp_path, capsys, "--workspace", str(workspace))
    assert whole["held_out"] == []
    assert times(found["held_out"]) > 5
    assert times(found["sent"]) > 5
    assert times(found["sent"]) + times(found["held_out"]) == times(whole["sent"])

    assert main(["simulate", str(tmp_path / "log.jsonl"), "--workspace", str(workspace)]) == 0
    assert "  held out remind: " in capsys.readouterr().out


def test_what_a_journey_decides_in_shadow_stands_apart(tmp_path: Path, workspace: Path, capsys: Capture) -> None:
    whole = simulated(tmp_path, capsys)
    path = workspace / JOURNEY / "journey.yaml"
    path.write_text(path.read_text().replace("priority: 40", "priority: 40\nmode: shadow"))
    found = simulated(tmp_path, capsys, "--workspace", str(workspace))
    assert (found["sent"], found["reached"]["times"], found["entered"]["times"]) == ([], 0, 0)
    assert times(found["modes"]["shadow"]["sent"]) > 5
    assert found["modes"]["shadow"]["entered"] == whole["entered"]
    assert found["open"] == {}
    assert sum(found["modes"]["shadow"]["open"].values()) > 0

    assert main(["simulate", str(tmp_path / "log.jsonl"), "--workspace", str(workspace)]) == 0
    out = capsys.readouterr().out
    assert f"journey {JOURNEY}: 0 runs, 0 messages\n" in out
    assert "  in shadow mode: " in out


def test_what_is_open_in_a_workspace_in_shadow_stands_apart(tmp_path: Path, workspace: Path, capsys: Capture) -> None:
    (workspace / "policies.yaml").write_text("mode: shadow\n")
    found = simulated(tmp_path, capsys, "--workspace", str(workspace))
    assert (found["entered"]["times"], found["open"]) == (0, {})
    assert sum(found["modes"]["shadow"]["open"].values()) > 0


def test_a_refused_emit_is_told_once() -> None:
    tally = Tally()
    key: Key = ("emit", "refused", "expired", JOURNEY, "remind", "incidents")
    tally.times[key], tally.people[key] = 1, 1
    found = summary(Outcome(Decided([tally])), shipped())
    journey = found["journeys"][JOURNEY]
    assert [one["reason"] for one in journey["refused"]] == ["expired"]
    assert journey["other"] == []
    assert sum("expired" in line for line in lines(found)) == 1


def test_a_hold_names_its_channel() -> None:
    tally = Tally()
    for channel, count in (("sms", 7), ("push", 18)):
        key: Key = ("hold", "held", "send_window", JOURNEY, "remind", channel)
        tally.times[key], tally.people[key] = count, count
    found = list(lines(summary(Outcome(Decided([tally])), shipped())))
    assert "  hold     send_window 7 (7 customers) at remind by sms" in found
    assert "  hold     send_window 18 (18 customers) at remind by push" in found


def test_what_is_of_a_household_counts_no_customers() -> None:
    tally = Tally()
    keys: list[Key] = [
        ("moment", "household_plans_a_home"),
        ("moment", "basket_abandoned"),
        ("entry", "refused", "no_contact", "household-advice", "", ""),
    ]
    for key in keys:
        tally.times[key], tally.people[key] = 3, 2
    whole = summary(Outcome(Decided([tally])), shipped())
    found = list(lines(whole))
    assert whole["moments"]["household_plans_a_home"]["of"] == "household"
    assert "signal household_plans_a_home: 3 moments (2 subjects)" in found
    assert "signal basket_abandoned: 3 moments (2 customers)" in found
    assert any("no_contact 3 (2 subjects)" in line for line in found)


def test_many_days_are_one_line_unless_each_is_asked_for() -> None:
    tally = Tally()
    key: Key = ("moment", "basket_abandoned")
    tally.days[key] = Counter({f"2026-01-{day:02}": day % 20 for day in range(1, 15)})
    found = summary(Outcome(Decided([tally])), shipped())
    assert list(lines(found)) == list(lines(found, each_day=True))
    tally.days[key]["2026-01-15"] = 1
    found = summary(Outcome(Decided([tally])), shipped())
    short = [line for line in lines(found) if "2026-01" in line]
    assert short == ["    on 15 days from 2026-01-01 to 2026-01-15, at most 14 on 2026-01-14"]
    assert sum("2026-01" in line for line in lines(found, each_day=True)) == 15


@pytest.mark.parametrize("processes", ["1", "2"])
def test_d8_a_report_of_a_simulation_has_its_arms_and_its_hold_outs(
    processes: str, tmp_path: Path, workspace: Path, capsys: Capture
) -> None:
    (workspace / "policies.yaml").write_text("hold_outs: {everyone: {share: 50%, purposes: marketing}}\n")
    decisions = tmp_path / "decisions.jsonl"
    words = ["--workspace", str(workspace), "--decisions", str(decisions), "--processes", processes]
    found = simulated(tmp_path, capsys, *words)
    assert main(["report", JOURNEY, "--decisions", str(decisions), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["entered"]["times"] == found["entered"]["times"] > 0
    arms = {one["arm"]: one["exposed"] for one in told["arms"]}
    assert arms.keys() == {"held_out", "treated"}
    assert all(arms.values())
    assert len({json.loads(line)["journey"] for line in decisions.read_text().splitlines()}) > 3


def test_a_file_for_decisions_that_is_the_log_itself_stays_as_it_is(tmp_path: Path, capsys: Capture) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("{}\n")
    assert main(["simulate", str(log), "--decisions", str(log)]) == 2
    assert "is what is read" in capsys.readouterr().err
    assert log.read_text() == "{}\n"


def test_a_file_for_decisions_that_cannot_be_written_is_told_first(tmp_path: Path, capsys: Capture) -> None:
    assert main(["simulate", "-", "--decisions", str(tmp_path / "none" / "x.jsonl")]) == 2
    assert "--decisions: cannot write" in capsys.readouterr().err
