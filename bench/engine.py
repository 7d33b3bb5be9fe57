"""`python -m bench.engine`: the engine's own cost of a relevant touchpoint, and what reading the log costs beside it.

The synthetic week of the demo, as JSON Lines in memory, is read, checked and filtered (the codec); then the rows that
the plan asks for go through the engine, subject by subject. CPU time is measured, not wall time, so that a busy machine
changes the figures little; the best of `--rounds` counts.

With `--signals N --touched K` it is a workspace of N signals without journeys instead, and a log of which each
touchpoint is relevant and touched by K of them (bench/mix.py).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from bench.mix import lines_of, plan_of
from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.demo.shape import Shape
from cjo.demo.world import World
from cjo.engine import Engine
from cjo.engine.plan import CompiledPlan
from cjo.resources import data_dir
from cjo.simulate.replay import Replay
from cjo.simulate.subject import run_subject

END_MS = 1_795_000_000_000
Rows = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Figures:
    """Microseconds of CPU time a relevant touchpoint, of one core."""

    touchpoints: int
    relevant: int
    engine_us: float
    with_state_bytes_us: float
    codec_us: float
    effects: int
    signals: int
    touched: float
    """Signals that ask for a relevant touchpoint, on average."""
    yardstick_ns: float

    @property
    def engine_rate(self) -> int:
        """Relevant touchpoints a second and core, in the engine's own part."""
        return round(1e6 / self.engine_us)

    @property
    def with_codec_us(self) -> float:
        """Reading and deciding."""
        return self.engine_us + self.codec_us


def measure_world(customers: int, touchpoints: int, rounds: int) -> Figures:
    """Run the demo's world of that size; the best of `rounds` for each part."""
    shape = Shape(end_ms=END_MS, customers=customers, touchpoints=touchpoints, bad_share=0)
    plan = compile_workspace(data_dir("journeys"))
    plan["workspace"]["live_from_ms"] = shape.begin_ms
    lines = [orjson.dumps((record.timestamp_ms, record.touchpoint), default=str) for record in World(shape).records()]
    return _measure(plan, lines, rounds)


def measure_mix(signals: int, touched: int, customers: int, touchpoints: int, rounds: int) -> Figures:
    """Run `signals` signals, `touched` of which ask for each touchpoint."""
    return _measure(plan_of(signals, touched), lines_of(signals, customers, touchpoints, END_MS), rounds)


def _measure(plan: dict[str, Any], lines: list[bytes], rounds: int) -> Figures:
    engine = Engine(plan)  # one for all rounds, as a worker has one: its templates are compiled once
    yardstick_ns = _yardstick_ns()
    codec_s, rows = _best(rounds, lambda: _read(lines, plan))
    by_subject = _by_subject(rows)
    engine_s, effects = _best(rounds, lambda: _decide(engine, by_subject, END_MS))
    bytes_s, again = _best(rounds, lambda: sum(1 for _ in Replay(engine).run(rows, END_MS)))
    if effects != again:
        raise AssertionError(f"{effects} effects subject by subject, {again} in log order")
    yardstick_ns = (yardstick_ns + _yardstick_ns()) / 2
    per = 1e6 / len(rows)
    return Figures(
        touchpoints=len(lines),
        relevant=len(rows),
        engine_us=engine_s * per,
        with_state_bytes_us=bytes_s * per,
        codec_us=codec_s * per,
        effects=effects,
        signals=len(plan["signals"]),
        touched=round(_touched(plan, rows) / len(rows), 2),
        yardstick_ns=yardstick_ns,
    )


def _touched(plan: dict[str, Any], rows: Rows) -> int:
    """In how many signals the rows are, all together: no plan of a benchmark has one that ends."""
    compiled = CompiledPlan(plan)
    found = (compiled.wanted.match(row) or () for _, row in rows)
    return sum(len({id(signal) for signal, _, _ in targets}) for targets in found)


def _read(lines: list[bytes], plan: dict[str, Any]) -> Rows:
    """What the codec does: parse, make the row, keep what the plan asks for."""
    compiled, columns = CompiledPlan(plan), frozenset(plan["columns"])
    found = []
    for line in lines:
        timestamp_ms, touchpoint = orjson.loads(line)
        taken = row_of(touchpoint, timestamp_ms, columns)
        if taken is not None and compiled.wanted.match(taken[1]) is not None:
            found.append(taken)
    return found


def _by_subject(rows: Rows) -> dict[str, list[dict[str, Any]]]:
    by_subject: dict[str, list[dict[str, Any]]] = {}
    for subject, row in rows:
        by_subject.setdefault(subject, []).append(row)
    return by_subject


def _decide(engine: Engine, by_subject: dict[str, list[dict[str, Any]]], until_ms: int) -> int:
    """What the engine does; returns how many effects there were. `cjo simulate` counts the same as its own part."""
    return sum(len(run_subject(engine, subject, own, until_ms).effects) for subject, own in by_subject.items())


def _yardstick_ns() -> float:
    """Nanoseconds of CPU time for one turn of a small Python loop: tells how fast this core is while it measures."""
    turns, marks = 1_000_000, {0: 0}
    before = time.process_time_ns()
    for turn in range(turns):
        marks[turn & 1023] = turn
    return (time.process_time_ns() - before) / turns


def _best(rounds: int, work: Callable[[], Any]) -> tuple[float, Any]:
    best, result = float("inf"), None
    for _ in range(rounds):
        before = time.process_time()
        result = work()
        best = min(best, time.process_time() - before)
    return best, result


def main() -> int:
    """Print the figures as a table, or with --json as one object."""
    parser = argparse.ArgumentParser(prog="bench.engine", description=__doc__)
    parser.add_argument("--customers", type=int, default=4_000, help="customers (default: %(default)s)")
    parser.add_argument("--touchpoints", type=int, default=200_000, help="touchpoints (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts (default: %(default)s)")
    parser.add_argument("--signals", type=int, metavar="N", help="N signals and no journey, in place of the demo")
    parser.add_argument("--touched", type=int, default=1, metavar="K", help="of them for each touchpoint (default: 1)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    if args.signals is None:
        found = measure_world(args.customers, args.touchpoints, args.rounds)
    elif 1 <= args.touched <= args.signals:
        found = measure_mix(args.signals, args.touched, args.customers, args.touchpoints, args.rounds)
    else:
        parser.error(f"--touched {args.touched}: expected 1 to {args.signals}, the number of signals")
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load_1min": round(os.getloadavg()[0], 1)}
    if args.json:
        more = {"engine_rate": found.engine_rate, "with_codec_us": found.with_codec_us, "machine": machine}
        print(json.dumps({**asdict(found), **more}))
        return 0
    print(f"{found.signals} signals, {found.touched} of them touched by a relevant touchpoint")
    print(f"{found.relevant:,} of {found.touchpoints:,} touchpoints relevant, {found.effects:,} effects")
    print(
        f"engine                       {found.engine_us:6.1f} us a relevant touchpoint = {found.engine_rate:,}/s a core"
    )
    print(f"engine, state as JSON bytes  {found.with_state_bytes_us:6.1f} us")
    print(f"codec: read, check, filter   {found.codec_us:6.1f} us a relevant touchpoint, the irrelevant ones included")
    print(f"engine with codec            {found.with_codec_us:6.1f} us")
    print(f"a turn of a Python loop      {found.yardstick_ns:6.1f} ns")
    print(f"machine: {machine}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
