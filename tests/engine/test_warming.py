"""S4: a warmed-up signal gives, from `effective_at` on, the moments of one that was always there; nothing else changes.

The worker learns of the warming anywhere in the log, memory comes anywhere after it, and the worker crashes in between
and goes on from a checkpoint. Logs have ties, repeats, disorder within the bound, and touchpoints later than that.
"""

from __future__ import annotations

from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import Engine, warming
from cjo.engine.warming import WarmUp
from cjo.simulate.replay import Replay
from tests.engine.build import (
    BOUND,
    DAY,
    HOUR,
    MINUTE,
    START_MS,
    absence,
    count,
    date,
    event,
    first,
    journey,
    lit,
    plan,
    predict,
    profile,
    score,
    session,
    types,
    wait,
)
from tests.engine.controls import control
from tests.signals.kinds import KINDS
from tests.signals.logs import TYPES, WITHIN

Row = dict[str, Any]
Record = dict[str, Any]
UNTOUCHED = [
    absence("other", within_ms=WITHIN, start=types("page_viewed"), unless=types("order_completed")),
    count("others", window_ms=WITHIN, at_least=2, on=types("calculator_used", "page_viewed")),
]
OLD = count("changed", window_ms=WITHIN, at_least=2)


@st.composite
def subjects_logs(draw, late=True):
    """Rows of three customers in order of arrival, each [subject, row]."""
    gaps = st.sampled_from([0, 0, 1, 1_000, 5_000, 20_000, 30_000, WITHIN - 1, WITHIN, WITHIN + 1, 3 * WITHIN])
    rows, now = [], START_MS
    for number in range(draw(st.integers(4, 40))):
        now += draw(gaps)
        kind = draw(st.sampled_from([*TYPES, "profile_updated"]))
        row = {"event_id": f"e{number}", "type": kind, "at": now, "basket_id": draw(st.sampled_from(["b1", "b2"]))}
        row |= {"product_id": draw(st.sampled_from("pq")), "amount": "1.0000"}
        if kind == "profile_updated":
            row["attributes"] = draw(st.sampled_from([{"birth_date": "1990-11-15"}, {"birth_date": "1990-11-14"},
                                                      {"segment": "gold"}, {"segment": "basic"}]))  # fmt: skip
        rows.append([draw(st.sampled_from(["c1", "c1", "c2", "c3"])), row])
    delays = st.sampled_from([0, 1, 1_000, BOUND - 1, BOUND - 1, *([2 * WITHIN] if late else [])])
    first = [(row["at"] + draw(delays), subject, row) for subject, row in rows]
    again = draw(st.lists(st.sampled_from(first), max_size=4))
    repeats = [(at + draw(st.sampled_from([1, WITHIN, 5 * WITHIN])), subject, row) for at, subject, row in again]
    arrived = [(at, number, subject, row) for number, (at, subject, row) in enumerate(first + repeats)]
    return [(subject, row) for _, _, subject, row in sorted(arrived, key=lambda one: one[:2])]


GENERATED = st.one_of(*(KINDS[kind].specs for kind in KINDS if KINDS[kind].specs is not None))
SPECS = st.one_of(GENERATED, GENERATED, st.just(date(name="x", at="23:13")), st.just(profile(name="x")))


