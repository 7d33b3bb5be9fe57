"""S4, T2: signals of an account are warmed up as a customer's are, in the order of event time.

The worker learns of the warming anywhere in the log, memory comes anywhere after it, and the worker crashes in between.
Members stand in several partitions, so touchpoints of an account come in any order within the bound.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import Engine
from cjo.engine.room import QUEUED, WARMING
from cjo.engine.warming import WarmUp
from cjo.simulate.replay import Replay
from tests.engine.build import BOUND, DAY, HOUR, MINUTE, START_MS, absence, count, event, first, plan, types
from tests.engine.test_subjects import COLUMNS, KIND
from tests.engine.test_warming import (
    GENERATED,
    USING,
    Record,
    Row,
    Worker,
    by_id,
    end_of,
    plays,
    published,
    warm,
)
from tests.engine.test_warming import warmed_up as taken_up
from tests.signals.logs import TYPES, WITHIN

CLOCK = event("clock", on=types(*TYPES, "tick"), subject="account")
OTHERS = [
    absence("other", within_ms=WITHIN, start=types("page_viewed"), unless=types("order_completed"), subject="account"),
    count("others", window_ms=WITHIN, at_least=2, on=types("calculator_used", "page_viewed"), subject="account"),
]
SPECS = GENERATED.map(lambda spec: {**spec, "name": "x", "subject": "account"})


def accounts(*signals: dict[str, Any]) -> dict[str, Any]:
    return plan(*signals) | {"subjects": {"account": KIND}, "columns": COLUMNS}


def of_account(customer: str, row: Row) -> tuple[str, Row]:
    """(key of the account, the row): two of the three customers have one account."""
    account = "A2" if customer == "c3" else "A1"
    attributes = {**row.get("attributes", {}), "account_id": account, "contact_id": f"boss of {account}"}
    return f"@account:{account}", {**row, "customer_id": customer, "attributes": attributes}


def of_accounts(log: list[Any]) -> list[Any]:
    return [of_account(customer, row) for customer, row in log]


class Ordered(Worker):
    """A worker to which the watermark comes: a bound behind the newest touchpoint of any partition."""

    newest_ms = START_MS

    def take(self, subject: str, row: Row) -> None:
        super().take(subject, row)
        self.newest_ms = max(self.newest_ms, row["at"])
        self.pass_time(self.newest_ms - BOUND - 1)


def memory_of(plan_: dict[str, Any], known: list[Record], log: list[Any]) -> list[Record]:
    """What the warm-up job writes, which takes nothing that the orchestrator's watermark has not passed."""
    engine = Engine(plan_)
    for record in known:
        engine.publish(record)
    job, states = WarmUp(engine, "1"), {}
    passed_ms = max([START_MS, *(row["at"] for _, row in log)]) - BOUND - 1
    for subject, row in log:
        states[subject] = job.take(orjson.loads(orjson.dumps(states.get(subject))), subject, row)
    for subject, state in states.items():
        while (wake_ms := job.wake_at_ms(state)) is not None and wake_ms <= passed_ms:
            state = job.on_time(state, subject, wake_ms)
        states[subject] = state
    return [one for who, state in states.items() if (one := job.memory(who, state))]


def warmed_up(base: dict[str, Any], spec: dict[str, Any], play: Any, *more: dict[str, Any], using: Any = ()) -> Worker:
    """A worker that takes the signals of accounts up in mid-log."""
    log, *rest = play
    of_all = (of_accounts(log), *rest)
    return taken_up(base, spec, of_all, *more, using=using, made=Ordered, remembered=memory_of)


def always(spec: dict[str, Any], log: list[Any], *others: dict[str, Any]) -> Worker:
    """A worker that has had the signal from the beginning."""
    worker = Ordered(accounts(*others, spec))
    for subject, row in of_accounts(log):
        worker.take(subject, row)
    worker.pass_time(end_of(log))
    return worker


