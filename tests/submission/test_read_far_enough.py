"""S4, S5: the log is read as far back as it takes for the moments of a signal that was always there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cjo.avro.rows import AHEAD_MS_MAX
from cjo.client.offsets import Stretch
from cjo.settings import Settings
from cjo.submission import warming
from cjo.submission.control import numbered
from cjo.submission.warming import Replay, reach_ms, replay_for
from tests.engine.build import BOUND, DAY, HOUR, START_MS, absence, count, date, event, first, plan, profile, types
from tests.engine.test_warming import UNTOUCHED, Row, Worker, memory_of, published, warm

Reading = Callable[[dict[str, Any], int, int], Replay]
WEEK = 7 * DAY
GOLD = profile("gold")
GOLDEN = [{"type": "signal.gold", "where": None}]


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    """What is read for the plan's signals at a time of the log, which begins at another."""

    def found(plan_: dict[str, Any], log_ms: int, first_ms: int) -> Replay:
        monkeypatch.setattr(warming, "stretch", lambda settings, topic, begin_ms: Stretch({0: 9}, 9, first_ms))
        replay = replay_for(Settings.load(), *numbered(plan_, []), log_ms)
        assert replay is not None
        return replay

    return found


def tp(number: int, at_ms: int, kind: str = "product_added", **attributes: str) -> tuple[str, Row]:
    row = {"event_id": f"e{number}", "type": kind, "at": at_ms}
    return "c1", {**row, "attributes": attributes} if attributes else row


def moments(
    spec: dict[str, Any], base: dict[str, Any], log: list[Any], after: list[Any], begin_ms: int | None
) -> list[int]:
    """Times of the moments of a signal that was warmed up by what `log` holds since `begin_ms`."""
    mine, from_ms = {**spec, "version": "v2", "revision": 2}, log[-1][1]["at"] + 2 * BOUND
    begin = next(place for place, (_, row) in enumerate(log) if begin_ms is None or row["at"] >= begin_ms)
    worker, known = Worker(base), warm(mine, using=tuple(base["signals"]))
    for subject, row in log:
        worker.take(subject, row)
    worker.learn(known)
    for memory in memory_of(base, [known], log, begin):
        worker.remember(memory)
    worker.learn(published(mine, from_ms))
    for subject, row in after:
        worker.take(subject, row)
    return [one["at"] for one in worker.moments(spec["name"])]


def test_s5_what_comes_again_after_days_is_known_to_the_signal_that_was_warmed_up(reading: Reading) -> None:
    often = count("x", window_ms=HOUR, at_least=2, on=types("product_added"))
    log_ms = START_MS + 3 * DAY
    log = [tp(1, START_MS), tp(2, log_ms - HOUR // 2)]
    after = [tp(1, log_ms + HOUR // 4), tp(3, log_ms + HOUR // 3)]
    found = reading(plan(often), log_ms, START_MS)

    assert found.begin_ms == log_ms - (2 * HOUR + DAY) - WEEK - AHEAD_MS_MAX
    assert moments(often, plan(*UNTOUCHED), log, after, found.begin_ms) == [log_ms + HOUR // 3]


def test_s5_a_signal_is_complete_when_its_window_is_whatever_comes_again(reading: Reading) -> None:
    log_ms = START_MS + 3 * DAY
    (need,) = reading(plan(count("x", window_ms=HOUR)), log_ms, START_MS).needs
    assert (need.reach_ms, need.since_ms, need.complete_from_ms) == (26 * HOUR, log_ms - 26 * HOUR, None)
    (need,) = reading(plan(count("x", window_ms=2 * DAY)), log_ms, START_MS).needs
    assert (need.since_ms, need.complete_from_ms) == (log_ms - 5 * DAY, START_MS + 5 * DAY)


@pytest.mark.parametrize("at_least", [1, 2])
def test_s4_a_signal_that_hears_of_profiles_has_those_from_before_its_window(reading: Reading, at_least: int) -> None:
    """What is first read of a profile is not what was first told of it."""
    golden = count("x", window_ms=5 * DAY, at_least=at_least, on=GOLDEN, collect={})
    log = [(0, "basic"), (57, "gold"), (57.5, "basic")]
    rows = [tp(at, START_MS + round(day * DAY), "profile_updated", segment=to) for at, (day, to) in enumerate(log)]
    again = tp(9, START_MS + 60 * DAY, "profile_updated", segment="gold")
    base = plan(GOLD, *UNTOUCHED, profile={"segment": "string"})
    found = reading({**base, "signals": [*base["signals"], golden]}, START_MS + 60 * DAY, START_MS)

    assert moments(golden, base, rows, [again], found.begin_ms) == [again[1]["at"]] * (at_least - 1)


@pytest.mark.parametrize(
    ("used", "reach"),
    [
        (GOLD, None),
        (date("gold"), None),
        (first("gold"), None),
        (first("gold", since_ms=HOUR), HOUR + DAY),
        (event("gold"), 0),
        (event("gold", settle=True), BOUND + DAY),
        (count("gold", window_ms=HOUR), 2 * HOUR + DAY),
        (absence("gold", within_ms=HOUR), 201 * HOUR + DAY),
    ],
    ids=["profile", "date", "first", "first since", "event", "event, settled", "count", "absence"],
)
@pytest.mark.parametrize("between", [True, False], ids=["through another", "directly"])
def test_s6_a_signal_needs_of_the_log_what_the_moments_are_made_of_that_it_uses(
    used: dict[str, Any], reach: int | None, between: bool
) -> None:
    through = [event("again", on=GOLDEN)] if between else []
    mine = count("x", window_ms=HOUR, on=[{"type": "signal.again", "where": None}] if between else GOLDEN)
    assert reach_ms(plan(used, *through, mine), "x") == (None if reach is None else reach + 2 * HOUR + DAY)
