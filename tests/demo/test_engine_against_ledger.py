"""The engine and the world's own record, which share no code, agree on what follows from a log.

Between them lies a log with disorder within the bound, ties, repeats, conflicting repeats, wrong clocks and records
that can't be read (T1-T3, T6, S1, S2, S5, R4, R9, D1, D2, D6, F2).
"""

from collections import Counter

import pytest

from cjo.demo.faults import BAD_KINDS
from cjo.demo.ledger import FIRST_SENDS, Ledger
from cjo.demo.reconcile import reconcile, releases
from cjo.demo.shape import DAY_MS
from tests.demo.replayed import replayed, small_world


def differences(world, until_ms, **how):
    output, dead = replayed(world, until_ms + 2 * world.shape.bound_ms, **how)
    output.deadletters.extend({"kind": kind} for kind in dead.elements())
    expected = Counter({BAD_KINDS[kind]: 0 for kind in BAD_KINDS})
    for kind, count in world.bad_records.items():
        expected[BAD_KINDS[kind]] += count
    ledger = Ledger(world.touches, world.shape.begin_ms, releases(output.decisions))
    lines = reconcile(ledger, output, expected, until_ms)
    return [line for line in lines if not line.ok], lines


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_week_and_what_is_pending_after_it_is_decided_as_the_world_says(seed):
    world = small_world(seed)
    wrong, lines = differences(world, world.shape.end_ms + 3 * DAY_MS)
    assert wrong == []
    assert all(line.expected > 0 for line in lines)


def test_at_the_end_of_the_log_what_is_due_later_is_pending():
    world = small_world(4)
    wrong, _ = differences(world, world.shape.end_ms)
    assert wrong == []


def test_a_watermark_after_every_record_decides_the_same():
    world = small_world(5)
    wrong, _ = differences(world, world.shape.end_ms + 3 * DAY_MS, watermark_each_record=True)
    assert wrong == []


def test_a_month_with_engagement_that_fades_and_many_repeats_is_decided_as_the_world_says():
    world = small_world(6, days=30, duplicate_share=0.2)
    wrong, _ = differences(world, world.shape.end_ms + 3 * DAY_MS)
    assert wrong == []


@pytest.mark.parametrize("days", [7, 30])
def test_a_world_full_of_small_parts_is_decided_as_the_world_says(days):
    world = small_world(7, days=days, small_share=0.03)
    wrong, lines = differences(world, world.shape.end_ms + 3 * DAY_MS)
    assert wrong == []
    assert {f"{journey}: entries" for journey in FIRST_SENDS} <= {line.name for line in lines if line.expected}


def test_a_ledger_that_is_wrong_in_one_thing_is_noticed():
    world = small_world(1)
    story = [touch for touch in world.touches if touch.type != "basket_emptied"]
    output, _ = replayed(world, world.shape.end_ms)
    ledger = Ledger(story, world.shape.begin_ms, releases(output.decisions))
    lines = reconcile(ledger, output, {}, world.shape.end_ms - 10_000)
    assert any(line.wrong for line in lines)