@settings(max_examples=300)
@given(SPECS, plays(late=False))
def test_s4_a_warmed_up_signal_of_an_account_gives_what_one_gives_that_was_always_there(spec, play):
    spec = {**spec, "version": "v2", "revision": 2}
    log, from_ms = play[0], play[5]
    worker = warmed_up(accounts(*OTHERS), spec, play)
    wanted = always(spec, log, *OTHERS)

    assert worker.moments("x") == [one for one in wanted.moments("x") if one["at"] >= from_ms]


@settings(max_examples=150)
@given(SPECS, plays(late=False))
def test_s4_untouched_signals_of_an_account_neither_repeat_nor_miss_a_moment(spec, play):
    worker = warmed_up(accounts(*OTHERS), {**spec, "version": "v2", "revision": 2}, play)
    undisturbed = always(OTHERS[0], play[0], OTHERS[1])

    for name in ("other", "others"):
        assert worker.moments(name) == undisturbed.moments(name)


@settings(max_examples=200)
@given(SPECS, SPECS, plays(late=False))
def test_s4_a_changed_signal_of_an_account_gives_the_old_moments_up_to_effective_at_and_then_the_new(old, new, play):
    new = {**new, "version": "v2", "revision": 2}
    log, from_ms = play[0], play[5]
    worker = warmed_up(accounts(old, CLOCK), new, play)
    olds = [(subject, {**row, "type": "tick"} if row["at"] >= from_ms else row) for subject, row in log]
    before = [one for one in always(old, olds, CLOCK).moments("x") if one["at"] < from_ms]
    after = [one for one in always(new, log, CLOCK).moments("x") if one["at"] >= from_ms]

    assert worker.moments("x") == by_id(before + after)


USING_OF_ACCOUNT = [{**spec, "subject": "account"} for spec in USING]


