"""S2, T4, F4: absences of more touchpoints than are kept, and what is taken out of them again."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import Engine
from tests.engine.build import DAY, MINUTE, START_MS, Outcome, absence, at, journey, plan, play, reachable, tp, types
from tests.signals.kinds import absence as reference
from tests.signals.logs import WITHIN, logs

MOST = 10
OVER = range(MOST + 1)
SECOND = 1 / 60


def room(most: int = MOST) -> dict[str, Any]:
    return {"open_runs": 20, "events_per_key": most, "steps_per_input": 100, "run_ms_max": 30 * DAY}


def played(rows: list[dict[str, Any]], most: int = MOST, **change: Any) -> Outcome:
    return play(plan(absence(**change), limits=room(most)), rows)


def told(found: Outcome) -> list[tuple[float, int, bool]]:
    """(minute, number of items, truncated) of each moment."""
    values = [((one["at"] - START_MS) / MINUTE, one["values"]) for one in found.moments]
    return [(minute, len(one["items"]), one.get("truncated", False)) for minute, one in values]


def within_the_bound(kind: str, minutes: float, count: int = MOST + 1) -> list[dict[str, Any]]:
    """So many touchpoints after a time, before the watermark has passed it."""
    return [tp(kind, minutes + (1 + number) * 4 * SECOND / count) for number in range(count)]


@pytest.mark.parametrize("on_repeat", ["restart", "keep"])
def test_s2_a_start_that_is_due_fires_though_many_unless_events_come_before_the_watermark(on_repeat):
    rows = [tp("product_added", 0), *within_the_bound("order_completed", 30)]

    assert told(played(rows, on_repeat=on_repeat)) == [(30, 1, False)]


@pytest.mark.parametrize("on_repeat", ["restart", "keep"])
def test_s2_a_start_that_is_due_fires_though_many_starts_come_before_the_watermark(on_repeat):
    first, *more = told(played([tp("product_added", 0), *within_the_bound("product_added", 30)], on_repeat=on_repeat))

    assert first == (30, 1, False)
    assert len(more) == 1


def test_s2_a_start_whose_unless_event_may_have_gone_does_not_count():
    rows = [tp("order_completed", 1), *(tp("order_completed", 120 + number) for number in OVER)]

    assert played([*rows, tp("product_added", 0)]).moments == []
    assert told(played([*rows, tp("product_added", 131)])) == [(161, 1, False)]


def test_s2_a_start_whose_repetition_may_have_gone_does_not_count():
    rows = [tp("product_added", 10), *(tp("product_added", 120 + number) for number in OVER)]

    assert [one[0] for one in told(played([*rows, tp("product_added", 0)]))] == [40, 160]


@pytest.mark.parametrize("kind", ["order_completed", "product_added"])
def test_t4_what_has_fired_is_taken_back_where_what_speaks_against_it_finds_no_room(kind):
    """A purchase, or a repeated start, that comes to light when as many as are kept have followed."""
    follow = [tp(kind, 40 + number) for number in range(MOST if kind == "order_completed" else MOST - 1)]
    rows = [*reachable(), tp("product_added", 0), *follow, tp(kind, 20)]

    found = play(plan(absence(), journey(exit=[]), limits=room()), rows, until_minutes=60)

    request, *_, cancel = found.actions
    assert (cancel["kind"], cancel["reason"]) == ("cancel", "moment_void")
    assert cancel["action_id"] == request["action_id"]


def test_s2_of_more_starts_than_are_kept_the_first_goes_on_where_the_author_says_so():
    rows = [tp("product_added", number / 2) for number in range(50)]

    (moment,) = played(rows, on_repeat="keep").moments

    assert moment["at"] == at(30)
    assert moment["values"]["truncated"] is True
    assert moment["evidence"][0]["at"] == at(0)


def test_f4_only_the_moment_that_may_lack_something_says_so():
    many = [tp("product_added", number / 10) for number in range(MOST + 5)]

    assert told(played([*many, tp("product_added", 300)])) == [(31.4, MOST, True), (330, 1, False)]
    assert told(played([*many, tp("order_completed", 2), tp("product_added", 3)])) == [(33, 1, False)]
    removed = [tp("product_added", 0), *(tp("product_removed", 1 + number, product_id="p2") for number in OVER)]
    assert told(played([*removed, tp("product_added", 300)])) == [(30, 1, True), (330, 1, False)]


def test_f4_memory_that_says_that_something_has_gone_without_saying_when_is_read():
    """As a savepoint of an earlier version holds it: the starts that it has may lack something, later ones do not."""
    engine = Engine(plan(absence(), limits=room()))
    state = orjson.loads(orjson.dumps(engine.on_input(None, "c1", tp("product_added", 0)).state))
    state["sig"]["abandoned"]["b1"]["cut"] = 1
    found = []
    for done in (
        engine.on_input(state, "c1", tp("product_added", 31)),
        engine.on_time(state, "c1", at(90)),
    ):
        found += [one["values"].get("truncated", False) for kind, one in done.effects if kind == "moment"]

    assert found == [True, False]


@settings(max_examples=300, deadline=None)
@given(logs(), st.sampled_from(["restart", "keep"]), st.integers(1, 4))
def test_s2_f4_in_order_absences_with_little_room_fire_as_they_should_and_say_what_they_lack(log, on_repeat, most):
    spec = absence(within_ms=WITHIN, on_repeat=on_repeat)
    ordered = list({(row["at"], row["type"]): row for row in sorted(log, key=lambda row: row["at"])}.values())

    found = play(plan(spec, limits=room(most)), ordered).moments
    expected = reference.expected(spec, "c1", ordered)

    assert {one["moment_id"]: one["at"] for one in found} == {name: one[0] for name, one in expected.items()}
    for one in found:
        assert one["values"].get("truncated") or one["values"] == expected[one["moment_id"]][1]


def test_a_value_that_no_start_is_without_is_taken_out_by_none_without_it():
    rows = [tp("product_added", 0, product_id=None, amount="5.00"), tp("product_added", 1, amount="7.00")]

    (moment,) = played([*rows, tp("product_removed", 2, product_id=None)]).moments

    assert moment["values"] == {"items": ["p1"], "total": "12.00"}


def test_a_declared_decimal_is_taken_out_whatever_its_scale():
    price = ["attr", "price", "decimal"]
    items = {"each": price, "minus": types("product_removed"), "max": 20}
    rows = [tp("product_added", 0, attributes={"price": "9.50"}), tp("product_added", 1, attributes={"price": "7"})]

    (moment,) = played([*rows, tp("product_removed", 2, attributes={"price": "9.5"})], collect={"items": items}).moments

    assert moment["values"] == {"items": ["7.00"]}


def test_f4_s6_more_moments_of_one_instant_than_there_is_room_for_cancel_what_runs():
    """Four baskets are left behind at once: each takes the same start back."""
    left = absence("left", within_ms=30 * MINUTE, unless=[], collect={})
    visit = {"start": types("page_viewed"), "unless": types("signal.left"), "within_ms": DAY, "on_repeat": "keep"}
    outer = absence("outer", per=None, collect={}, **visit)
    rows = [tp("page_viewed", 0), *({**tp("product_added", 1), "basket_id": f"b{n}"} for n in range(4))]

    found = play(plan(left, outer, limits=room(3)), rows).moments
    assert [one["signal"] for one in found] == ["left"] * 4
