"""`cjo simulate` and `cjo backtest` with subjects beyond the customer: S3, S5, T4 without a job that writes the log."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cjo.cli.main import main
from cjo.client.reader import Record
from cjo.client.sources import Batch, batches
from cjo.compile import compile_workspace
from cjo.compile.tracking import load
from cjo.engine import Engine
from cjo.resources import data_dir
from cjo.simulate.backtest import Backtest, signals_only
from cjo.simulate.log import Log
from cjo.simulate.reading import Wanted
from cjo.simulate.replay import Replay, written_row
from cjo.simulate.run import Options, Outcome, simulate
from cjo.simulate.tally import decision_key
from tests.engine.build import DAY, HOUR, MINUTE

START_MS = 1_763_300_000_000
HOMES = 40


def touchpoint(number: int, customer: str, at_ms: int, kind: str, **attributes: str) -> dict[str, Any]:
    channel = "web" if kind == "page_viewed" else "crm"
    return {
        "event_id": f"e{number}", "customer_id": customer, "channel": channel, "type": kind, "occurred_at": at_ms,
        "attributes": attributes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def log() -> list[dict[str, Any]]:
    """A month of homes, each with a contact and one or two others who look at mortgages; in order of time."""
    chance = random.Random(7)
    found = []
    for home in range(HOMES):
        people = [f"h{home}-{one}" for one in range(chance.randint(1, 3))]
        for one in people:
            found.append((one, START_MS - HOUR, "profile_updated", {"phone": f"+41{home}"}))
            found.append((one, START_MS - HOUR, "consent_given", {"purpose": "advice"}))
            for _ in range(chance.randint(0, 3)):
                at_ms = START_MS + chance.randrange(20) * DAY + chance.randrange(DAY)
                about = {"topic": "mortgage", "household_id": f"h{home}", "household_contact": people[0]}
                found.append((one, at_ms, "page_viewed", about))
    found.sort(key=lambda one: one[1])
    return [touchpoint(number, who, at, kind, **more) for number, (who, at, kind, more) in enumerate(found)]


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    return compile_workspace(data_dir("journeys"))


def simulated(folder: Path, plan: dict[str, Any], log: list[dict[str, Any]], **options: Any) -> Outcome:
    file = folder / "log.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in log))
    problems: list[Any] = []
    wanted = Wanted([plan], load(data_dir("journeys")), customer=options.pop("customer", None))
    options = {"until_ms": START_MS + 40 * DAY, **options}
    outcome = simulate(batches(str(file)), wanted, Options(**options), lambda *problem: problems.append(problem))
    assert problems == []
    return outcome


def counted(outcome: Outcome) -> dict[Any, int]:
    return {key: times for key, times in outcome.decided.tallies[0].times.items() if "household" in str(key)}


def written(plan: dict[str, Any], log: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The touchpoints that the job writes for this log."""
    effects = Replay(Engine(plan)).run((written_row(one, plan) for one in log), START_MS + 40 * DAY)
    return [record for _, (kind, record) in effects if kind == "touchpoint"]


def test_homes_of_which_two_look_within_a_week_get_one_call(tmp_path, plan, log):
    found = counted(simulated(tmp_path, plan, log))
    moments = found["moment", "household_plans_a_home"]
    assert 5 < moments < HOMES
    assert found["entry", "accepted", "entered", "household-advice", "", ""] == moments
    assert found["send", "accepted", "sent", "household-advice", "advice", "call"] == moments


def test_s3_an_order_within_the_bound_and_the_number_of_processes_change_nothing(tmp_path, plan, log):
    wanted = counted(simulated(tmp_path, plan, log))
    bound_ms, chance = plan["workspace"]["bound_ms"], random.Random(3)
    near = sorted(log, key=lambda one: one["occurred_at"] + chance.randint(0, bound_ms))
    assert near != log
    assert counted(simulated(tmp_path, plan, near)) == wanted
    assert counted(simulated(tmp_path, plan, near, processes=3)) == wanted


