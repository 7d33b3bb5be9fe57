"""R7: a simulation under control records decides what the replay decides under the same ones."""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cjo.cli.main import main
from cjo.client.sources import batches
from cjo.compile.tracking import load
from cjo.errors import UsageError
from cjo.resources import data_dir
from cjo.simulate.control import engine_under, read_control
from cjo.simulate.reading import Wanted
from cjo.simulate.replay import Replay
from cjo.simulate.run import Options, simulate
from cjo.simulate.tally import Key, decision_key
from tests.simulate.logs import END_MS, json_lines, shipped, touchpoints, world
from tests.simulate.test_simulate import rows_by_subject

DAY_MS = 86_400_000
JOURNEY = "win-back-basket"
KINDS = ("entry", "send", "hold", "move", "end", "emit", "goal", "cancel")


def halt(kind: str, before_end_days: float, revision: int, name: str = JOURNEY) -> dict[str, Any]:
    at_ms = END_MS - round(before_end_days * DAY_MS)
    return {"kind": kind, "name": f"control/{name}", "revision": revision, "effective_at_ms": at_ms}


def newer(plan: dict[str, Any]) -> dict[str, Any]:
    """The journey with another wait, from the middle of the log on."""
    spec = copy.deepcopy(next(one for one in plan["journeys"] if one["name"] == JOURNEY))
    spec |= {"revision": 2, "version": "0123456789ab"}
    next(step for step in spec["steps"] if step["kind"] == "wait")["for_ms"] = 2 * DAY_MS
    fragment = {"signals": [], "journeys": [spec], "templates": {}}
    identity = {"kind": "publish", "name": f"journey/{JOURNEY}", "revision": 2, "version": "0123456789ab"}
    return {**identity, "effective_at_ms": END_MS - 4 * DAY_MS, "plan": fragment}


def test_r7_what_is_simulated_under_controls_is_what_the_replay_gives(tmp_path: Path) -> None:
    plan, log = shipped(), world(1)
    control = [newer(plan), halt("pause", 6, 1, "*"), halt("resume", 3.5, 2, "*"), halt("stop-all", 1, 3, "*")]
    wanted = Wanted([plan], load(data_dir("journeys")), control=control)
    name = json_lines(tmp_path / "log.jsonl", touchpoints(log))
    outcome = simulate(batches(name), wanted, Options(until_ms=END_MS), lambda *problem: None)

    replay, decided = Replay(engine_under(plan, control)), Counter[Key]()
    for subject, rows in rows_by_subject(plan, log).items():
        for row in rows:
            decided.update(_keys(replay.take(subject, row)))
    for _, effects in replay.advance(END_MS + plan["workspace"]["bound_ms"]):
        decided.update(_keys(effects))

    (tally,) = outcome.decided.tallies
    assert {key: count for key, count in tally.times.items() if key in decided or key[0] in KINDS} == decided
    assert {"journey_paused", "journey_stopped", "paused"} <= {key[2] for key in decided}


def _keys(effects: list[Any]) -> list[Key]:
    return [decision_key(record) for kind, record in effects if kind == "decision"]


def test_r7_the_command_tells_the_refusals_of_a_pause(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = tmp_path / "control.jsonl"
    records.write_text("\n".join(json.dumps({"value": one}) for one in [halt("pause", 6, 1)]) + "\n")
    log = json_lines(tmp_path / "log.jsonl", touchpoints(world(1)))

    assert main(["simulate", log, "--control", str(records), "--processes", "1", "--json"]) == 0
    assert '"journey_paused"' in capsys.readouterr().out


def test_a_kind_of_record_that_there_is_not_is_told_with_its_number(tmp_path: Path) -> None:
    records = tmp_path / "control.jsonl"
    records.write_text(json.dumps(halt("puase", 6, 1)) + "\n")

    with pytest.raises(
        UsageError, match="line 1: unknown kind of control record 'puase'\n\nhint: did you mean 'pause'"
    ):
        read_control(str(records))


def test_a_journey_that_nobody_knows_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = tmp_path / "control.jsonl"
    named = [halt("pause", 6, 1, "win-bak-basket"), halt("pause", 6, 2, "*"), halt("resume", 5, 3, JOURNEY)]
    records.write_text("\n".join(map(json.dumps, named)) + "\n")
    log = json_lines(tmp_path / "log.jsonl", touchpoints(world(1))[:5])

    assert main(["simulate", log, "--control", str(records), "--processes", "1"]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("--control")]
    assert len(told) == 1
    assert "no journey 'win-bak-basket' is in the workspace or published; did you mean 'win-back-basket'?" in told[0]


def test_a_journey_that_only_the_records_know_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, record = shipped(), newer(shipped())
    (spec,) = record["plan"]["journeys"]
    spec |= {"name": "seasonal", "revision": 1}
    record |= {"name": "journey/seasonal", "revision": 1, "effective_at_ms": END_MS - 20 * DAY_MS}
    record["plan"]["templates"] = plan["templates"]
    records = tmp_path / "control.jsonl"
    records.write_text(json.dumps(record) + "\n")
    log = json_lines(tmp_path / "log.jsonl", touchpoints(world(1)))

    assert main(["simulate", log, "--control", str(records), "--processes", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["journeys"]["seasonal"]["sent"]


def test_a_line_that_is_no_control_record_is_told_with_its_number(tmp_path: Path) -> None:
    records = tmp_path / "control.jsonl"
    records.write_text('{"kind": "workspace", "name": "workspace/x", "revision": 1}\n{"kind": "stop", "name": "x"}\n')

    with pytest.raises(UsageError, match="line 2: a control record without revision, effective_at_ms"):
        read_control(str(records))


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (halt("pause", 6, 1) | {"name": 5}, "name must be a text, got 5"),
        (halt("pause", 6, 1) | {"revision": "1"}, "revision must be a whole number, got '1'"),
        (
            halt("stop", 6, 1) | {"effective_at_ms": "2026-11-01T00:00:00Z"},
            "effective_at_ms must be milliseconds since 1970, got '2026-11-01T00:00:00Z'",
        ),
        (halt("publish", 6, 1) | {"name": "journey/x"}, "a control record without plan"),
        (halt("publish", 6, 1) | {"name": "journey/x", "plan": []}, "plan must be an object, got []"),
        (halt("remove", 6, 1) | {"name": JOURNEY}, f"remove is of journey/NAME or signal/NAME, got '{JOURNEY}'"),
    ],
)
def test_a_field_of_a_record_in_another_form_is_told_with_its_number(
    record: dict[str, Any], said: str, tmp_path: Path
) -> None:
    records = tmp_path / "control.jsonl"
    records.write_text(json.dumps(record) + "\n")
    with pytest.raises(UsageError) as caught:
        read_control(str(records))
    assert caught.value.message == f"{records}, line 1: {said}"