class Worker:
    """A job's worker: its states as bytes, what it knows of control, and a checkpoint of both."""

    def __init__(self, plan_: dict[str, Any]) -> None:
        self.plan, self.known, self.states = plan_, [], {}
        self.engine = Engine(plan_)
        self.effects: list[tuple[str, Any]] = []

    def learn(self, record: Record) -> None:
        self.known.append(record)
        self.engine.publish(record)

    def take(self, subject: str, row: Row) -> None:
        self._store(subject, self.engine.on_input(self._load(subject), subject, row))

    def remember(self, memory: Record) -> None:
        self._store(memory["subject"], self.engine.on_memory(self._load(memory["subject"]), memory["subject"], memory))

    def crash(self) -> None:
        """Python is gone; what was checkpointed a moment ago is read anew."""
        self.engine = Engine(self.plan)
        for record in self.known:
            self.engine.publish(record)

    def pass_time(self, until_ms: int) -> None:
        """The watermark goes on, as far as anything wakes."""
        while due := sorted((at_ms, who) for who, (_, at_ms) in self.states.items() if at_ms and at_ms <= until_ms):
            at_ms, subject = due[0]
            self._store(subject, self.engine.on_time(self._load(subject), subject, at_ms))

    def _load(self, subject: str) -> Any:
        blob, _ = self.states.get(subject, (None, None))
        return blob and orjson.loads(blob)

    def _store(self, subject: str, done: Any) -> None:
        self.effects += [(subject, effect) for effect in done.effects]
        if not done.changed:
            return
        if done.state is None:
            self.states.pop(subject, None)
        else:
            self.states[subject] = (orjson.dumps(done.state), done.wake_at_ms)

    def moments(self, signal: str | None = None) -> list[Record]:
        found = [one for _, (kind, one) in self.effects if kind == "moment"]
        return by_id(found, signal)


def by_id(moments: list[Record], signal: str | None = None) -> list[Record]:
    mine = [one for one in moments if signal is None or one["signal"] == signal]
    return sorted(mine, key=lambda one: (one["subject"], one["at"], one["moment_id"]))


def warm(*specs: dict[str, Any], whole: bool = False, using: tuple[dict[str, Any], ...] = ()) -> Record:
    places = [f"{one['name']}@{one['revision']}" for one in specs]
    signals = [{**one, "memory": place} for one, place in zip(specs, places, strict=True)]
    plan_ = {"signals": [*using, *signals]}
    found = {"kind": "warm", "name": "warm/1", "revision": 1, "places": places, "plan": plan_}
    return warming.whole(found) if whole else found


def published(spec: dict[str, Any], from_ms: int) -> Record:
    signal = {**spec, "memory": f"{spec['name']}@{spec['revision']}", "from_ms": from_ms}
    identity = {"kind": "publish", "name": f"signal/{spec['name']}", "revision": spec["revision"]}
    return {**identity, "effective_at_ms": from_ms, "plan": {"signals": [signal]}}


def memory_of(plan_: dict[str, Any], known: list[Record], log: list[Any], begin: int = 0) -> list[Record]:
    """What the warm-up job writes."""
    engine = Engine(plan_)
    for record in known:
        engine.publish(record)
    job, states = WarmUp(engine, "1"), {}
    for subject, row in log[begin:]:
        state = states.get(subject)
        states[subject] = orjson.dumps(job.take(state and orjson.loads(state), subject, row))
    return [one for who, state in states.items() if (one := job.memory(who, orjson.loads(state)))]


def always(spec: dict[str, Any], log: list[Any], end_ms: int, *others: dict[str, Any]) -> Worker:
    """A worker that has had the signal from the beginning."""
    worker = Worker(plan(*others, spec))
    for subject, row in log:
        worker.take(subject, row)
    worker.pass_time(end_ms)
    return worker


@st.composite
def plays(draw, late):
    """(log, when the worker learns, the log's length for the warm-up, when memory comes, when it is told E, E)."""
    log = draw(subjects_logs(late))
    places = st.integers(0, len(log))
    knows, reads, comes, told = sorted(draw(st.tuples(places, places, places, places)))
    seen_ms = max([START_MS, *(row["at"] for _, row in log[:told])])
    from_ms = seen_ms + draw(st.sampled_from([1, 1_000, BOUND, 2 * BOUND, WITHIN, 3 * WITHIN]))
    return log, knows, reads, comes, told, from_ms, draw(st.sets(places, max_size=3)), draw(st.randoms())


