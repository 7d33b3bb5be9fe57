"""S4: a changed signal goes on with the memory of its name where it can read it, and else begins with its own."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import orjson
import pytest

from cjo.engine import Engine
from cjo.engine.signals import form_of
from cjo.submission.control import numbered
from tests.engine import build
from tests.engine.build import AMOUNT, BASKET, HOUR, MINUTE, PRODUCT, at, tp, types

Spec = dict[str, Any]
ADDED = types("product_added")
VALUES = {"items": {"each": PRODUCT, "minus": [], "max": 2}}
FORMS: dict[str, Spec] = {
    "absence": build.absence("x", start=ADDED, per=None, collect={}),
    "change": build.change("x", on=ADDED),
    "change of a sum": build.change("x", on=ADDED, of=AMOUNT),
    "count": build.count("x", settle=True, collect={}),
    "count that collects": build.count("x", settle=True, collect=VALUES),
    "count of values": build.count("x", settle=True, distinct=PRODUCT, collect={}),
    "count by basket": build.count("x", per=BASKET, settle=True, collect={}),
    "event": build.event("x", on=ADDED, settle=True),
    "first": build.first("x", on=ADDED, since_ms=HOUR),
    "inactivity": build.inactivity("x", on=ADDED),
    "predict": build.predict("x"),
    "score": build.score("x", points=[{**ADDED[0], "add": 1}]),
    "sequence": build.sequence("x", steps=[build.step(["product_added"]), build.step(["product_added"])]),
    "session": build.session("x", on=ADDED),
}


def after(engine: Engine, state: Any, numbers: range) -> Any:
    """The state after some touchpoints, as it is kept."""
    for number in numbers:
        for kind in ("product_added", "page_viewed"):
            row = tp(kind, number, basket_id="b1", product_id=f"p{number}", amount="1.5", event_id=f"{kind}-{number}")
            state = engine.on_input(state, "c1", row).state
    return orjson.loads(orjson.dumps(state))


def upgraded(before: Spec, now: Spec) -> Spec:
    """The plan of a job that is submitted with the signal `now` where `before` has run."""
    _, known = numbered(build.plan(before), [])
    return numbered(build.plan({**now, "version": "s2"}), known)[0]


@pytest.mark.parametrize(("before", "now"), list(permutations(FORMS, 2)))
def test_s4_a_signal_of_another_form_begins_with_a_memory_of_its_own(before: str, now: str) -> None:
    state = after(Engine(build.plan(FORMS[before])), None, range(3))
    assert set(state["sig"]) == {"x"}
    plan = upgraded(FORMS[before], FORMS[now])
    engine = Engine(plan)

    fresh = after(engine, orjson.loads(orjson.dumps({**state, "sig": {}, "wakes": []})), range(3, 6))
    state = after(engine, state, range(3, 6))
    assert plan["signals"][0]["memory"] == "x@2"
    assert state["sig"]["x@2"] == fresh["sig"]["x@2"]
    left = engine.on_time(state, "c1", at(60 * 24 * 40))
    assert left.state is None or "x" not in left.state["sig"]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (build.count("x"), build.count("x", at_least=9, window_ms=MINUTE, on=types("page_viewed"), cooldown_ms=5)),
        (build.count("x", collect=VALUES), build.count("x", collect={"items": {"each": PRODUCT, "max": 9}})),
        (build.score("x"), build.score("x", at_least=9, half_life_ms=HOUR)),
        (build.absence("x"), build.absence("x", within_ms=5, on_repeat="keep")),
        (build.count("x", collect=VALUES), build.count("x", collect={"others": VALUES["items"], "n": {"count": True}})),
    ],
    ids=["count", "collected", "score", "absence", "renamed"],
)
def test_s4_where_only_conditions_and_limits_change_the_memory_stays(before: Spec, now: Spec) -> None:
    assert form_of(before) == form_of(now)
    assert "memory" not in upgraded(before, now)["signals"][0]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (build.count("x", collect={}), build.count("x", collect={"weight": {"sum": AMOUNT}})),
        (
            build.count("x", collect=VALUES),
            build.count("x", collect={"items": {"value": PRODUCT}, "max": {"sum": AMOUNT}}),
        ),
        (build.session("x", collect={}), build.session("x", collect={"where": {"count": True}})),
        (build.session("x", counts={}), build.session("x", counts={"max": ADDED})),
        (build.absence("x"), build.absence("x", collect={"total": {"sum": AMOUNT}})),
    ],
    ids=["weight", "max", "where", "counts", "taken back"],
)
def test_s4_another_form_is_told_whatever_the_values_are_called(before: Spec, now: Spec) -> None:
    assert form_of(before) != form_of(now)


@pytest.mark.parametrize("settle", [False, True])
@pytest.mark.parametrize(
    ("collect", "values"),
    [
        ({}, {}),
        ({"total": {"sum": AMOUNT}}, {"total": "0.00"}),
        ({"n": {"value": ["field", "n", "int"]}}, {"n": None}),
        ({"what": {"value": PRODUCT}}, {"what": "p0"}),
        ({"what": {"value": PRODUCT}, "total": {"sum": AMOUNT}}, {"what": None, "total": "0.00"}),
    ],
    ids=["nothing", "sum", "int", "the same", "more"],
)
def test_s4_a_first_ever_stays_the_first_whatever_it_collects_by_now(collect: Spec, values: Spec, settle: bool) -> None:
    before = build.first("x", on=ADDED, settle=settle, collect={"product": {"value": PRODUCT}})
    state = after(Engine(build.plan(before)), None, range(1))
    now = {**before, "collect": collect}
    engine = Engine(upgraded(before, now))

    moments = [record for kind, record in engine.on_time(state, "c1", at(2)).effects if kind == "moment"]
    assert [moment["values"] for moment in moments] == ([values] if settle else [])
    state = after(engine, state, range(3, 6))
    assert "memory" not in upgraded(before, now)["signals"][0]
    assert list(state["firsts"]["x"].values()) == [at(0)]


def test_s4_a_signal_that_comes_back_does_not_go_on_with_what_it_has_missed_a_part_of() -> None:
    spec = build.count("x")
    _, known = numbered(build.plan(spec), [])
    known += numbered(build.plan(), known)[1]
    assert numbered(build.plan(spec), known)[0]["signals"][0]["memory"] == "x@3"


def test_s4_what_fades_goes_on_from_what_did_not() -> None:
    """Points that were dropped for room before they faded count nothing more."""
    state = after(Engine(build.plan(build.score("x"))), None, range(3))
    state["sig"]["x"]["cut"] = at(1)
    state = after(Engine(build.plan(build.score("x", half_life_ms=HOUR))), state, range(3, 6))
    assert "rest" not in state["sig"]["x"]
