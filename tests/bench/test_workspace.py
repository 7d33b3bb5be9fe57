"""The benchmark's workspace stands alone and holds the signals of the hand-written job, no more and no less."""

from bench.workspace import JOURNEYS, PARTS, bench_plan
from cjo.demo import parts


def test_it_compiles_and_has_the_two_journeys():
    plan = bench_plan()
    assert {journey["name"] for journey in plan["journeys"]} == set(JOURNEYS)
    assert {signal["name"] for signal in plan["signals"]} == {"basket_abandoned", "high_mortgage_engagement"}


def test_its_parts_of_the_world_are_there():
    assert set(PARTS) < {part.name for part in parts.PARTS}