def test_s3_a_file_by_customer_is_put_in_order_by_sort(tmp_path, plan, log):
    wanted = counted(simulated(tmp_path, plan, log))
    by_customer = sorted(log, key=lambda one: one["customer_id"])  # in order of time for each customer
    outcome = simulated(tmp_path, plan, by_customer, by_time=True)
    assert counted(outcome) == wanted
    assert outcome.decided.late == 0
    assert simulated(tmp_path, plan, by_customer).decided.late > 0


def late_by_days(log: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """The log with some touchpoints of homes that came hours or days late, and people who go on doing other things."""
    chance = random.Random(seed)
    others = [
        touchpoint(
            10_000 + 100 * home + day, f"h{home}-0", START_MS + day * DAY + home, "page_viewed", topic="mortgage"
        )
        for home in range(HOMES)
        for day in range(0, 25, 2)
    ]
    log = [*log, *others]
    came = {one["event_id"]: one["occurred_at"] for one in log}
    for one in log:
        if "household_id" in one["attributes"] and chance.random() < 0.5:
            came[one["event_id"]] += round(chance.expovariate(1 / (5 * DAY)))
    return sorted(log, key=lambda one: came[one["event_id"]])


@pytest.mark.parametrize("seed", [0, 2])
def test_t4_what_comes_late_for_an_account_is_decided_as_the_replay_decides_it(tmp_path, plan, log, seed):
    late = late_by_days(log, seed)
    outcome = simulated(tmp_path, plan, late)
    decided: Counter[Any] = Counter()
    for _, (kind, record) in Replay(Engine(plan)).run((written_row(one, plan) for one in late), START_MS + 40 * DAY):
        if kind == "decision" and record["journey"] == "household-advice":
            decided[decision_key(record)] += 1
        elif kind == "moment" and record["signal"] == "household_plans_a_home":
            decided["moment", record["signal"]] += 1
    assert decided["entry", "refused", "stale", "household-advice", "", ""] > 0
    assert decided["entry", "accepted", "entered", "household-advice", "", ""] > 0
    assert {key: times for key, times in counted(outcome).items() if key in decided or len(key) == 6} == decided
    assert counted(simulated(tmp_path, plan, late, processes=3)) == counted(outcome)
    assert outcome.decided.late > 0


def test_t4_partitions_are_not_late_for_one_another(plan, log):
    """Two batches of the log in Kafka, one partition read after the other; then the same as one."""
    by_partition = sorted(log, key=lambda one: one["customer_id"])
    wanted = Wanted([plan], load(data_dir("journeys")))
    for partitions, is_late in ((len(log), False), (1, True)):
        numbers = {one["customer_id"]: index % partitions for index, one in enumerate(by_partition)}
        records = [
            Record("touchpoints", numbers[one["customer_id"]], 0, one["occurred_at"], None, one) for one in by_partition
        ]
        found = simulate([Batch(0, records[:50], 0), Batch(0, records[50:], 0)], wanted, Options(), print)
        assert (found.decided.late > 0) == is_late


def test_t6_one_clock_that_is_ahead_makes_no_account_late_and_does_not_move_the_logs_end(plan):
    home = {"topic": "mortgage", "household_id": "h1", "household_contact": "anna"}
    ahead = touchpoint(2, "zoe", START_MS + 50 * MINUTE, "page_viewed", topic="mortgage")
    records = [
        Record("touchpoints", 0, 0, START_MS - DAY, None, touchpoint(1, "anna", START_MS - DAY, "page_viewed", **home)),
        Record("touchpoints", 0, 1, START_MS, None, ahead),
        Record("touchpoints", 0, 2, START_MS, None, touchpoint(3, "ben", START_MS, "page_viewed", **home)),
    ]
    outcome = simulate([Batch(0, records, 0)], Wanted([plan], load(data_dir("journeys"))), Options(), print)
    assert (outcome.decided.late, outcome.last_ms, outcome.until_ms) == (0, START_MS, START_MS)

    taken = [(str(one.offset), one.value, one.timestamp_ms, one.partition) for one in records]
    log = Log("touchpoints", taken, plan["columns"], plan["subjects"])
    backtest = Backtest(signals_only(plan, ["household_plans_a_home"]))
    backtest.take(log, lambda: log.newest_ms)
    assert (backtest.late, log.last_ms) == (0, START_MS)


def test_late_touchpoints_of_accounts_are_told(tmp_path, log, capsys):
    file = tmp_path / "log.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in late_by_days(log, 1)))
    for words in (["simulate"], ["backtest", "household_plans_a_home"]):
        assert main([*words, str(file)]) == 0
        assert "came later than the bound, and counted late (T4); where the file" in capsys.readouterr().err
        assert main([*words, str(file), "--sort"]) == 0
        assert "later than the bound" not in capsys.readouterr().err


def test_s5_a_log_that_holds_what_the_job_wrote_gives_the_same_and_not_twice(tmp_path, plan, log):
    wanted = counted(simulated(tmp_path, plan, log))
    records = written(plan, log)
    assert len(records) == wanted["moment", "household_plans_a_home"]
    told = sorted([*log, *records, records[0]], key=lambda one: one["occurred_at"])
    assert counted(simulated(tmp_path, plan, told)) == wanted


def test_a_record_of_another_definition_of_the_signal_is_passed_over(tmp_path, plan, log):
    """S4: what counts is what the simulated definition gives."""
    strict = json.loads(json.dumps(plan))
    signal = next(one for one in strict["signals"] if one["name"] == "household_plans_a_home")
    signal |= {"at_least": 3, "version": "other"}
    told = sorted([*log, *written(plan, log)], key=lambda one: one["occurred_at"])
    found = counted(simulated(tmp_path, strict, told))
    assert found == counted(simulated(tmp_path, strict, log))
    assert (
        found["moment", "household_plans_a_home"] == found["entry", "accepted", "entered", "household-advice", "", ""]
    )


def test_one_customers_story_has_the_moment_of_their_household(tmp_path, plan, log):
    contact = written(plan, log)[0]["customer_id"]
    outcome = simulated(tmp_path, plan, log, customer=contact)
    story = outcome.decided.story
    assert story is not None
    entered = [record for kind, record in story.effects if kind == "decision" and record["kind"] == "entry"]
    assert [one["journey"] for one in entered] == ["household-advice"]


def test_t4_a_backtest_knows_how_late_a_moment_of_an_account_came(tmp_path, plan, log, capsys):
    late = late_by_days(log, 1)
    file = tmp_path / "log.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in late))
    assert main(["backtest", "household_plans_a_home", str(file)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    effects = Replay(Engine(plan)).run((written_row(one, plan) for one in late), START_MS + 40 * DAY)
    moments = [one for _, (kind, one) in effects if kind == "moment" and one["signal"] == "household_plans_a_home"]
    assert any(one["late_ms"] for one in moments)
    assert sorted((one["subject"], one["late_ms"]) for one in told) == sorted(
        (one["subject"], one["late_ms"]) for one in moments
    )


def test_a_backtest_finds_the_moments_of_accounts_in_any_order_of_the_log(plan, log):
    found = []
    for rows in (log, sorted(log, key=lambda one: one["customer_id"])):
        backtest = Backtest(signals_only(plan, ["household_plans_a_home"]))
        backtest.take(written_row(one, plan) for one in rows)
        found.append(backtest.moments(START_MS + 40 * DAY))
    assert found[0] == found[1]
    assert Counter(moment["subject"].split(":")[0] for moment in found[0]).keys() == {"@household"}
    assert len(found[0]) == len(written(plan, log))
    assert all(moment["at"] % MINUTE for moment in found[0])
