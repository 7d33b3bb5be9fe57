"""The synthetic world: the same seed gives the same log, in the shape that the demo and the benchmark rely on."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.demo.faults import BAD_KINDS
from cjo.demo.parts import PARTS, is_relevant
from cjo.demo.shape import DAY_MS, Shape
from cjo.demo.world import World
from cjo.engine.plan import CompiledPlan
from cjo.resources import data_dir

END_MS = 1_763_900_000_000
SMALL = Shape(end_ms=END_MS, seed=7, customers=400, touchpoints=10_000)


@pytest.fixture(scope="module")
def world():
    return World(SMALL)


@pytest.fixture(scope="module")
def log(world):
    return list(world.records())


def happened_at(record):
    """Event time by T6."""
    touchpoint = record.touchpoint
    if "sent_at" not in touchpoint:
        return touchpoint["occurred_at"]
    received_ms = touchpoint.get("received_at", record.timestamp_ms)
    return received_ms - (touchpoint["sent_at"] - touchpoint["occurred_at"])


def test_the_same_seed_and_end_give_the_same_log(log):
    assert list(World(SMALL).records()) == log


def test_another_seed_gives_another_log(log):
    other = list(World(Shape(end_ms=END_MS, seed=8, customers=400, touchpoints=10_000)).records())
    assert other != log


def test_it_has_as_many_touchpoints_as_asked_for_and_some_bad_records(world, log):
    good = [record for record in log if record.bad is None]
    assert len(good) == 10_000
    assert Counter(record.bad for record in log if record.bad) == world.bad_records
    assert set(world.bad_records) == set(BAD_KINDS)


def test_about_a_fifth_is_relevant_to_the_journeys(world):
    assert 0.17 < world.relevant / len(world) < 0.23


def test_what_counts_as_relevant_is_what_the_shipped_journeys_ask_for(world):
    plan = CompiledPlan(compile_workspace(data_dir("journeys")))
    for touch in world.touches:
        row = row_of(
            touch.record() | {"event_id": "e", "occurred_at": touch.at_ms}, touch.at_ms, plan.source["columns"]
        )
        assert row is not None
        assert (plan.wanted.match(row[1]) is not None) == is_relevant(touch), touch


def test_a_part_that_is_left_out_changes_nothing_in_the_others():
    whole, without = (
        set(map(repr, World(replace(SMALL, parts=parts)).touches))
        for parts in (None, tuple(part.name for part in PARTS if part.name != "payments"))
    )
    assert without < whole
    assert {"payment_" in told or "order_cancelled" in told for told in whole - without} == {True}


def test_nearly_every_customer_appears_and_devices_without_a_customer_too(log):
    subjects = {record.subject for record in log}
    assert sum(not subject.startswith("device:") for subject in subjects) > 0.95 * SMALL.customers
    assert sum(subject.startswith("device:") for subject in subjects) > 50


def test_records_arrive_in_order_of_arrival_and_within_the_bound_of_happening(log):
    seen = set()
    assert [r.arrival_ms for r in log] == sorted(r.arrival_ms for r in log)
    for record in log:
        if record.bad is None and record.touchpoint["event_id"] not in seen:
            seen.add(record.touchpoint["event_id"])
            assert 0 <= record.arrival_ms - happened_at(record) < SMALL.bound_ms


def test_some_records_arrive_out_of_order_and_some_happen_at_the_same_time(log):
    times = [happened_at(record) for record in log if record.bad is None]
    assert times != sorted(times)
    assert len(set(times)) < len(times)


def test_a_wrong_clock_is_corrected_by_what_was_sent_with_it():
    world = World(Shape(end_ms=END_MS, customers=2_000, touchpoints=20_000))
    log = list(world.records())
    true_ms = set(world._at_ms.tolist())
    wrong = [record for record in log if "sent_at" in record.touchpoint and record.bad is None]
    assert wrong
    assert any("received_at" not in record.touchpoint for record in wrong)
    assert any(abs(record.touchpoint["occurred_at"] - happened_at(record)) > 3_600_000 for record in wrong)
    assert all(happened_at(record) in true_ms for record in wrong)


def test_repeats_have_the_id_of_an_earlier_record_and_some_have_another_content(log):
    by_id = defaultdict(list)
    for record in log:
        if record.bad is None:
            by_id[record.touchpoint["event_id"]].append(record.touchpoint)
    repeated = [records for records in by_id.values() if len(records) > 1]
    assert len(repeated) >= 45


def test_a_conflicting_repeat_differs_in_its_amount():
    world = World(Shape(end_ms=END_MS, customers=200, touchpoints=5_000, duplicate_share=0.3))
    by_id = defaultdict(set)
    for record in world.records():
        if record.bad is None and record.touchpoint["type"] == "product_added":
            by_id[record.touchpoint["event_id"]].add(record.touchpoint["amount"])
    assert any(len(amounts) > 1 for amounts in by_id.values())


def test_times_lie_within_the_week_or_shortly_before_it(world):
    times = [touch.at_ms for touch in world.touches]
    assert min(times) > END_MS - 7 * DAY_MS - 4 * 3_600_000
    assert max(times) < END_MS


def test_every_channel_and_kind_of_story_is_there():
    kinds = Counter(touch.type for touch in World(Shape(end_ms=END_MS, customers=2_000, touchpoints=50_000)).touches)
    assert {
        "product_added", "product_removed", "basket_emptied", "order_completed", "page_viewed", "calculator_used",
        "branch_visited", "mortgage_applied", "profile_updated", "consent_given", "consent_withdrawn",
        "customer_suppressed", "customer_unsuppressed",
    } <= kinds.keys()  # fmt: skip
