"""`cjo report`: every figure against a count so simple that it is obviously right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from cjo.cli.main import main
from cjo.client.reader import Record
from cjo.insight.decisions import of_journey
from cjo.insight.funnel import fold
from cjo.insight.intervals import Rate
from cjo.insight.report import as_json, as_text
from cjo.settings import Settings
from tests.insight.logs import Decision, log

SEEDS = range(12)


def reported(decisions: list[Decision]) -> dict[str, Any]:
    return as_json("win-back", fold(of_journey(decisions, "win-back", "live", "a test")))


def once(decisions: list[Decision]) -> list[Decision]:
    ids = [decision["decision_id"] for decision in decisions]
    return [decision for place, decision in enumerate(decisions) if decision["decision_id"] not in ids[:place]]


def people(decisions: list[Decision], **wanted: Any) -> int:
    """How many customers have a decision with these fields."""
    return len({d["customer_id"] for d in decisions if all(d[name] == value for name, value in wanted.items())})


@pytest.mark.parametrize("seed", SEEDS)
def test_people_are_counted_once_and_repeats_are_dropped(seed: int) -> None:
    decisions = once(log(seed))
    found = reported(log(seed))
    assert found["entered"] == {
        "people": people(decisions, reason="entered"),
        "times": sum(d["reason"] == "entered" for d in decisions),
    }
    assert found["sent"]["people"] == people(decisions, reason="sent")
    for part, wanted in (("not_entered", {"kind": "entry"}), ("refused", {"kind": "send"})):
        assert found[part]
        for row in found[part]:
            assert row["people"] == people(decisions, reason=row["reason"], outcome="refused", **wanted)
        reasons = {d["reason"] for d in decisions if d["outcome"] == "refused" and d["kind"] == wanted["kind"]}
        assert {row["reason"] for row in found[part]} == reasons
    for row in found["ended"]:
        assert row["people"] == people(decisions, kind="end", reason=row["reason"])


@pytest.mark.parametrize("seed", SEEDS)
def test_each_step_tells_who_came_by_which_channel_and_why_not(seed: int) -> None:
    decisions = once(log(seed))
    found = reported(log(seed))
    assert {row["step"] for row in found["steps"]} == {d["step"] for d in decisions if d["kind"] in ("send", "move")}
    for row in found["steps"]:
        here = [d for d in decisions if d["step"] == row["step"] and d["kind"] in ("send", "move")]
        assert row["came"]["people"] == people(here)
        assert row["came"]["times"] == len({(d["run_id"], d["visit"]) for d in here})
        assert row["sent"]["people"] == people(here, reason="sent")
        assert row["taken_back"]["times"] == sum(d["kind"] == "cancel" and d["step"] == row["step"] for d in decisions)
        for part in row["channels"]:
            assert part["people"] == people(here, reason="sent", channel=part["channel"])
        for part in row["refused"]:
            assert part["people"] == people(here, reason=part["reason"])


@pytest.mark.parametrize("seed", SEEDS)
def test_runs_in_flight_stand_at_their_last_step(seed: int) -> None:
    decisions = once(log(seed))
    standing: dict[str | None, set[str]] = {}
    for run in {d["run_id"] for d in decisions if d["reason"] == "entered"}:
        own = [d for d in decisions if d["run_id"] == run]
        if not any(d["kind"] == "end" for d in own):
            steps = [d["step"] for d in own if d["kind"] in ("send", "move")]
            standing.setdefault(steps[-1] if steps else None, set()).add(run.split("-")[0])
    found = reported(log(seed))
    assert {row["step"]: row["people"] for row in found["in_flight"]} == {k: len(v) for k, v in standing.items()}
    began_before = {d["run_id"] for d in decisions if d["run_id"]} - {
        d["run_id"] for d in decisions if d["reason"] == "entered"
    }
    assert found["runs_without_entry"] == len(began_before)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_goal_has_count_value_and_median_time(seed: int) -> None:
    decisions = once(log(seed))
    goals = [d for d in decisions if d["kind"] == "goal"]
    orders = {(d["customer_id"], d["inputs"]["event_id"]) for d in goals if "value" in d["inputs"]}
    waits = []
    for customer in {d["customer_id"] for d in goals}:
        goal = next(d for d in goals if d["customer_id"] == customer)
        sends = [d for d in decisions if d["run_id"] == goal["run_id"] and d["reason"] == "sent"]
        waits.append(goal["decided_at"] - sends[0]["decided_at"])
    found = reported(log(seed))["goal"]
    assert (found["people"], found["times"]) == (len(waits), len(goals))
    assert Decimal(found["value"]) == Decimal("12.5") * len(orders)
    assert found["median_ms"] == round(median(waits))
    assert found["of"] == people(decisions, reason="sent")


@pytest.mark.parametrize("seed", SEEDS)
def test_each_arm_counts_what_came_after_its_first_exposure(seed: int) -> None:
    decisions = once(log(seed))
    found = reported(log(seed))["arms"]
    assert {row["arm"] for row in found} == {"none", "ten"}
    for row in found:
        exposed, reached = set(), set()
        for decision in decisions:
            if decision["inputs"].get("arm") == row["arm"]:
                exposed.add(decision["customer_id"])
            if decision["kind"] == "goal" and decision["customer_id"] in exposed:
                reached.add(decision["customer_id"])
        assert row["exposed"]["people"] == len(exposed)
        assert (row["goal"]["people"], row["goal"]["of"]) == (len(reached), len(exposed))


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(10, 100, 0.0552, 0.1744), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 2, 0.0945, 0.9055)],
)
def test_intervals_are_wilsons(hits: int, of: int, low: float, high: float) -> None:
    interval = Rate(hits, of).interval
    assert interval is not None
    assert interval == pytest.approx((low, high), abs=0.00005)


def test_a_rate_of_nobody_is_no_rate() -> None:
    assert Rate(0, 0).as_json() == {"of": 0, "rate": None, "low": None, "high": None}
    assert str(Rate(0, 0)) == "-"
    assert str(Rate(1, 8)) == "12.5 % of 8 (2.2 to 47.1)"


def test_a_report_from_a_file_as_table_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "decisions.jsonl"
    file.write_text("".join(json.dumps(decision) + "\n" for decision in log(1)))
    assert main(["report", "win-back", "--decisions", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == reported(log(1))
    assert main(["report", "win-back", "--decisions", str(file)]) == 0
    text = capsys.readouterr().out
    assert text.splitlines() == list(as_text("win-back", fold(of_journey(log(1), "win-back", "live", ""))))
    assert f"entered{'':>20}" in text
    assert f"{found['goal']['people']}" in text


def test_a_file_written_by_tail_or_why_is_read_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = []
    for number, decision in enumerate(log(2)):
        value = decision | {"decided_at": f"2026-05-01T00:{number // 60 % 60:02d}:{number % 60:02d}Z"}
        lines.append(json.dumps({"topic": "decisions", "value": value} if number % 2 else {"record": value}))
    lines.append(json.dumps({"topic": "moments", "value": {"moment_id": "m"}}))
    file = tmp_path / "tail.jsonl"
    file.write_text("\n".join(lines))
    assert main(["report", "win-back", "--decisions", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entered"] == reported(log(2))["entered"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 1: no JSON"),
        ('{"journey": "win-back", "outcome": "done"}', "line 1: a decision without decision_id, customer_id"),
        (json.dumps(log(1)[0] | {"decided_at": "yesterday"}), "line 1: decided_at is 'yesterday'"),
        (json.dumps(log(1)[0] | {"journey": "win-bak"}), "did you mean 'win-bak'?"),
        (json.dumps(log(1)[0] | {"mode": "shadow"}), "no live decision of journey 'win-back'"),
    ],
)
def test_a_file_that_can_not_be_reported_says_why(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "decisions.jsonl"
    file.write_text(line)
    assert main(["report", "win-back", "--decisions", str(file)]) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "win-back", "--decisions", str(tmp_path / "nothing")]) == 2
    assert "can't be read: No such file" in capsys.readouterr().err


def test_the_topic_is_read_as_far_as_it_can_be_decoded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def records(topic: str, settings: Settings) -> Iterator[Record]:
        yield Record(topic, 0, 0, 0, "c", None, "undecodable: what it is")
        for number, decision in enumerate(log(3), 1):
            yield Record(topic, 0, number, 0, decision["customer_id"], decision)

    monkeypatch.setattr("cjo.insight.decisions.read", records)
    assert main(["report", "win-back", "--kafka", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == reported(log(3))