@settings(max_examples=200)
@given(st.sampled_from(USING_OF_ACCOUNT), plays(late=False), st.booleans())
def test_s4_s6_a_signal_that_uses_another_of_the_account_is_warmed_up_with_it(spec, play, is_new_below):
    below = {**OTHERS[0], "within_ms": WITHIN // 2, "version": "v2", "revision": 2}
    log, from_ms = play[0], play[5]
    if is_new_below:
        worker = warmed_up(accounts(*OTHERS), spec, play, below)
        wanted = always(spec, log, below, OTHERS[1])
    else:
        worker = warmed_up(accounts(*OTHERS), spec, play, using=tuple(OTHERS))
        wanted = always(spec, log, *OTHERS)

    assert worker.moments("x") == [one for one in wanted.moments("x") if one["at"] >= from_ms]


@settings(max_examples=100)
@given(SPECS, plays(late=False))
def test_t1_a_replay_from_the_logs_beginning_gives_the_same_moments_from_effective_at_on(spec, play):
    """It knows all control records from its beginning, and needs no memory."""
    spec = {**spec, "version": "v2", "revision": 2}
    log, from_ms = play[0], play[5]
    engine = Engine(accounts(*OTHERS))
    engine.publish(warm(spec, whole=True))
    engine.publish(published(spec, from_ms))
    customers = [(row["customer_id"], row) for _, row in of_accounts(log)]
    found = [one for _, (kind, one) in Replay(engine).run(customers, end_of(log)) if kind == "moment"]

    mine = [one for one in by_id(found, "x") if one["subject"].startswith("@")]
    assert mine == [one for one in always(spec, log, *OTHERS).moments("x") if one["at"] >= from_ms]


# --- what chance seldom makes ---

E_MS = START_MS + 100 * MINUTE
ADDED = {
    **count("x", window_ms=HOUR, at_least=2, on=types("product_added"), subject="account"),
    "version": "v2", "revision": 2,
}  # fmt: skip


def seen(number: int, minutes: float, kind: str = "product_added") -> tuple[str, Row]:
    return of_account("c1", {"event_id": f"e{number}", "type": kind, "at": START_MS + round(minutes * MINUTE)})


def learning(*specs: dict[str, Any]) -> Ordered:
    """A worker that has learnt of the warming, with nothing before it."""
    worker = Ordered(accounts(*OTHERS))
    worker.learn(warm(*specs))
    return worker


def test_s4_a_touchpoint_beyond_the_bound_that_comes_after_the_joining_finds_memory_as_it_was():
    worker = learning(ADDED)
    worker.take(*seen(1, 99.5))
    worker.learn(published(ADDED, E_MS))
    worker.take(*seen(2, 130, "page_viewed"))
    worker.take(*seen(3, 20))
    worker.take(*seen(4, 140))
    worker.pass_time(E_MS + 10 * HOUR)
    worker.take(*seen(5, 99))
    worker.pass_time(E_MS + 20 * HOUR)

    assert [one["at"] for one in worker.moments("x")] == [START_MS + 140 * MINUTE]
    assert "warm" not in orjson.loads(worker.states["@account:A1"][0])


def test_s4_what_the_warm_up_has_queued_is_taken_where_it_belongs():
    """The reading ended before the watermark had passed the newest touchpoints; the next one happened between them."""
    four = {**ADDED, "at_least": 4}
    log = [seen(1, 99), seen(3, 99.9), seen(2, 99.5), seen(4, 100.5), seen(5, 120)]
    (memory,) = memory_of(accounts(*OTHERS), [warm(four)], log[:2])
    assert len(memory["state"]["queue"]) == 1
    worker = learning(four)
    worker.remember(memory)
    worker.learn(published(four, E_MS))
    for subject, row in log[2:]:
        worker.take(subject, row)
    worker.pass_time(E_MS + 10 * HOUR)

    wanted = Ordered(accounts(*OTHERS, four))
    for subject, row in log:
        wanted.take(subject, row)
    wanted.pass_time(E_MS + 10 * HOUR)
    assert worker.moments("x") == wanted.moments("x")
    assert [one["at"] for one in worker.moments("x")] == [START_MS + round(100.5 * MINUTE)]
    kept, always_there = (orjson.loads(one.states["@account:A1"][0]) for one in (worker, wanted))
    assert (kept["members"], kept["contact"]) == (always_there["members"], always_there["contact"])


def test_s4_an_account_that_stays_silent_keeps_its_deadline():
    spec = {**absence("x", within_ms=HOUR, per=None, subject="account"), "version": "v2", "revision": 2}
    for is_from_log in (False, True):
        worker = learning(spec)
        if is_from_log:
            for memory in memory_of(worker.plan, [warm(spec)], [seen(1, 99)]):
                worker.remember(memory)
        else:
            worker.take(*seen(1, 99))
        worker.learn(published(spec, E_MS))
        worker.pass_time(E_MS + 10 * HOUR)

        assert [one["at"] for one in worker.moments("x")] == [START_MS + 159 * MINUTE]


def test_s4_f4_what_an_account_did_first_is_known_for_good_when_all_else_of_it_is_forgotten():
    """It has been silent for a year when the log is read: no touchpoint and no person of it is remembered."""
    spec = first("x", on=types("product_added"), subject="account", version="v2", revision=2)
    of_another = {"event_id": "e2", "type": "product_added", "at": START_MS + 365 * DAY}
    (memory,) = [
        one
        for one in memory_of(accounts(*OTHERS), [warm(spec)], [seen(1, 1), of_account("c3", of_another)])
        if one["subject"] == "@account:A1"
    ]
    assert memory["state"]["members"] == memory["state"]["seen"] == {}
    worker = learning(spec)
    worker.remember(memory)
    worker.learn(published(spec, START_MS + 366 * DAY))
    worker.take(*seen(3, 370 * 24 * 60))
    worker.pass_time(START_MS + 380 * DAY)

    assert worker.moments("x") == []


def having_seen(by: str) -> Ordered:
    """A worker with a touchpoint of the account beside the plan, taken by itself or read in the log."""
    worker = learning(ADDED)
    if by == "touchpoint":
        worker.take(*seen(1, 1))
    else:
        for memory in memory_of(accounts(*OTHERS), [warm(ADDED)], [seen(1, 1)]):
            worker.remember(memory)
    return worker


WITHDRAWN = {"kind": "withdraw", "name": "warm/1", "revision": 2}


@pytest.mark.parametrize("outcome", [WITHDRAWN, published(ADDED, E_MS)])
@pytest.mark.parametrize("waited", [0, 10 * MINUTE])
@pytest.mark.parametrize("by", ["touchpoint", "memory"])
def test_f4_nothing_is_left_of_an_account_that_stays_silent(outcome: Record, waited: int, by: str) -> None:
    worker = having_seen(by)
    assert worker.states
    worker.pass_time(START_MS + MINUTE + waited)
    worker.learn(outcome)
    worker.pass_time(START_MS + 400 * DAY)

    assert not worker.states
    assert not worker.effects


@pytest.mark.parametrize("outcome", [WITHDRAWN, published(ADDED, START_MS + 200 * DAY)])
@pytest.mark.parametrize("by", ["touchpoint", "memory"])
def test_f4_nothing_is_left_of_an_account_that_is_forgotten_before_anything_is_decided(
    outcome: Record, by: str
) -> None:
    """Where memory has come, at once; else when touchpoints need not wait for it any more."""
    worker = having_seen(by)
    worker.pass_time(START_MS + 200 * DAY)
    assert bool(worker.states) == (by == "touchpoint")
    worker.learn(outcome)
    worker.pass_time(START_MS + 400 * DAY)

    assert not worker.states
    assert not worker.effects


@pytest.mark.parametrize("known", [0, 1, 2])
def test_s4_what_is_late_counts_once_where_the_publication_is_known_too_late(known: int) -> None:
    log = [seen(1, 101, "product_added"), seen(2, 99), seen(3, 110)]
    three = {**ADDED, "at_least": 3}
    worker, wanted = learning(three), Ordered(accounts(*OTHERS, three))
    for place, row in enumerate(log):
        if place == known:
            worker.learn(published(three, E_MS))
        worker.take(*row)
        wanted.take(*row)
    for one in (worker, wanted):
        one.pass_time(E_MS + 10 * HOUR)

    assert worker.moments("x") == wanted.moments("x")
    assert [one["at"] for one in worker.moments("x")] == [START_MS + 110 * MINUTE]


def test_s4_a_job_that_was_submitted_with_the_signal_knows_which_accounts_have_joined() -> None:
    """No control record says when: it is in the plan already."""
    spec = first("x", on=types("product_added"), subject="account", version="v2", revision=2)
    other = {**ADDED, "name": "y", "on": types("page_viewed")}
    signals = [one for each in (spec, other) for one in published(each, E_MS)["plan"]["signals"]]
    worker = Ordered(accounts(*OTHERS, *signals))
    worker.learn(warm(spec, other))
    for row in (seen(1, 101), seen(2, 110), seen(3, 99, "page_viewed"), seen(4, 120)):
        worker.take(*row)
    worker.pass_time(E_MS + 10 * HOUR)

    assert [one["at"] for one in worker.moments("x")] == [START_MS + 101 * MINUTE]


def test_f4_what_is_taken_early_beside_the_plan_is_counted():
    worker = learning({**ADDED, "window_ms": DAY})
    for number in range(QUEUED + 3):
        worker.take(*seen(number, number / 100_000))

    counts = Counter(effect for _, effect in worker.effects)
    assert counts == {("count", "taken_early"): 3, ("count", "warming_forgotten"): QUEUED + 3 - WARMING}


@pytest.mark.parametrize("customer", ["@alice:matrix.org", "@bob"])
def test_s4_a_customer_whose_id_looks_like_a_subject_is_warmed_up_as_a_customer(customer: str) -> None:
    spec = {**count("x", window_ms=HOUR, at_least=2, on=types("product_added")), "version": "v2", "revision": 2}
    log = [(customer, {"event_id": f"e{one}", "type": "product_added", "at": START_MS + one}) for one in range(2)]
    engine = Engine(plan())
    engine.publish(warm(spec))
    job, state = WarmUp(engine, "1"), None
    for subject, row in log:
        state = job.take(state, subject, row)
    assert job.wake_at_ms(state) is None
    memory = job.memory(customer, state)
    worker = Worker(plan())
    worker.learn(warm(spec))
    worker.remember(memory)

    assert worker.states.keys() == {customer}
