"""`python -m bench.flood`: what a touchpoint costs of a customer who has very many: a robot, or a till that many share.

One customer after the other sends relevant touchpoints of the shipped journeys, evenly over a day, and each touchpoint
is timed: `engine` is the engine's step on live state, `worker` what Python does in Flink (row, state as bytes, engine,
Avro, answer), with a checkpoint after every `--checkpoint` touchpoints. `few keys`: the same basket and form again and
again. `many keys`: a new basket and form each time, as a shared till has them. Each row tells the mean of a stretch of
the day, against that of usual customers: fresh ones, with `--usual` touchpoints each. CPU time counts.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from bench.busy import Host, texts, touchpoint
from cjo.avro.codec import load_schema
from cjo.compile import compile_workspace
from cjo.engine import Engine
from cjo.resources import data_dir
from cjo.topics import topics_for
from udfs.orchestrate import OrchestrateJourneys
from udfs.transition import HELD, UNCHANGED

Row = dict[str, Any]
Step = Callable[[Any], None]
START_MS, DAY_MS = 1_795_003_200_000, 86_400_000
KINDS = 6


def rows(count: int, many_keys: bool, first: int = 0) -> Iterator[Row]:
    """So many touchpoints of a day, of six kinds in turn."""
    for number in range(first, first + count):
        at_ms, turn = START_MS + (number - first) * DAY_MS // count, number // KINDS
        basket, form = (f"b{number}", f"f{number}") if many_keys else (f"b{turn // 1_000}", f"f{turn // 1_000}")
        product = f"p{number * 7 % 500}"
        yield (
            touchpoint("page_viewed", at_ms, topic="mortgage", page="rates"),
            touchpoint("product_added", at_ms, basket_id=basket, product_id=product, amount="12.5000"),
            touchpoint("product_removed", at_ms, basket_id=basket, product_id=product),
            touchpoint("form_step_completed", at_ms, form_id=form, form="card", step="2"),
            touchpoint("product_viewed", at_ms, product_id=product, category="furniture"),
            touchpoint("error_shown", at_ms, code="E2", page="pay", severity="blocking"),
        )[number % KINDS]


class Live:
    """The engine alone, one customer at a time."""

    @staticmethod
    def inputs(rows: list[Row]) -> list[Any]:
        """What `step` takes."""
        return rows

    def __init__(self, plan: dict[str, Any]) -> None:
        self._engine = Engine(plan)
        self.begin()

    def begin(self) -> None:
        """Another customer."""
        self._state: dict[str, Any] | None = None

    def step(self, row: Row) -> None:
        """One touchpoint."""
        done = self._engine.on_input(self._state, "c1", row)
        if done.changed:
            self._state = done.state


class Worker:
    """What a worker does, with a checkpoint after every so many touchpoints."""

    @staticmethod
    def inputs(rows: list[Row]) -> list[Any]:
        """What `step` takes."""
        return texts(rows)

    def __init__(self, plan: dict[str, Any], checkpoint: int) -> None:
        topics = [topic for topic in topics_for(plan) if topic.schema]
        contracts = {str(topic.schema): load_schema(str(topic.schema)) for topic in topics}
        self._function = OrchestrateJourneys(plan, contracts, {topic.name: 1 for topic in topics})
        self._host = Host()
        self._function.open(self._host)
        self._checkpoint = checkpoint
        self._held, self._done = False, 0
        self.begin()

    def begin(self) -> None:
        """Another customer."""
        if self._held:
            self._function.on_checkpoint("c1")
        self._head: bytes | None = None
        self._held = False
        self._host.parts.clear()

    def step(self, text: bytes) -> None:
        """One touchpoint."""
        self._take(self._function.on_input(text, None if self._held else self._head))
        self._done += 1
        if self._done % self._checkpoint == 0:
            if self._held:
                self._held = False
                self._take(self._function.on_checkpoint("c1"))
            self._function.flush()

    def _take(self, data: bytes | None) -> None:
        if data is not None:
            length = int.from_bytes(data[8:12], "big", signed=True)
            if length > UNCHANGED:
                self._head = data[12 : 12 + length] if length >= 0 else None
            self._held = self._held or length == HELD


@dataclass(frozen=True)
class Figures:
    """Microseconds of CPU a touchpoint: of usual customers, and of the busy one by stretch of the day."""

    usual_us: float
    by_stretch_us: list[float]


def measure(worker: Live | Worker, count: int, many_keys: bool, stretches: int, usual: int) -> Figures:
    """Usual customers first, then the busy one."""
    spent = 0.0
    for customer in range(2_000 // usual):
        worker.begin()
        spent += timed(worker.step, worker.inputs(list(rows(usual, many_keys, customer * usual))))
    worker.begin()
    busy = rows(count, many_keys)
    size = count // stretches
    found = []
    for _ in range(stretches):
        found.append(timed(worker.step, worker.inputs([next(busy) for _ in range(size)])) / size)
    return Figures(spent / (2_000 // usual * usual), found)


def timed(step: Step, batch: list[Any]) -> float:
    """Microseconds of CPU time for all of them."""
    gc.collect()
    begin_ns = time.process_time_ns()
    for one in batch:
        step(one)
    return (time.process_time_ns() - begin_ns) / 1_000


def main() -> int:
    """Print the figures as a table, or with --json as one object."""
    parser = argparse.ArgumentParser(prog="bench.flood", description=__doc__)
    parser.add_argument("--touchpoints", type=int, default=100_000, help="of the busy customer (default: %(default)s)")
    parser.add_argument("--usual", type=int, default=20, help="of each usual customer (default: %(default)s)")
    parser.add_argument("--checkpoint", type=int, default=1_000, help="touchpoints between two (default: %(default)s)")
    parser.add_argument("--stretches", type=int, default=10, help="rows of the table (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    plan = compile_workspace(data_dir("journeys"))
    found = {}
    for name, many_keys in (("few keys", False), ("many keys", True)):
        for part, made in (("engine", Live(plan)), ("worker", Worker(plan, args.checkpoint))):
            found[f"{part}, {name}"] = measure(made, args.touchpoints, many_keys, args.stretches, args.usual)
    if args.json:
        print(orjson.dumps(found).decode())
        return 0
    print("us of CPU a touchpoint   usual" + "".join(f"{name:>22}" for name in found))
    print(f"{'usual customers':<30}" + "".join(f"{one.usual_us:>22.1f}" for one in found.values()))
    for stretch in range(args.stretches):
        until = args.touchpoints * (stretch + 1) // args.stretches
        cells = "".join(f"{one.by_stretch_us[stretch]:>15.1f} ({one.by_stretch_us[stretch] / one.usual_us:.1f}x)"
                        for one in found.values())  # fmt: skip
        print(f"up to {until:>10,} touchpoints  {cells}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