def warmed_up(
    base: dict[str, Any], spec: dict[str, Any], play: Any, *more: dict[str, Any], using: Any = (),
    made: type[Worker] = Worker, remembered: Any = memory_of,
) -> Worker:  # fmt: skip
    """A worker that takes the signals up in mid-log; `remembered` stands for the warm-up job."""
    log, knows, reads, comes, told, from_ms, crashes, random = play
    begins = warm(spec, *more, using=using)
    worker, memory = made(base), remembered(base, [begins], log[:reads])
    comings = [(one, random.randint(comes, told)) for one in memory]
    for place in range(len(log) + 1):
        if place in crashes:
            worker.crash()
        if place == knows:
            worker.learn(begins)
        for one in [one for one, when in comings if when == place]:
            worker.remember(one)
            worker.remember(one)
        if place == told:
            for one in (spec, *more):
                worker.learn(published(one, from_ms))
        if place < len(log):
            worker.take(*log[place])
    worker.pass_time(end_of(log))
    return worker


def end_of(log: list[Any]) -> int:
    return max(row["at"] for _, row in log) + 3 * DAY


# --- what chance seldom makes ---

E_MS = START_MS + 100 * MINUTE
ADDED = {**count("x", window_ms=HOUR, at_least=2, on=types("product_added")), "version": "v2", "revision": 2}


def tp(number: int, minutes: float, kind: str = "product_added") -> tuple[str, Row]:
    return "c1", {"event_id": f"e{number}", "type": kind, "at": START_MS + round(minutes * MINUTE)}


SCORED = {**score("x", window_ms=HOUR, at_least=2, points=[{**types("product_added")[0], "add": 1}]), "revision": 2}


def joined(*rows: tuple[str, Row], known: int, spec: dict[str, Any] = ADDED) -> list[Record]:
    """The moments of a signal of which the worker learns after so many rows, and whose memory comes then."""
    log = list(rows)
    worker = warmed_up(plan(*UNTOUCHED), spec, (log, known, known, known, known, E_MS, set(), Random(1)))
    wanted = always(spec, log, end_of(log), *UNTOUCHED).moments("x")
    assert worker.moments("x") == [one for one in wanted if one["at"] >= E_MS]
    return worker.moments("x")


def test_s5_a_repeat_of_what_only_the_warm_up_has_seen_counts_once():
    assert joined(tp(1, 90), tp(2, 101, "page_viewed"), tp(1, 90), tp(3, 102), known=1)
    (one,) = joined(tp(1, 99), tp(2, 101, "page_viewed"), tp(1, 99), tp(3, 110), known=1, spec=SCORED)
    assert one["values"]["score"] == 2


def test_s4_a_touchpoint_from_before_effective_at_that_comes_after_it_counts_where_it_happened():
    (one,) = joined(tp(1, 90), tp(2, 101, "page_viewed"), tp(3, 99.99), tp(4, 170), tp(5, 171), known=1)
    assert one["at"] == START_MS + 171 * MINUTE
    (one,) = joined(tp(1, 101), tp(2, 99.99), known=0)
    assert one["at"] == START_MS + 101 * MINUTE


GOLD = {"name": "gold", "weight": "3", "profile": ["=", ["profile", "segment", "string"], ["lit", "gold", "string"]]}
VIEWS = {"name": "views", "weight": "0.5", "count": types("page_viewed"), "window_ms": HOUR}
OF_LONG_AGO = [
    (predict("x", features=[VIEWS, GOLD], intercept="-1.4"), []),
    (first("x", on=types("page_viewed")), []),
    (count("x", on=types("page_viewed"), at_least=2, window_ms=40 * DAY), [62 * DAY, 100 * DAY]),
]


