"""S5: what is remembered of events, against a list of all of them."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import duplicates
from cjo.engine.duplicates import CONFLICT, DUPLICATE, NEW
from cjo.engine.ids import event_mark
from cjo.engine.plan import CompiledPlan
from tests.engine import build
from tests.engine.build import DAY, play, tp
from tests.engine.test_room import marks

events = st.tuples(st.integers(0, 400), st.sampled_from(["aaa", "bbb"]), st.integers(20_000, 20_004))


@given(st.lists(events, max_size=300), st.sampled_from([4, 16, 10_000]))
@settings(max_examples=200)
def test_s5_every_repeat_is_found_however_many_there_are(log: list[tuple[int, str, int]], spread: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "SPREAD", spread)
        seen: dict[str, Any] = {}
        known: dict[str, str] = {}
        days: Counter[int] = Counter()
        for number, content, day in log:
            mark = event_mark(str(number))
            first = known.setdefault(mark, content) if mark in known else None
            expected = NEW if first is None else DUPLICATE if first == content else CONFLICT
            assert duplicates.verdict(seen, mark, content) == expected
            if expected == NEW:
                known[mark] = content
                days[day] += 1
                assert duplicates.remember(seen, mark, content, day * DAY)
                assert duplicates.of_day(seen, day * DAY) == (days[day] if len(known) > spread else 0)
            seen = orjson.loads(orjson.dumps(seen))
        assert sorted(marks(seen)) == sorted(known)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=120), st.sampled_from([4, 16, 10_000]))
def test_s5_what_lies_within_the_horizon_is_found_after_forgetting(log: list[tuple[bool, int]], spread: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "SPREAD", spread)
        seen: dict[str, Any] = {}
        known: dict[str, int] = {}
        for number, (forgets, day) in enumerate(log):
            if forgets:
                duplicates.forget(seen, day * DAY + 5, 3 * DAY)
                known = {mark: at for mark, at in known.items() if at >= day - 3}
            else:
                mark = event_mark(str(number))
                known[mark] = day
                duplicates.remember(seen, mark, "abc", day * DAY)
            assert sorted(marks(seen)) == sorted(known)
            assert all(duplicates.verdict(seen, mark, "abc") == DUPLICATE for mark in known)
            assert bool(seen) == bool(known), "nothing is left of nothing"


def test_s5_f4_of_more_than_are_kept_about_the_oldest_are_forgotten_and_counted() -> None:
    """With 10,000 remembered, the last 6,000 are found, and what is older than 16,000 is gone."""
    seen: dict[str, Any] = {}
    names = [event_mark(str(number)) for number in range(40_000)]
    told = [duplicates.remember(seen, mark, "abc", 20_000 * DAY + number) for number, mark in enumerate(names)]

    assert told == [True] * 10_000 + [False] * 30_000
    assert len(marks(seen)) == duplicates.EVENTS
    found = [duplicates.verdict(seen, mark, "abc") == DUPLICATE for mark in names]
    assert all(found[-6_000:]) and not any(found[:-16_000])
    assert max(len(orjson.dumps(part)) for name, part in seen.items() if name != duplicates.COUNTS) < 3_500


def test_s5_marks_of_the_oldest_day_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "SPREAD", 0)
    monkeypatch.setattr(duplicates, "EVENTS", 2)
    seen: dict[str, Any] = {}
    told = [duplicates.remember(seen, f"mark-{n:06}", "abc", day * DAY) for n, day in enumerate((20, 3, 20, 20))]

    assert told == [True, True, False, False]
    assert marks(seen) == ["mark-000002", "mark-000003"]
    assert seen[duplicates.COUNTS] == [2, {"20": 3, "3": 1}]


def flood(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """So many touchpoints of one day, 50 ms apart, out of order, some of them twice."""
    chance = random.Random(seed)
    rows = [tp("page_viewed", number / 1_200, event_id=f"e{number}") for number in range(count)]
    rows += [rows[chance.randrange(count)] for _ in range(count // 10)]
    return sorted(rows, key=lambda row: row["at"] + chance.randrange(4_000))


def test_f4_a_subject_with_more_touchpoints_than_the_limit_of_a_day_is_told_of_once() -> None:
    made = build.plan(build.score(at_least=10**6), limits=limits(1_000))
    assert play(made, flood(1_000)).of("count").count("busy_subjects") == 0
    assert play(made, flood(1_001)).of("count").count("busy_subjects") == 1
    assert play(made, flood(3_000)).of("count").count("busy_subjects") == 1


def test_f4_a_busy_subject_is_told_of_again_on_the_next_day() -> None:
    rows = flood(1_500) + [row | {"at": row["at"] + DAY, "event_id": row["event_id"] + "+"} for row in flood(1_500)]
    assert play(build.plan(build.score(), limits=limits(1_000)), rows).of("count").count("busy_subjects") == 2


def test_the_limit_of_a_day_is_10_000_where_an_older_plan_has_none() -> None:
    assert CompiledPlan(build.plan(build.score())).touchpoints_per_day == 10_000


def limits(per_day: int) -> dict[str, int]:
    return {
        "open_runs": 20, "events_per_key": 200, "steps_per_input": 100, "run_ms_max": DAY,
        "touchpoints_per_day": per_day,
    }  # fmt: skip
