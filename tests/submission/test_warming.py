"""S4: what is warmed up, how far back, and the control records about it; no broker."""

from __future__ import annotations

import copy
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from cjo.client.offsets import Stretch
from cjo.compile import compile_workspace
from cjo.engine.beside import beside
from cjo.engine.book import PlanBook
from cjo.engine.signals import build_signal
from cjo.errors import StackError
from cjo.resources import data_dir
from cjo.settings import Settings
from cjo.submission import warm_up
from cjo.submission.apply import Publication
from cjo.submission.changes import changes
from cjo.submission.control import numbered
from cjo.submission.running import acting, base_of, running, submission_record
from cjo.submission.warming import (
    Need,
    Replay,
    placed,
    reach_ms,
    unfinished,
    warm_record,
    warmed,
    withdrawal,
)
from cjo.submission.words import as_json, lines
from tests.engine.build import DAY, HOUR, MINUTE, absence, count, date, event, plan, profile, score

Record = dict[str, Any]
WORKSPACE = plan()["workspace"]


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    return compile_workspace(Path(data_dir("journeys")))


def changed(plan_: dict[str, Any], name: str = "basket_abandoned", version: str = "0123456789ab") -> dict[str, Any]:
    other = copy.deepcopy(plan_)
    next(spec for spec in other["signals"] if spec["name"] == name)["version"] = version
    return other


def applied(plan_: dict[str, Any], known: list[Record], at_ms: int) -> list[Record]:
    """The control topic after a `cjo apply` that has warmed up."""
    result, records = numbered(plan_, known, at_ms)
    warm = warm_record(known, result, warmed(result, records))
    return [*known, warm, *placed(records, at_ms)]


# --- how far back ---


@pytest.mark.parametrize(
    ("spec", "reach_ms"),
    [
        (event(), 0),
        (event(settle=True), 5_000 + DAY),
        (profile(), 0),
        (count(window_ms=HOUR), 2 * HOUR + DAY),
        (score(window_ms=HOUR, settle=True), 2 * HOUR + DAY),
        (count(window_ms=HOUR, cooldown_ms=MINUTE), None),
        (score(window_ms=HOUR, half_life_ms=MINUTE), None),
        (score(window_ms=HOUR, points=[{"type": "a", "where": None, "add": -1}]), None),
        (absence(within_ms=MINUTE), 201 * MINUTE + DAY),
        (absence(within_ms=MINUTE, on_repeat="keep"), None),
        (date(), None),
    ],
)
def test_s4_a_kind_of_signal_says_how_far_back_it_remembers(spec: dict[str, Any], reach_ms: int | None) -> None:
    assert build_signal(spec, WORKSPACE).reach_ms() == reach_ms


def test_s4_a_signal_that_remembers_nothing_is_not_warmed_up() -> None:
    wanted = plan(event("a"), profile("b"), count("c"))
    result, records = numbered(wanted, [], 5_000)

    assert [spec["memory"] for spec in warmed(result, records)] == ["c@1"]


def test_s4_a_signal_that_uses_others_needs_what_they_need_too_and_runs_with_them() -> None:
    used = count("used", window_ms=HOUR)
    using = absence("using", within_ms=MINUTE, start=[{"type": "signal.used", "where": None}])
    wanted = plan(used, using)
    _, known = numbered(plan(used), [], 0)
    result, records = numbered(wanted, known, 5_000)
    specs = warmed(result, records)
    warm = warm_record(known, result, specs)

    assert reach_ms(result, "using") == 201 * MINUTE + 2 * HOUR + 2 * DAY

    assert warm["places"] == ["using@1"]
    assert {spec["name"]: spec.get("memory") for spec in warm["plan"]["signals"]} == {"used": None, "using": "using@1"}


@pytest.mark.parametrize(("who", "days"), [("members", 90), ("contact", 90), (None, 0)])
def test_s4_where_a_journey_tells_people_the_log_is_read_as_far_back_as_they_are_remembered(
    shipped: dict[str, Any], who: str | None, days: int
) -> None:
    """An event remembers nothing itself."""
    signals, journeys = [event("seen", subject="household")], [{"name": "j", "enter": {"on": "seen", "who": who}}]
    assert reach_ms({**shipped, "signals": signals, "journeys": journeys}, "seen") == days * DAY


# --- what the orchestrator has taken ---


@pytest.mark.parametrize(
    ("done", "missing"),
    [
        ({1: 83}, None),
        ({0: 57, 1: 83}, None),
        ({1: 81}, "2 records"),
        ({}, "3 records"),
        ({0: 20, 1: 70}, "3 records"),
    ],
)
def test_s4_what_retention_has_deleted_of_the_memory_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, done: dict[int, int], missing: str | None
) -> None:
    """Of a partition that is empty the orchestrator commits nothing."""
    there = Stretch({0: 57, 1: 83}, 3, 0, {0: 57, 1: 80})
    monkeypatch.setattr(warm_up, "TAKEN_S", 0.0)
    monkeypatch.setattr(warm_up, "stretch", lambda settings, topic, begin_ms: there)
    monkeypatch.setattr(warm_up, "committed", lambda settings, group, topic: done)
    with pytest.raises(StackError, match=f"has not taken {missing}") if missing else nullcontext():
        warm_up.await_taken(Settings.load(), {"workspace": {"name": "w"}}, "memory")


# --- records ---