@pytest.mark.parametrize(("spec", "days_ms"), OF_LONG_AGO, ids=["predict", "first", "count"])
@pytest.mark.parametrize("along", [True, False], ids=["watermark along", "watermark at the end"])
def test_s4_t2_what_is_due_before_a_signal_joins_forgets_nothing_of_it(spec, days_ms, along):
    """The log has been read from its beginning, so forgetting may have been due, unheard, when the signal joins."""
    spec, from_ms, day = {**spec, "version": "v2", "revision": 2}, START_MS + 60 * DAY, 24 * 60
    engine = Engine(plan(*UNTOUCHED, profile={"segment": "string"}))
    engine.publish(warm(spec, whole=True))
    engine.publish(published(spec, from_ms))
    replay, effects = Replay(engine), []
    told = ["profile_updated", "page_viewed", "calculator_used", "page_viewed", "page_viewed"]
    rows = [
        tp(number, when * day, kind)[1]
        for number, (when, kind) in enumerate(zip((0, 30, 61, 62, 100), told, strict=True))
    ]
    rows[0]["attributes"] = {"segment": "gold"}
    for row in rows:
        if along:
            effects += [one for _, more in replay.advance(row["at"] - BOUND - 1) for one in more]
        effects += replay.take("c1", dict(row))
    effects += [one for _, more in replay.advance(rows[-1]["at"] + DAY) for one in more]

    found = [one["at"] - START_MS for kind, one in effects if kind == "moment" and one["signal"] == "x"]
    assert found == days_ms


def test_t4_how_late_a_moment_is_hangs_on_all_that_moves_the_clock():
    (one,) = joined(tp(1, 101), tp(2, 110, "page_viewed"), tp(3, 102), known=0)
    assert one["late_ms"] == 8 * MINUTE
    (one,) = joined(tp(1, 99), tp(2, 130, "page_viewed"), tp(3, 101), known=1)
    assert one["late_ms"] == 29 * MINUTE


def test_s4_a_deadline_of_a_customer_who_stays_silent_is_kept():
    spec = {**absence("x", within_ms=HOUR), "version": "v2", "revision": 2}
    log = [("c1", {"event_id": "e1", "type": "product_added", "at": START_MS + 99 * MINUTE, "basket_id": "b"})]
    for known in (0, 1):
        worker = warmed_up(plan(*UNTOUCHED), spec, (log, known, known, 1, 1, E_MS, set(), Random(1)))
        assert [one["at"] for one in worker.moments("x")] == [START_MS + 159 * MINUTE]


def test_s4_touchpoints_beyond_the_room_are_forgotten_and_counted(monkeypatch):
    monkeypatch.setattr(warming, "WARMING", 2)
    worker = Worker(plan())
    worker.learn(warm(ADDED))
    for number in range(5):
        worker.take(*tp(number, number))
    assert [effect for _, effect in worker.effects] == [("count", "warming_forgotten")] * 3


def test_s4_what_was_withdrawn_leaves_nothing_behind():
    worker = Worker(plan(*UNTOUCHED))
    worker.learn(warm(ADDED))
    worker.take(*tp(1, 1))
    assert worker.states
    worker.learn(WITHDRAWN)
    for memory in memory_of(worker.plan, [warm(ADDED)], [tp(1, 1)]):
        worker.remember(memory)
    worker.pass_time(START_MS + 30 * DAY)
    assert not worker.states
    assert not worker.effects


def test_s4_a_job_from_the_logs_beginning_needs_no_memory_and_takes_none():
    log = [tp(1, 90), tp(2, 99, "page_viewed"), tp(3, 101)]
    worker = Worker(plan(*UNTOUCHED))
    worker.learn(warm(ADDED, whole=True))
    worker.learn(published(ADDED, E_MS))
    for memory in memory_of(worker.plan, [warm(ADDED)], log[:2]):
        worker.remember(memory)
    assert not worker.states
    for row in log:
        worker.take(*row)
    assert worker.moments("x") == always(ADDED, log, end_of(log), *UNTOUCHED).moments("x") != []


# --- what is left of those who stay silent ---

WITHDRAWN = {"kind": "withdraw", "name": "warm/1", "revision": 2}


