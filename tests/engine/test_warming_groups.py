"""S4: which groups stand beside the plan of a job that was submitted after their signals were published."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from cjo.engine.beside import beside
from cjo.engine.book import PlanBook
from cjo.engine.warming import groups_of, whole
from cjo.submission.control import numbered
from cjo.submission.running import acting, base_of
from cjo.submission.warming import placed, warm_record, warmed, withdrawal
from tests.engine.build import BOUND, DAY, HOUR, START_MS, absence, count, first, plan, score, types
from tests.engine.test_warming import UNTOUCHED, Record, Row, Worker, memory_of
from tests.engine.test_warming_subjects import Ordered, accounts, of_account
from tests.engine.test_warming_subjects import memory_of as memory_of_accounts

E_MS = START_MS + DAY


def x(version: str = "v1", **change: Any) -> dict[str, Any]:
    return first("x", version=version, **change)


def submitted(plan_: dict[str, Any]) -> tuple[dict[str, Any], list[Record]]:
    """(what the first job runs, the control topic)"""
    return numbered(plan_, [])


def applied(plan_: dict[str, Any], known: list[Record], at_ms: int) -> list[Record]:
    """The control topic after a `cjo apply` that has warmed up."""
    result, records = numbered(plan_, known, at_ms)
    return [*known, warm_record(known, result, warmed(result, records)), *placed(records, at_ms)]


def upgraded(worker: Worker, plan_: dict[str, Any], known: list[Record]) -> Worker:
    """The job after `cjo submit --upgrade`: from the savepoint on."""
    result, records = numbered(plan_, known)
    other = type(worker)(result)
    for record in acting([*known, *records]):
        if (added := beside(result, record)) is not None:
            other.learn(added)
    other.states = dict(worker.states)
    return other


def book(plan_: dict[str, Any], known: list[Record]) -> PlanBook:
    made = PlanBook(plan_)
    for record in known:
        if (added := beside(plan_, record)) is not None:
            made.publish(added)
    return made


def tp(subject: str, number: int, at_ms: int, kind: str = "order_completed") -> tuple[str, Row]:
    return subject, {"event_id": f"{subject}-{number}", "type": kind, "at": at_ms}


def warmed_up(
    base: dict[str, Any], log: list[tuple[str, Row]], news: list[Record], kind: type[Worker] = Worker
) -> Worker:
    """A worker that takes the log, and then what `cjo apply` writes, with memory of all that the log holds."""
    worker = kind(base)
    for subject, row in log:
        worker.take(subject, row)
    worker.learn(news[0])
    for memory in (memory_of_accounts if kind is Ordered else memory_of)(base, news[:1], log):
        worker.remember(memory)
    for record in news[1:]:
        worker.learn(record)
    return worker


def beside_of(worker: Worker, subject: str) -> dict[str, Any]:
    return orjson.loads(worker.states[subject][0]).get("warm", {})


# --- submitted again ---


def test_s4_a_revision_that_took_its_place_over_at_an_upgrade_has_the_memory_that_was_beside_the_plan() -> None:
    """c1 has joined before the upgrade, c2 was silent, and c3 comes then."""
    log = [tp("c1", 1, START_MS), tp("c2", 1, START_MS)]
    base, known = submitted(plan(*UNTOUCHED))
    known = applied(plan(*UNTOUCHED, x()), known, E_MS)
    worker = warmed_up(base, log, known[-2:])
    worker.take(*tp("c1", 2, E_MS + 1, "page_viewed"))
    assert (list(beside_of(worker, "c1")), list(beside_of(worker, "c2"))) == ([], ["1"])

    worker = upgraded(worker, plan(*UNTOUCHED, x("v2")), known)
    (spec,) = [one for one in worker.plan["signals"] if one["name"] == "x"]
    assert (spec["revision"], spec["memory"], "from_ms" in spec) == (2, "x@1", False)
    for subject in ("c1", "c2", "c3"):
        worker.take(*tp(subject, 3, E_MS + DAY))
        worker.take(*tp(subject, 4, E_MS + 2 * DAY))
        assert beside_of(worker, subject) == {}
    assert [(one["subject"], one["at"]) for one in worker.moments("x")] == [("c3", E_MS + DAY)]
    assert {kind for _, (kind, _) in worker.effects} == {"moment"}


def test_s5_a_repeat_of_what_only_the_memory_beside_the_plan_has_seen_counts_once_after_an_upgrade() -> None:
    others = [count("others", on=types("page_viewed"))]
    mine = score("x", points=[{**types("order_completed")[0], "add": 1}], at_least=2, window_ms=DAY)
    base, known = submitted(plan(*others))
    known = applied(plan(*others, mine), known, E_MS)
    worker = warmed_up(base, [tp("c1", 1, START_MS)], known[-2:])
    worker = upgraded(worker, plan(*others, {**mine, "version": "v2"}), known)
    worker.take(*tp("c1", 1, START_MS + HOUR))

    assert worker.moments("x") == []
    assert ("c1", ("count", "duplicate")) in worker.effects


def test_s4_before_effective_at_too_an_upgrade_goes_on_with_the_memory_beside_the_plan() -> None:
    log = [tp("c1", 1, START_MS)]
    base, known = submitted(plan(*UNTOUCHED))
    known = applied(plan(*UNTOUCHED, x()), known, E_MS)
    worker = upgraded(warmed_up(base, log, known[-2:]), plan(*UNTOUCHED, x("v2")), known)
    worker.take(*tp("c1", 2, E_MS - HOUR))
    worker.take(*tp("c2", 1, E_MS - HOUR))

    assert [(one["subject"], one["at"]) for one in worker.moments("x")] == [("c2", E_MS - HOUR)]


def test_s4_a_deadline_beside_the_plan_is_kept_by_the_revision_that_took_its_place_over() -> None:
    silent = absence("x", within_ms=2 * DAY, per=None, collect={})
    base, known = submitted(plan(*UNTOUCHED))
    known = applied(plan(*UNTOUCHED, silent), known, E_MS)
    worker = warmed_up(base, [tp("c1", 1, START_MS, "product_added")], known[-2:])
    worker = upgraded(worker, plan(*UNTOUCHED, {**silent, "version": "v2"}), known)
    worker.pass_time(E_MS + 9 * DAY)

    assert [one["at"] for one in worker.moments("x")] == [START_MS + 2 * DAY]


def test_s4_an_accounts_revision_that_took_its_place_over_has_what_is_still_queued_beside_the_plan() -> None:
    mine = x(subject="account")
    known = applied(accounts(mine), [], E_MS)
    log = [of_account(*tp("c1", 1, START_MS)), of_account(*tp("c3", 1, E_MS - BOUND))]  # of two accounts
    worker = warmed_up(accounts(), log, known[-2:], Ordered)
    worker = upgraded(worker, accounts({**mine, "version": "v2"}), known)
    for number, (customer, at_ms) in enumerate([("c1", E_MS), ("c3", E_MS + 1), ("c1", E_MS + DAY)], 2):
        worker.take(*of_account(*tp(customer, number, at_ms)))
    worker.pass_time(E_MS + 2 * DAY)

    assert [(one["subject"], one["at"]) for one in worker.moments("x")] == [("@account:A2", E_MS - BOUND)]
    assert [beside_of(worker, subject) for subject in worker.states] == [{}, {}]


def test_s4_what_a_later_revision_of_the_submission_passed_over_is_not_kept_beside_the_plan() -> None:
    """Two publications of one signal, then a submission of the same: of the first no record says when it joins."""
    base, known = submitted(plan(*UNTOUCHED))
    known = applied(plan(*UNTOUCHED, x()), known, E_MS)
    worker = warmed_up(base, [tp("c1", 1, START_MS)], known[-2:])
    known = applied(plan(*UNTOUCHED, x("v2")), known, E_MS + DAY)
    worker.learn(known[-2])
    worker.learn(known[-1])
    assert list(beside_of(worker, "c1")) == ["1"]

    worker = upgraded(worker, plan(*UNTOUCHED, x("v2")), known)
    for number in range(2, 9):
        worker.take(*tp("c1", number, E_MS + number * DAY))
    worker.take(*tp("c2", 1, E_MS + DAY))

    assert beside_of(worker, "c1") == {}
    assert [(one["subject"], one["at"]) for one in worker.moments("x")] == [
        ("c1", E_MS + 2 * DAY),  # its own memory never came in this test
        ("c2", E_MS + DAY),
    ]
    groups = book(worker.plan, acting(known))
    groups.at(0)
    assert groups.group("1") is None
    assert (other := groups.group("2")) is not None
    assert other.from_ms == E_MS + DAY


def test_s4_a_job_from_the_logs_beginning_keeps_nothing_for_what_its_own_plan_has() -> None:
    known = applied(plan(x()), [], E_MS)
    result, records = numbered(plan(x("v2")), known)
    groups = groups_of(result, [whole(one) for one in [*known, *records] if beside(result, one) is not None])

    assert groups["1"].from_ms == 0


def test_s4_of_signals_that_were_warmed_up_together_one_may_have_been_passed_over() -> None:
    y = count("y", window_ms=HOUR)
    known = applied(plan(x(), y), [], E_MS)
    known = applied(plan(x("v2"), y), known, E_MS + DAY)
    result, _ = numbered(plan(x("v2"), y), known)
    groups = groups_of(result, [one for one in acting(known) if beside(result, one) is not None])

    assert {name: group.from_ms for name, group in groups.items()} == {"1": E_MS, "2": E_MS + DAY}


@pytest.mark.parametrize("again", [True, False], ids=["upgrade in between", "no upgrade"])
def test_s4_a_job_that_goes_on_by_savepoint_knows_when_everything_joins(again: bool) -> None:
    known = applied(plan(x()), [], E_MS)
    upgrade = numbered(plan(x("v2")), known)[1] if again else []
    known = applied(plan(x("v3")), [*known, *upgrade], E_MS + 9 * DAY)
    groups = book(base_of(plan(x("v3")), known), acting(known))
    groups.at(0)

    found = {name: group.from_ms for name in "12" if (group := groups.group(name)) is not None}
    assert found == {"1": 0 if again else E_MS, "2": E_MS + 9 * DAY}


def test_s4_what_is_being_warmed_up_stays_beside_the_plan_of_a_job_that_is_submitted_meanwhile() -> None:
    known = applied(plan(x()), [], E_MS)
    result, records = numbered(plan(x("v2")), known, E_MS + DAY)
    begun = [*known, warm_record(known, result, warmed(result, records))]

    for base in (base_of(plan(x()), begun), numbered(plan(x()), begun)[0]):
        assert groups_of(base, [one for one in acting(begun) if beside(base, one) is not None])["2"].from_ms > 1 << 60


# --- withdrawn ---


def test_s4_what_was_published_has_its_memory_whoever_withdraws_it() -> None:
    base, known = submitted(plan(*UNTOUCHED))
    known = applied(plan(*UNTOUCHED, x()), known, E_MS)
    worker = warmed_up(base, [tp("c1", 1, START_MS)], [*known[-2:], withdrawal(known[-2])])
    worker.take(*tp("c1", 2, E_MS + DAY))

    assert worker.moments("x") == []
    worker.take(*tp("c2", 2, E_MS + DAY))
    assert [one["subject"] for one in worker.moments("x")] == ["c2"]


def test_s4_a_publication_of_which_a_part_was_written_has_its_memory() -> None:
    known = applied(plan(count("a", window_ms=HOUR), x()), [], E_MS)
    warm, *publish = known[-3:]
    (mine,) = [one for one in publish if one["name"] == "signal/x"]

    assert groups_of(plan(), [warm, mine])["1"].from_ms == E_MS
    assert groups_of(plan(), [warm, mine, withdrawal(warm)])["1"].from_ms == E_MS
    assert groups_of(plan(), [warm, withdrawal(warm)]) == {}
