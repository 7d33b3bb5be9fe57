"""Plays a story and judges it."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.system.checks import CHECKS
from tests.system.compiled import Ready
from tests.system.host.job import Outcome, play
from tests.system.seen import Decoder, Seen
from tests.system.stories import story_of
from tests.system.story import Story
from tests.system.straight import alone, is_orderly, replayed
from udfs.transition import OutRow


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold: which, and where it shows."""

    check: str
    said: str


@dataclass
class Result:
    """What came of a story. `counts` tells how much happened, so that nobody is content with stories of nothing."""

    broken: list[Broken]
    counts: Counter[str]


def play_seed(seed: int) -> Result:
    """The story of a seed, played and judged. What is raised on the way is a broken invariant too."""
    try:
        story = story_of(seed)
    except Exception:
        return Result([Broken("raised", traceback.format_exc())], Counter())
    return play_story(story)


def play_story(story: Story) -> Result:
    """A story, played and judged."""
    counts: Counter[str] = Counter()
    try:
        ready = Ready(story)
        outcome = play(ready)
        seen = Seen(ready, outcome)
        _count(counts, seen, outcome)
        return Result(list(_judge(ready, seen, outcome, counts)), counts)
    except Exception:
        return Result([Broken("raised", traceback.format_exc())], counts)


def _judge(ready: Ready, seen: Seen, outcome: Outcome, counts: Counter[str]) -> Iterator[Broken]:
    for name, check in CHECKS.items():
        for said in check(seen):
            yield Broken(name, said)
    if is_orderly(ready):
        counts["orderly"] += 1
        found = Counter(one.row for one in outcome.committed)
        found.update({one.row for one in outcome.prompt})
        wanted = replayed(ready)
        yield from _differences("live_equals_replay", ready, found, wanted, dead=True)
        yield from _differences("replay_equals_simulator", ready, wanted, alone(ready), dead=False)


def _differences(
    name: str, ready: Ready, found: Counter[OutRow], wanted: Counter[OutRow], dead: bool
) -> Iterator[Broken]:
    """Rows that one way of playing gives and the other does not, as records."""
    if dead:
        found = Counter({row: count for row, count in found.items() if row.topic != "deadletters"})
    if found == wanted:
        return
    read = Decoder(ready.plan).read
    mine, theirs = (Counter(_text(row, read) for row in side.elements()) for side in (found - wanted, wanted - found))
    for label, rest in (("only the first", mine - theirs), ("only the second", theirs - mine)):
        for text in rest.elements():
            yield Broken(name, f"{label} has {text}")


def _text(row: OutRow, read: Any) -> str:
    return f"{row.topic} {sorted(read(row.value).items(), key=lambda pair: pair[0])}"


def _count(counts: Counter[str], seen: Seen, outcome: Outcome) -> None:
    counts["stories"] += 1
    counts["touchpoints"] += sum(len(rows) for rows in seen.rows.values())
    counts["moments"] += len(seen.moments)
    counts["requests"] += sum(1 for _ in seen.requests())
    counts["dead"] += len(seen.dead)
    counts["crashes"] += outcome.crashes
    counts["checkpoints"] += outcome.checkpoints
    counts.update(f"{told.record['kind']}.{told.record['reason']}" for told in seen.decisions)