@pytest.mark.parametrize("days", [0, 60, 300], ids=["at once", "later", "much later"])
@pytest.mark.parametrize("is_published", [True, False], ids=["published", "withdrawn"])
@pytest.mark.parametrize("by", ["touchpoint", "memory", "both"])
def test_s4_f4_nothing_is_left_of_a_customer_who_stays_silent(by: str, is_published: bool, days: int):
    """Their forgetting may be overdue when memory comes, or run while touchpoints still wait for memory."""
    worker = Worker(plan(*UNTOUCHED))
    memories = memory_of(worker.plan, [warm(ADDED)], [tp(1, 1)])
    worker.learn(warm(ADDED))
    if by != "memory":
        worker.take(*tp(1, 1))
    for memory in [] if by == "touchpoint" else memories:
        worker.remember(memory)
    assert worker.states
    worker.pass_time(START_MS + days * DAY)
    worker.learn(published(ADDED, START_MS + (days + 1) * DAY) if is_published else WITHDRAWN)
    worker.pass_time(START_MS + 400 * DAY)

    assert not worker.states
    assert not worker.effects


def test_s4_f4_nothing_is_left_beside_the_plan_of_a_job_from_the_logs_beginning():
    engine = Engine(plan(*UNTOUCHED))
    engine.publish(warm(ADDED, whole=True))
    engine.publish(published(ADDED, START_MS + 60 * DAY))
    replay = Replay(engine)
    list(replay.run([tp(1, 1)], START_MS + 40 * DAY))

    assert not replay.states


def test_s4_f4_memory_that_comes_once_more_is_gone_as_soon():
    worker = Worker(plan(*UNTOUCHED))
    worker.learn(warm(ADDED))
    for _ in range(2):
        for memory in memory_of(worker.plan, [warm(ADDED)], [tp(1, 1)]):
            worker.remember(memory)
        assert worker.states
        worker.pass_time(START_MS + 30 * DAY)
        assert not worker.states


def test_s4_touchpoints_wait_for_memory_however_long_it_takes():
    """An order that only the worker knows of, long forgotten by itself, ends what memory says has begun."""
    spec = {**absence("x", within_ms=60 * DAY, per=None), "version": "v2", "revision": 2}
    worker = Worker(plan(*UNTOUCHED))
    worker.learn(warm(spec))
    worker.take(*tp(2, 24 * 60, "order_completed"))
    worker.pass_time(START_MS + 50 * DAY)
    for memory in memory_of(worker.plan, [warm(spec)], [tp(1, 1)]):
        worker.remember(memory)
    worker.learn(published(spec, START_MS + 51 * DAY))
    worker.pass_time(START_MS + 400 * DAY)

    assert not worker.moments("x")
    assert not worker.states


def test_s4_f4_memory_has_no_record_of_whom_the_workers_have_forgotten():
    """What is due is run to tell; the record has the marks by which the worker knows what it kept itself."""
    engine = Engine(plan(*UNTOUCHED))
    engine.publish(warm({**ADDED, "window_ms": 40 * DAY}))
    job = WarmUp(engine, "1")
    state = job.take(None, *tp(1, 1))

    assert job.memory("c1", state, START_MS + 100 * DAY) is None
    kept = job.memory("c1", state, START_MS + 20 * DAY)
    assert kept == job.memory("c1", state)
    assert kept["state"]["seen"]


# --- who has joined ---

FIRST = {**first("x", on=types("order_completed")), "version": "v2", "revision": 2}
LONG = {**count("y", window_ms=40 * DAY, at_least=3, on=types("product_added")), "version": "v2", "revision": 2}


def days(number: int, days: float, kind: str = "product_added") -> tuple[str, Row]:
    return tp(number, days * 24 * 60, kind)


def test_s4_who_was_joined_by_the_watermark_keeps_memory_when_a_late_touchpoint_comes():
    from_ms = START_MS + 20 * DAY
    before = [days(1, 0, "order_completed"), days(2, 13), days(3, 18)]
    late, after = days(4, 19.9), [days(5, 25, "order_completed"), days(6, 25.1)]
    found = []
    for is_new in (True, False):
        worker = Worker(plan(*UNTOUCHED) if is_new else plan(*UNTOUCHED, FIRST, LONG))
        if is_new:
            worker.learn(warm(FIRST, LONG))
            for memory in memory_of(worker.plan, [warm(FIRST, LONG)], before):
                worker.remember(memory)
            worker.pass_time(START_MS + 19 * DAY)
            worker.learn(published(FIRST, from_ms))
            worker.learn(published(LONG, from_ms))
        else:
            for row in before:
                worker.take(*row)
        worker.pass_time(START_MS + 23 * DAY)
        for row in (late, *after):
            worker.take(*row)
        worker.pass_time(START_MS + 26 * DAY)
        found.append([one for name in "xy" for one in worker.moments(name) if one["at"] >= from_ms])

    assert found[0] == found[1]


