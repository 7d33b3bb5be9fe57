"""A simulation over all cores: batches are read and parted by subject, then each part is decided.

The parts lie in a temporary folder in between, and a process holds one of them at a time: memory grows with a 64th of
the log, or with the busiest subject. What comes out does not depend on the number of processes: batches are taken in
order, and a subject is in one part only.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import orjson

from cjo.client.sources import Batch
from cjo.simulate.deciding import Decided, Decider
from cjo.simulate.reading import SHARDS, Codec, Part, Wanted, shard_of
from cjo.simulate.tally import Tally

Item = TypeVar("Item")
Result = TypeVar("Result")
_OTHERS, _WRITTEN = "-others", "-written"
_AHEAD = 3
"""Batches in hand for each process."""


@dataclass(frozen=True)
class Options:
    """How to simulate. What is due by `until_ms` is decided (None: by the last event of the log); `by_time` sorts each
    subject's touchpoints by event time; `listed` is the number of customers with differences to list."""

    processes: int = 1
    by_time: bool = False
    until_ms: int | None = None
    listed: int = 20


@dataclass
class Outcome:
    """What a simulation found."""

    decided: Decided
    counts: Counter[str] = field(default_factory=Counter)
    problems: int = 0
    touchpoints: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    first_ms: int | None = None
    last_ms: int | None = None
    until_ms: int = 0
    codec_s: float = 0.0

    @property
    def codec_total_s(self) -> float:
        """CPU seconds for reading, checking, and handing rows over."""
        return self.codec_s + self.decided.codec_s


Watch = Callable[[str, int, int], None]
"""Told (what is done, how much, of how much in all), bytes or parts; 0 in all where that is not known."""


def simulate(
    batches: Iterable[Batch],
    wanted: Wanted,
    options: Options,
    problem: Callable[[str, str], None],
    watch: Watch = lambda what, done, total: None,
    size: int = 0,
    decisions: BinaryIO | None = None,
) -> Outcome:
    """Read a log and decide it. `problem` is told each row that can't be used: its number, and why.

    What the first plan decides is written to `decisions`, a JSON object a line; one subject's in their order.
    """
    tallies = [Tally(plan["workspace"]["time_zone"]) for plan in wanted.plans]
    outcome = Outcome(Decided(tallies))
    with tempfile.TemporaryDirectory(prefix="cjo-simulate-") as folder:
        with _processes(options.processes, _make_codec, wanted) as workers:
            _read(batches, workers, Path(folder), outcome, problem, partial(watch, "reading"), size)
        last_ms = outcome.last_ms or 0
        outcome.until_ms = last_ms if options.until_ms is None else options.until_ms
        decider = (wanted.plans, outcome.until_ms, options.by_time, options.listed, wanted.customer, wanted.control,
                   decisions is not None)  # fmt: skip
        with _processes(options.processes, _make_decider, *decider) as workers:
            _decide(workers, Path(folder), outcome, options, partial(watch, "deciding"), decisions)
    return outcome


def _read(
    batches: Iterable[Batch], workers: _Workers, folder: Path, outcome: Outcome,
    problem: Callable[[str, str], None], watch: Callable[[int, int], None], size: int,
) -> None:  # fmt: skip
    done, newest = 0, dict[str, int]()
    for batch_bytes, part in workers.each(_read_batch, batches, lambda batch: batch.bytes):
        for place, why in part.problems:
            problem(place, why)
        _gather(outcome, part)
        for shard, lines in part.lines.items():
            _append(folder / str(shard), lines)
        for shard, lines in part.others.items():
            _append(folder / f"{shard}{_OTHERS}", [orjson.dumps(newest), *lines])
        newest |= {source: max(at_ms, newest.get(source, 0)) for source, at_ms in part.newest.items()}
        done += batch_bytes
        watch(done, size)


def _append(path: Path, lines: list[bytes]) -> None:
    with path.open("ab") as file:
        file.write(b"\n".join(lines) + b"\n")


def _gather(outcome: Outcome, part: Part) -> None:
    outcome.counts.update(part.counts)
    outcome.problems += len(part.problems)
    outcome.touchpoints += part.touchpoints
    outcome.codec_s += part.cpu_s
    if part.first_ms is not None and part.last_ms is not None:
        known = (outcome.first_ms, outcome.last_ms)
        outcome.first_ms = part.first_ms if known[0] is None else min(known[0], part.first_ms)
        outcome.last_ms = part.last_ms if known[1] is None else max(known[1], part.last_ms)


def _decide(
    workers: _Workers, folder: Path, outcome: Outcome, options: Options, watch: Callable[[int, int], None],
    decisions: BinaryIO | None,
) -> None:  # fmt: skip
    others = [path for number in range(SHARDS) if (path := folder / f"{number}{_OTHERS}").exists()]
    for _, decided in workers.each(_decide_others, others, lambda path: 0):
        _write(folder, decided)
        _tell(decisions, decided)
        outcome.decided.merge(decided, options.listed)
    paths = [folder / str(number) for number in range(SHARDS)]
    shards = [path for path in paths if any(one.exists() for one in _files(path))]
    for done, (_, decided) in enumerate(workers.each(_decide_shard, shards, lambda path: 0), 1):
        _tell(decisions, decided)
        outcome.decided.merge(decided, options.listed)
        watch(done, len(shards))


def _write(folder: Path, decided: Decided) -> None:
    """Put what accounts and the like write to customers beside the customers' own lines."""
    for line in decided.written:
        _append(folder / f"{shard_of(line[1])}{_WRITTEN}", [orjson.dumps(line)])


def _tell(decisions: BinaryIO | None, decided: Decided) -> None:
    if decisions is not None:
        decisions.writelines(line + b"\n" for line in decided.decisions)


def _files(path: Path) -> tuple[Path, Path]:
    """What may hold a shard of customers: their lines, and what is written to them."""
    return path, path.with_name(path.name + _WRITTEN)


# --- in each process ---

_mine: dict[str, Any] = {}
"""The codec and the decider of this process."""


def _make_codec(wanted: Wanted) -> None:
    _mine["codec"] = Codec(wanted)


def _make_decider(*arguments: Any) -> None:
    _mine["decider"] = Decider(*arguments)


def _read_batch(batch: Batch) -> Part:
    return _mine["codec"].read(batch)


def _decide_shard(path: Path) -> Decided:
    return _mine["decider"].decide(*(one.read_bytes() if one.exists() else b"" for one in _files(path)))


def _decide_others(path: Path) -> Decided:
    return _mine["decider"].decide_others(path.read_bytes())


class _Workers:
    """Processes, or this one, that do one piece of work after the other, in order."""

    def __init__(self, pool: Executor | None, processes: int) -> None:
        self._pool = pool
        self._ahead = processes * _AHEAD

    def each(
        self, work: Callable[[Item], Result], items: Iterable[Item], note: Callable[[Item], int]
    ) -> Iterator[tuple[int, Result]]:
        """(note, result) of each item, in the order of the items."""
        if self._pool is None:
            yield from ((note(item), work(item)) for item in items)
            return
        running: deque[tuple[int, Future[Result]]] = deque()
        for item in items:
            running.append((note(item), self._pool.submit(work, item)))
            if len(running) >= self._ahead:
                told, future = running.popleft()
                yield told, future.result()
        for told, future in running:
            yield told, future.result()


@contextmanager
def _processes(count: int, make: Callable[..., None], *arguments: Any) -> Iterator[_Workers]:
    if count == 1:
        make(*arguments)
        yield _Workers(None, 1)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context, make, arguments) as pool:
        yield _Workers(pool, count)
