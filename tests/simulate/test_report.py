"""What a simulation tells: everything that was decided stands somewhere, once."""

from __future__ import annotations

import json
import shutil
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