def test_s4_r7_controls_from_before_the_joining_act_when_the_watermark_joins_a_customer():
    """Each as of its own time, as they do at an input; here a run's journey is stopped a day before."""
    viewed = {**ADDED, "on": types("page_viewed")}
    worker = Worker(plan(absence(per=None), journey(per=None, steps=[wait(minutes=29 * 24 * 60)])))
    worker.learn(warm(viewed))
    worker.take(*days(1, 0))
    worker.pass_time(START_MS + HOUR)
    worker.take(*days(2, 4, "page_viewed"))
    worker.learn(published(viewed, START_MS + 10 * DAY))
    worker.learn(control("stop", 9 * 24 * 60))
    worker.pass_time(START_MS + 13 * DAY)

    ended = [one for _, (kind, one) in worker.effects if kind == "decision" and one["reason"] == "journey_stopped"]
    assert [one["decided_at"] for one in ended] == [START_MS + 9 * DAY]
    assert orjson.loads(worker.states["c1"][0])["control"] >= START_MS + 10 * DAY


def test_s4_a_job_that_was_submitted_with_the_signal_knows_who_has_joined():
    """No control record says when: it is in the plan already. The customer came after that, then something late."""
    signals = published(FIRST, E_MS)["plan"]["signals"] + published(LONG, E_MS)["plan"]["signals"]
    worker = Worker(plan(*UNTOUCHED, *signals))
    worker.learn(warm(FIRST, LONG))
    for row in (tp(1, 101, "order_completed"), tp(2, 99), tp(3, 110, "order_completed")):
        worker.take(*row)

    assert [one["at"] for one in worker.moments("x")] == [START_MS + 101 * MINUTE]


# --- a publication that is known too late: the clock has passed its time ---


VISITED = {**session("x", on=types("page_viewed"), where=[">=", ["moment", "count", "int"], lit(1, "int")]),
           "version": "v2", "revision": 2}  # fmt: skip


@pytest.mark.parametrize("known", [0, 1, 2])
def test_s4_what_is_late_counts_once_where_the_publication_is_known_too_late(known: int):
    log = [tp(1, 101, "calculator_used"), tp(2, 99.95, "page_viewed"), tp(3, 101, "page_viewed")]
    worker = Worker(plan(*UNTOUCHED))
    worker.learn(warm(VISITED))
    for place, row in enumerate(log):
        if place == known:
            worker.learn(published(VISITED, E_MS))
        worker.take(*row)
    worker.pass_time(end_of(log))

    assert worker.moments("x") == always(VISITED, log, end_of(log), *UNTOUCHED).moments("x") != []
    assert worker.moments("x")[0]["values"]["count"] == 2


def test_s5_a_repeat_of_what_was_seen_beside_the_plan_counts_once_where_the_publication_is_known_too_late():
    worker = Worker(plan())
    worker.learn(warm(VISITED))
    worker.take(*tp(1, 101, "page_viewed"))
    worker.learn(published(VISITED, E_MS))
    worker.take(*tp(1, 101, "page_viewed"))
    worker.pass_time(E_MS + DAY)

    assert [one["values"]["count"] for one in worker.moments("x")] == [1]
    assert ("c1", ("count", "duplicate")) in worker.effects


