"""A failing story made small: less of it as long as the same check still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.system.play import play_story
from tests.system.story import Story


def shrunk(story: Story, budget: int = 400) -> Story:
    """The smallest story that was found within so many plays. ValueError for a story that fails nothing."""
    broken = play_story(story).broken
    if not broken:
        raise ValueError(f"seed {story.seed} breaks nothing")
    wanted = broken[0].check
    fails: Callable[[Story], bool] = lambda one: any(found.check == wanted for found in play_story(one).broken)  # noqa: E731
    while budget > 0:
        for smaller in _smaller(story):
            budget -= 1
            if fails(smaller):
                story = smaller
                break
            if budget <= 0:
                break
        else:
            break
    return story


def _smaller(story: Story) -> Iterator[Story]:
    """Stories with a part left out, large parts first."""
    if story.faults.crashes:
        yield replace(story, faults=replace(story.faults, crashes=0))
    if story.changes:
        yield replace(story, changes=[])
    for subject in sorted({_who(record["touchpoint"]) for record in story.log} - {None}, key=str):
        yield _without(story, [number for number, one in enumerate(story.log) if _who(one["touchpoint"]) == subject])
    beats = [number for number, one in enumerate(story.log) if _is_middle_beat(one, story.end_ms)]
    yield from ([_without(story, beats)] if beats else [])
    mine = [number for number, one in enumerate(story.log) if _who(one["touchpoint"]) is not None]
    size = len(mine) // 2
    while size:
        for start in range(0, len(mine), size):
            yield _without(story, mine[start : start + size])
        size //= 2
    yield from _fewer_journeys(story)


def _without(story: Story, numbers: list[int]) -> Story:
    left_out = set(numbers)
    log = [record for number, record in enumerate(story.log) if number not in left_out]
    changes = [
        replace(one, position=one.position - sum(number < one.position for number in left_out)) for one in story.changes
    ]
    return replace(story, log=log, changes=changes)


def _fewer_journeys(story: Story) -> Iterator[Story]:
    named, *journeys = story.documents["journeys.yaml"]
    for number in range(len(journeys) if len(journeys) > 1 and not story.changes else 0):
        left = [*journeys[:number], *journeys[number + 1 :]]
        yield replace(story, documents={**story.documents, "journeys.yaml": [named, *left]})


def _who(touchpoint: dict[str, object]) -> object:
    return touchpoint.get("customer_id") or touchpoint.get("device_id")


def _is_middle_beat(record: dict[str, object], end_ms: int) -> bool:
    touchpoint = record["touchpoint"]
    return _who(touchpoint) is None and record["ts"] != end_ms  # type: ignore[arg-type]
