"""`cjo report`: every figure against a count so simple that it is obviously right."""

from __future__ import annotations

import json
import re
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
from tests.insight.logs import HOLD_OUTS, Decision, log

SEEDS = range(12)
ENTRY = next(decision for decision in log(1) if decision["reason"] == "entered")


def reported(decisions: list[Decision]) -> dict[str, Any]:
    return as_json("win-back", fold(of_journey(decisions, "win-back", "live", "a test")))


def once(decisions: list[Decision], mode: str = "live") -> list[Decision]:
    """Each once, of the runs that were entered in a mode, and the entries refused in it."""
    ids = [decision["decision_id"] for decision in decisions]
    found = [decision for place, decision in enumerate(decisions) if decision["decision_id"] not in ids[:place]]
    begun = {d["run_id"]: d["mode"] for d in reversed(found)}
    return [d for d in found if (d["mode"] if d["run_id"] is None else begun[d["run_id"]]) == mode]


def sends(decisions: list[Decision]) -> list[Decision]:
    """Messages that went."""
    return [d for d in decisions if d["reason"] == "sent" and d["mode"] == "live"]


def reached_ms(goal: Decision) -> int:
    return int(goal["inputs"].get("event_at", goal["decided_at"]))


def after(decisions: list[Decision], sent: list[Decision]) -> list[tuple[Decision, int]]:
    """Goals before which something had been sent in the same run, each with when that was first."""
    found = []
    for goal in (d for d in decisions if d["kind"] == "goal"):
        times = [d["decided_at"] for d in sent if d["run_id"] == goal["run_id"]]
        if times and times[0] <= reached_ms(goal):
            found.append((goal, times[0]))
    return found


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
    assert found["sent"]["people"] == people(sends(decisions))
    for part, kind in (("not_entered", "entry"), ("refused", "send")):
        refused = {d["reason"] for d in decisions if d["outcome"] in ("refused", "held_out") and d["kind"] == kind}
        here = {row["reason"]: row["people"] for row in found[part] if " in " not in row["reason"]}
        assert here == {
            reason: people([d for d in decisions if d["kind"] == kind and own(d)], reason=reason)
            for reason in refused
            if any(d["reason"] == reason and own(d) for d in decisions)
        }
    for row in found["ended"]:
        assert row["people"] == people(decisions, kind="end", reason=row["reason"])


def own(decision: Decision) -> bool:
    """False for what a live run decided while the workspace was in shadow."""
    return bool(decision["mode"] == "live")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_live_run_that_goes_on_while_the_workspace_is_in_shadow_is_one_run_and_sends_nothing(seed: int) -> None:
    decisions = once(log(seed))
    found = reported(log(seed))
    silent = [d for d in decisions if d["kind"] == "send" and d["mode"] == "shadow"]
    assert silent
    told = {row["reason"]: row["people"] for row in found["refused"] if row["reason"].endswith(" in shadow")}
    assert told == {f"{d['reason']} in shadow": people(silent, reason=d["reason"]) for d in silent}
    ended = {d["run_id"] for d in decisions if d["kind"] == "end"}
    entered = {d["run_id"] for d in decisions if d["reason"] == "entered"}
    assert sum(row["times"] for row in found["in_flight"]) == len(entered - ended)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_step_tells_who_came_by_which_channel_and_why_not(seed: int) -> None:
    decisions = once(log(seed))
    found = reported(log(seed))
    assert {row["step"] for row in found["steps"]} == {d["step"] for d in decisions if d["kind"] in ("send", "move")}
    for row in found["steps"]:
        here = [d for d in decisions if d["step"] == row["step"] and d["kind"] in ("send", "move")]
        assert row["came"]["people"] == people(here)
        assert row["came"]["times"] == len({(d["run_id"], d["visit"]) for d in here})
        assert row["sent"]["people"] == people(sends(here))
        assert row["goal"]["people"] == len({goal["customer_id"] for goal, _ in after(decisions, sends(here))})
        assert row["taken_back"]["times"] == sum(d["kind"] == "cancel" and d["step"] == row["step"] for d in decisions)
        for part in row["channels"]:
            assert part["people"] == people(sends(here), channel=part["channel"])
        for part in row["refused"]:
            if " in " not in part["reason"]:
                assert part["people"] == people([d for d in here if own(d)], reason=part["reason"])


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
def test_d10_the_goal_after_a_message_has_count_value_and_median_time(seed: int) -> None:
    """Of those who were held out, and what came before the first message, nothing is in it."""
    decisions = once(log(seed))
    goals = after(decisions, sends(decisions))
    assert len(goals) < sum(d["kind"] == "goal" for d in decisions)
    orders = {(d["customer_id"], d["inputs"]["event_id"]) for d, _ in goals if "value" in d["inputs"]}
    waits = []
    for customer in {d["customer_id"] for d, _ in goals}:
        goal, sent_ms = next((d, sent_ms) for d, sent_ms in goals if d["customer_id"] == customer)
        waits.append(reached_ms(goal) - sent_ms)
    found = reported(log(seed))["goal"]
    assert (found["people"], found["times"]) == (len(waits), len(goals))
    assert Decimal(found["value"]) == Decimal("12.5") * len(orders)
    assert found["median_ms"] == round(median(waits))
    assert found["of"] == people(sends(decisions))