def test_s4_s5_who_joins_by_a_repeat_is_known_to_have_joined():
    """It comes with a later time than what it repeats, and is all that brings the customer to the time of joining."""
    added = {**count("x", on=types("product_added"), at_least=3, window_ms=40 * DAY, collect={}), "revision": 2}
    worker = Worker(plan(event("clock", on=types("page_viewed"))))
    worker.learn(warm(added))
    for row in (tp(1, 90), tp(2, 91)):
        worker.take(*row)
    worker.learn(published(added, E_MS))
    for row in (tp(2, 100.01), tp(3, 99.99), tp(4, 101, "page_viewed"), tp(5, 102), tp(6, 103)):
        worker.take(*row)

    assert worker.moments("x") == []
    (memory,) = orjson.loads(worker.states["c1"][0])["sig"].values()
    assert len(memory["p"][::2]) == 5


# --- by chance ---


@settings(max_examples=300)
@given(SPECS, plays(late=True))
def test_s4_a_warmed_up_signal_gives_what_one_gives_that_was_always_there(spec, play):
    spec = {**spec, "name": "x", "version": "v2", "revision": 2}
    log, from_ms = play[0], play[5]
    worker = warmed_up(plan(*UNTOUCHED), spec, play)
    wanted = always(spec, log, end_of(log), *UNTOUCHED)

    assert worker.moments("x") == [one for one in wanted.moments("x") if one["at"] >= from_ms]


@settings(max_examples=150)
@given(SPECS, plays(late=False))
def test_s4_untouched_signals_neither_repeat_nor_miss_a_moment(spec, play):
    spec = {**spec, "name": "x", "version": "v2", "revision": 2}
    worker = warmed_up(plan(*UNTOUCHED), spec, play)
    undisturbed = always(UNTOUCHED[0], play[0], end_of(play[0]), UNTOUCHED[1])

    for name in ("other", "others"):
        assert worker.moments(name) == undisturbed.moments(name)


CLOCK = event("clock", on=types(*TYPES, "tick"))
"""Every touchpoint moves the customer's clock, so what is late is late with either signal."""


@settings(max_examples=200)
@given(SPECS, SPECS, plays(late=True))
def test_s4_a_changed_signal_gives_the_old_moments_up_to_effective_at_and_the_new_from_then_on(old, new, play):
    old, new = {**old, "name": "x"}, {**new, "name": "x", "version": "v2", "revision": 2}
    log, from_ms = play[0], play[5]
    worker = warmed_up(plan(old, CLOCK), new, play)
    # The old signal is not told what happens from then on: at once, it might have fired on it before what is late.
    olds = [(subject, {**row, "type": "tick"} if row["at"] >= from_ms else row) for subject, row in log]
    before = [one for one in always(old, olds, end_of(log), CLOCK).moments("x") if one["at"] < from_ms]
    after = [one for one in always(new, log, end_of(log), CLOCK).moments("x") if one["at"] >= from_ms]

    assert worker.moments("x") == by_id(before + after)


HEARS = [{"type": "signal.other", "where": None}]
USING = [
    {**count("x", window_ms=4 * WITHIN, at_least=2, on=HEARS, collect={}), "version": "v2", "revision": 2},
    {**absence("x", within_ms=WITHIN, start=HEARS, per=None, collect={}), "version": "v2", "revision": 2},
]


@settings(max_examples=150)
@given(st.sampled_from(USING), plays(late=False), st.booleans())
def test_s4_a_signal_that_uses_another_is_warmed_up_with_it(spec, play, is_new_below):
    """The one below is as it was, or new in the same publication."""
    below = {**UNTOUCHED[0], "within_ms": WITHIN // 2, "version": "v2", "revision": 2}
    log, from_ms = play[0], play[5]
    if is_new_below:
        worker = warmed_up(plan(*UNTOUCHED), spec, play, below)
        wanted = always(spec, log, end_of(log), below, UNTOUCHED[1])
    else:
        worker = warmed_up(plan(*UNTOUCHED), spec, play, using=tuple(UNTOUCHED))
        wanted = always(spec, log, end_of(log), *UNTOUCHED)

    assert worker.moments("x") == [one for one in wanted.moments("x") if one["at"] >= from_ms]
