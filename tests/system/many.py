"""Many seeds, in one process or several; a chunk of seeds shares what it compiles."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.system.play import Broken, play_seed

CHUNK = 100


@dataclass
class Sum:
    """What came of some seeds: the first broken invariant of each that failed, and how much happened in all."""

    failing: dict[int, Broken] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, other: Sum) -> None:
        """Take another sum in."""
        self.failing |= other.failing
        self.counts += other.counts

    def told(self) -> str:
        """One line for a person."""
        counts = self.counts
        names = ("touchpoints", "moments", "requests", "crashes", "checkpoints", "orderly")
        return f"{counts['stories']} stories, {len(self.failing)} failing: " + ", ".join(
            f"{counts[name]} {name}" for name in names
        )


def play_seeds(seeds: range, processes: int = 1) -> Iterator[Sum]:
    """Sums of chunks, in order. A failing seed fails alike in any process."""
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    if processes == 1:
        yield from map(play_chunk, chunks)
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(play_chunk, chunks)


def play_chunk(seeds: range) -> Sum:
    """Some seeds, one after the other."""
    found = Sum()
    for seed in seeds:
        result = play_seed(seed)
        found.counts += result.counts
        if result.broken:
            found.failing[seed] = result.broken[0]
    return found
