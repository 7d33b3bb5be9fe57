"""The whole system under chance: T1, T2, T5, R1, R3, R4, R6, R7, R9, S3, D1 to D9 and F1 hold in every story.

A failing seed is printed with what broke: `python -m tests.system --show SEED` tells its story.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.many import Sum, play_seeds
from tests.system.play import play_story
from tests.system.stories import story_of
from tests.system.story import Story

KEPT = sorted((Path(__file__).parent / "kept").glob("*.json"))
NIGHTLY, PROCESSES = 20_000, 2


def failures(found: Sum) -> str:
    return "\n".join(f"seed {seed}: {one.check}: {one.said}" for seed, one in found.failing.items())


def test_300_stories_break_no_invariant_and_much_happens_in_them() -> None:
    found = Sum()
    for one in play_seeds(range(300)):
        found.add(one)

    assert not found.failing, failures(found)
    assert found.counts["orderly"] > 200
    for name in HAPPENS:
        assert found.counts[name] >= 5, f"{name}: {found.counts[name]} times only"


HAPPENS = (
    "crashes", "checkpoints", "dead", "requests", "send.sent", "send.no_consent", "send.cap_reached",
    "send.suppressed", "send.no_address", "send.template_error", "emit.emitted", "hold.spread", "entry.stale",
    "entry.not_live", "entry.already_open", "entry.again_after", "entry.again_never", "entry.too_many_runs",
    "move.arm_kept", "move.wait_event", "move.wait_over", "move.wait_past", "goal.goal_reached", "end.exit_event",
    "end.run_expired", "end.completed", "end.suppressed",
)  # fmt: skip
"""What 300 stories must have in them: a generator that has gone quiet proves nothing."""


@pytest.mark.nightly
def test_20000_stories_break_no_invariant() -> None:
    found = Sum()
    for one in play_seeds(range(300, 300 + NIGHTLY), PROCESSES):
        found.add(one)
    assert not found.failing, failures(found)
    assert found.counts["stories"] == NIGHTLY


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_story_that_once_broke_something_breaks_nothing_any_more(path: Path) -> None:
    assert play_story(Story.read(path)).broken == []


def test_a_seed_tells_the_same_story_each_time_and_plays_it_alike(tmp_path: Path) -> None:
    story = story_of(7)
    assert story_of(7) == story
    assert play_story(story).counts == play_story(story).counts
    story.write(tmp_path / "story.json")
    assert Story.read(tmp_path / "story.json") == story