def arms_of(decision: Decision) -> dict[str, str]:
    """The arms to which a decision exposes its customer, by experiment."""
    inputs = decision["inputs"]
    if "hold_out" not in inputs:
        return {"voucher": inputs["arm"]} if "arm" in inputs else {}
    return {f"hold-out {name}": inputs[f"hold_out.{name}"] for name in HOLD_OUTS}


@pytest.mark.parametrize("seed", SEEDS)
def test_d8_each_arm_counts_what_came_while_its_customers_were_in_it(seed: int) -> None:
    decisions = once(log(seed))
    found = {(row["experiment"], row["arm"]): row for row in reported(log(seed))["arms"]}
    assert {name for name, _ in found} == {"voucher", *(f"hold-out {name}" for name in HOLD_OUTS)}
    assert any("was" in d["inputs"] for d in decisions)
    for (experiment, arm), row in found.items():
        exposed, reached, sent = set(), set(), set()
        since_ms: dict[str, int] = {}
        for decision in decisions:
            customer, drawn = decision["customer_id"], arms_of(decision).get(experiment)
            if drawn == arm:
                exposed.add(customer)
                since_ms.setdefault(customer, decision["decided_at"])
            elif drawn is not None:
                since_ms.pop(customer, None)
            if customer in since_ms and decision in sends([decision]):
                sent.add(customer)
            if decision["kind"] == "goal" and since_ms.get(customer, reached_ms(decision) + 1) <= reached_ms(decision):
                reached.add(customer)
        assert row["exposed"]["people"] == len(exposed)
        assert row["sent"]["people"] == len(sent)
        assert (row["goal"]["people"], row["goal"]["of"]) == (len(reached), len(exposed))


def is_even(decision: Decision) -> bool:
    return int(decision["customer_id"][1:]) % 2 == 0