def test_s4_each_revision_has_a_memory_of_its_own_and_keeps_it_in_later_submissions(shipped: dict[str, Any]) -> None:
    _, known = numbered(shipped, [])
    after = applied(changed(shipped), known, 5_000)
    again, records = numbered(changed(shipped), after)
    mine = next(spec for spec in again["signals"] if spec["name"] == "basket_abandoned")

    assert records == []
    assert (mine["revision"], mine["memory"], mine["from_ms"]) == (2, "basket_abandoned@2", 5_000)
    third, _ = numbered(changed(shipped, version="abcdef012345"), after)
    mine = next(spec for spec in third["signals"] if spec["name"] == "basket_abandoned")
    assert (mine["revision"], mine["memory"], "from_ms" in mine) == (3, "basket_abandoned@2", False)


def test_s4_a_warm_up_that_failed_leaves_its_number_to_nobody(shipped: dict[str, Any]) -> None:
    _, known = numbered(shipped, [])
    result, records = numbered(changed(shipped), known, 5_000)
    warm = warm_record(known, result, warmed(result, records))
    failed = [*known, warm, withdrawal(warm)]
    _, again = numbered(changed(shipped), failed, 6_000)

    assert (warm["name"], warm["places"]) == ("warm/1", ["basket_abandoned@2"])
    assert [one["revision"] for one in again] == [3]
    assert warm_record(failed, result, [])["name"] == "warm/2"
    assert warm_record([*known, withdrawal(warm)], result, [])["name"] == "warm/2"


def test_s4_a_warm_up_that_nobody_ended_is_found(shipped: dict[str, Any]) -> None:
    _, known = numbered(shipped, [])
    result, records = numbered(changed(shipped), known, 5_000)
    warm = warm_record(known, result, warmed(result, records))

    assert unfinished([*known, warm]) == [warm]
    assert unfinished([*known, warm, withdrawal(warm)]) == []
    assert unfinished([*known, warm, *placed(records, 5_000)]) == []


def test_s4_a_job_that_goes_on_knows_of_the_warm_up_and_of_the_revision_before_it(shipped: dict[str, Any]) -> None:
    _, known = numbered(shipped, [])
    after = applied(changed(shipped), known, 10**12)
    base = base_of(changed(shipped), after)
    book = PlanBook(base)
    for record in acting(after):
        if added := beside(base, record):
            book.publish(added)
    horizon_ms = shipped["workspace"]["late_horizon_ms"]

    assert [one["kind"] for one in acting(after)] == ["warm", "publish"]
    assert "basket_abandoned@2" not in book.at(10**12 - 1).places
    assert {"basket_abandoned", "basket_abandoned@2"} <= set(book.at(10**12).places)
    assert "basket_abandoned" not in book.at(10**12 + horizon_ms).places
    assert book.at(10**12).signals["basket_abandoned"].place == "basket_abandoned@2"
    group = book.group("1")
    assert group is not None
    assert (group.from_ms, group.is_whole) == (10**12, False)


def test_s4_a_signal_that_is_removed_still_gives_what_happened_before(shipped: dict[str, Any]) -> None:
    _, known = numbered(shipped, [])
    without = {**shipped, "signals": [one for one in shipped["signals"] if one["name"] != "basket_abandoned"]}
    _, records = numbered(without, known, 10**12)
    book = PlanBook(base_of(shipped, known))
    for record in records:
        book.publish(record)
    horizon_ms = shipped["workspace"]["late_horizon_ms"]

    assert "basket_abandoned" not in book.at(10**12).signals
    assert book.at(10**12).places["basket_abandoned"].until_ms == 10**12
    assert "basket_abandoned" not in book.at(10**12 + horizon_ms).places


# --- words ---


def test_s4_the_plan_says_what_is_read_and_from_when_on_a_signal_is_complete(shipped: dict[str, Any]) -> None:
    numbers, records = numbered(shipped, [])
    known = [*records, submission_record(numbers, [], "job-1", {})]
    now = running(known, shipped["workspace"]["name"])
    other = changed(changed(shipped), "high_mortgage_engagement")
    at_ms = 1_700_000_000_000
    needs = [
        Need("basket_abandoned", "basket_abandoned@2", 2 * DAY, at_ms - 2 * DAY, at_ms + DAY),
        Need("high_mortgage_engagement", "high_mortgage_engagement@2", None, None, None),
    ]
    replay = Replay(needs, None, 1_234_567)
    found = Publication(other, known, now, changes(other, now, {}), {}, at_ms, "job-1", replay)

    assert set(list(lines(found, Counter()))[:-1]) == {
        "changed  signal high_mortgage_engagement, version "
        f"{_version(shipped, 'high_mortgage_engagement')} -> 0123456789ab",
        "         memory: all of the log, for what it gives hangs on all that was before",
        f"changed  signal basket_abandoned, version {_version(shipped, 'basket_abandoned')} -> 0123456789ab",
        "         memory: 2 days back, from 2023-11-12T22:13:20.000Z; the log begins later, complete from"
        " 2023-11-15T22:13:20.000Z",
        "warm-up: 1,234,567 records of the log are read, from its beginning, by a job of its own; until then"
        " signals go on as they are",
    }
    told = as_json(found, Counter())["warm_up"]
    assert (told["from"], told["records"], told["signals"][0]["place"]) == (None, 1_234_567, "basket_abandoned@2")


def _version(plan_: dict[str, Any], name: str) -> str:
    return str(next(spec["version"] for spec in plan_["signals"] if spec["name"] == name))