def test_d10_the_journeys_that_count_the_same_conversion_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_goals = [d for d in log(4) if d["kind"] == "goal" and d["mode"] == "live"]
    other = [
        d | {"journey": "other", "decision_id": f"o{d['decision_id']}", "run_id": f"o{d['run_id']}"} for d in log(4)
    ]
    shadow = [d | {"journey": "tried", "decision_id": f"s{d['decision_id']}", "mode": "shadow"} for d in own_goals]
    half = [d for d in other if d["kind"] != "goal" or is_even(d)]
    for d in own_goals:  # of runs that were entered before the workspace went live
        run = d | {"journey": "begun-in-shadow", "run_id": f"b{d['run_id']}"}
        entry = {"kind": "entry", "outcome": "accepted", "reason": "entered", "mode": "shadow"}
        shadow += [run | entry | {"decision_id": f"e{d['decision_id']}"}, run | {"decision_id": f"b{d['decision_id']}"}]
    file = tmp_path / "decisions.jsonl"
    file.write_text("".join(json.dumps(decision) + "\n" for decision in [*half, *log(4), *shadow]))

    assert main(["report", "win-back", "--decisions", str(file), "--json"]) == 0

    decisions = once(log(4))
    both = {d["customer_id"] for d, _ in after(decisions, sends(decisions)) if is_even(d) and own(d)}
    [claim] = json.loads(capsys.readouterr().out)["goal"]["claimed_by"]
    assert (claim["journey"], claim["people"]) == ("other", len(both))
    assert main(["report", "win-back", "--decisions", str(file)]) == 0
    assert re.search(rf"\n  by what other counts too +{len(both)} ", capsys.readouterr().out)


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
    assert re.search(rf"\ngoal reached: purchase +{found['goal']['people']} +{found['goal']['times']} ", text)
    assert re.search(rf"\nentered +{found['entered']['people']} +{found['entered']['times']}\n", text)


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
        (json.dumps(ENTRY | {"decided_at": "yesterday"}), "line 1: decided_at is 'yesterday'"),
        (json.dumps(ENTRY | {"journey": "win-bak"}), "did you mean 'win-bak'?"),
        (json.dumps(ENTRY | {"mode": "shadow"}), "there are others of it: say --mode shadow"),
        (json.dumps(ENTRY | {"kind": "send"}), "line 1: a decision without step"),
        (json.dumps(ENTRY | {"inputs": "none"}), "line 1: inputs is 'none'"),
        (json.dumps(ENTRY | {"inputs": {"arm": 1}}), "line 1: inputs is {'arm': 1}"),
        (json.dumps(ENTRY | {"customer_id": ["c"]}), "line 1: customer_id is ['c']"),
        (json.dumps({name: ENTRY[name] for name in ENTRY if name != "journey_version"}), "without journey_version"),
    ],
)
def test_a_file_that_can_not_be_reported_says_why(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "decisions.jsonl"
    file.write_text(line)
    assert main(["report", "win-back", "--decisions", str(file)]) == 2
    assert said in capsys.readouterr().err


def test_what_a_decision_leaves_out_has_the_default_of_its_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needed = ("decision_id", "customer_id", "journey", "journey_version", "kind", "outcome", "reason", "decided_at")
    entry = {name: ENTRY[name] for name in needed} | {"run_id": "r"}
    sent = entry | {"decision_id": "d2", "kind": "send", "reason": "sent", "step": "remind"}
    file = tmp_path / "decisions.jsonl"
    file.write_text(f"{json.dumps(entry)}\n{json.dumps(sent)}\n")
    assert main(["report", "win-back", "--decisions", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["sent"]["people"], found["steps"][0]["channels"]) == (1, [])


def test_records_that_could_not_be_decoded_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = {"topic": "decisions", "partition": 0, "offset": 5, "error": "undecodable: what it is"}
    file = tmp_path / "decisions.jsonl"
    file.write_text("\n".join(map(json.dumps, [{"topic": "decisions", "value": ENTRY}, broken, broken])))
    assert main(["report", "win-back", "--decisions", str(file)]) == 0
    said = "2 records of decisions could not be decoded and count in no figure; the first is 0/5: undecodable: what"
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "win-back", "--decisions", str(tmp_path / "nothing")]) == 2
    assert "can't be read: No such file" in capsys.readouterr().err


def test_records_that_could_not_be_decoded_are_told_also_where_nothing_else_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "decisions.jsonl"
    file.write_text(json.dumps({"topic": "decisions", "partition": 0, "offset": 5, "error": "undecodable: what it is"}))
    assert main(["report", "win-back", "--decisions", str(file)]) == 2
    told = capsys.readouterr().err
    assert "1 record of decisions could not be decoded" in told
    assert "no live decision of journey 'win-back'" in told


def test_the_topic_is_read_as_far_as_it_can_be_decoded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def records(topic: str, settings: Settings, contract: object) -> Iterator[Record]:
        yield Record(topic, 0, 0, 0, "c", None, "undecodable: what it is")
        for number, decision in enumerate(log(3), 1):
            yield Record(topic, 0, number, 0, decision["customer_id"], decision)

    monkeypatch.setattr("cjo.insight.decisions.read", records)
    assert main(["report", "win-back", "--kafka", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == reported(log(3))
    assert "1 record of decisions could not be decoded" in told.err


def test_d8_who_is_held_out_was_refused_nothing() -> None:
    funnel = fold(once(log(SEEDS[0])))
    told = list(as_text("welcome", funnel))
    assert any(line.startswith("  held out ") for line in told)
    assert not any("held_out" in line and "refused" in line for line in told)
    assert "held_out" in {row["reason"] for row in as_json("welcome", funnel)["refused"]}
