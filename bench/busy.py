"""`python -m bench.busy`: one step of the engine for a busy customer under the full policy set.

The customer has open runs that wait, and memory of the signals of the shipped journeys, under a policies.yaml with
every kind of policy. A thousand relevant touchpoints of an hour are timed one by one, by wall clock: the engine's step
alone, and beside it the same step as a Flink worker makes it, from the row's text to the bytes of records (the codec);
state stays an object meanwhile, as that of busy customers does. The median counts; the slowest are there for the tail.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import orjson

from bench.workspace import POLICIES
from cjo.avro.codec import load_schema
from cjo.compile import compile_workspace
from cjo.engine import Engine
from cjo.resources import data_dir
from cjo.topics import topics_for
from udfs.orchestrate import OrchestrateJourneys

Row = dict[str, Any]
START_MS = 1_795_003_200_000  # 2026-11-18, a Wednesday, 12:00 UTC
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
RUNS = {"win-back-basket", "mortgage-offer", "form-abandoned"}
TOUCHPOINTS = 1_000


def policed_workspace(folder: Path) -> Path:
    """The shipped journeys in `folder`, with every kind of policy."""
    shutil.copytree(data_dir("journeys"), folder)
    (folder / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    return folder


class Host:
    """What the operator offers for one customer, in memory."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}
        self.get, self.put = self.parts.get, self.parts.__setitem__

    def remove(self, name: str) -> None:
        """Forget a part."""
        self.parts.pop(name, None)

    def count(self, name: str, labels: str, more: int) -> None:
        """Counting costs what it costs in the JVM, which is not here."""

    def sample(self, name: str, labels: str, value: int) -> None:
        """As counting."""

    def warn(self, line: str) -> None:
        """As counting."""


def main() -> int:
    """Print both medians."""
    with tempfile.TemporaryDirectory() as folder:
        plan = compile_workspace(policed_workspace(Path(folder) / "journeys"))
    ready, busy = list(before()), list(hour(random.Random(1)))
    state = engine_state(plan, ready)
    runs = {run["journey"] for run in state["runs"].values() if "end" not in run}
    if runs < RUNS:
        raise AssertionError(f"open runs of {runs}, expected at least {RUNS}")
    engine_us = timed(engine_steps(plan, ready), busy)
    worker_us = timed(worker_steps(plan, texts(ready)), texts(busy))
    size = len(orjson.dumps(state))
    print(
        f"a customer with {len(runs)} open runs, {len(plan['signals'])} signals, {size:,} bytes of state, every policy"
    )
    for name, times in (("engine", engine_us), ("with codec", worker_us)):
        tail_us = quantiles(times, n=100)[98]
        print(f"{name:<12} {median(times):6.1f} us a touchpoint at the median, 99 of 100 in {tail_us:.0f} us")
    return 0


def texts(rows: list[Row]) -> list[bytes]:
    """The rows as the query in the JVM hands them on."""
    return [orjson.dumps({"subject": "c1", **row}) for row in rows]


def timed(step: Callable[[Any], None], inputs: list[Any]) -> list[float]:
    """Microseconds of each step."""
    found = []
    for one in inputs:
        begin_ns = time.perf_counter_ns()
        step(one)
        found.append((time.perf_counter_ns() - begin_ns) / 1_000)
    return found


def engine_state(plan: dict[str, Any], rows: list[Row]) -> dict[str, Any]:
    """The customer's state after these touchpoints."""
    engine, state = Engine(plan), None
    for row in rows:
        state = engine.on_input(state, "c1", row).state
    assert state is not None
    return state


def engine_steps(plan: dict[str, Any], rows: list[Row]) -> Callable[[Row], None]:
    """The engine alone, on a live state."""
    engine = Engine(plan)
    state = engine_state(plan, rows)

    def step(row: Row) -> None:
        nonlocal state
        state = engine.on_input(state, "c1", row).state or state

    return step


def worker_steps(plan: dict[str, Any], ready: list[bytes]) -> Callable[[bytes], None]:
    """What a worker does: text in; state and records as bytes out."""
    topics = [topic for topic in topics_for(plan) if topic.schema]
    contracts = {topic.schema: load_schema(topic.schema) for topic in topics if topic.schema}
    function = OrchestrateJourneys(plan, contracts, {topic.name: 1 for topic in topics})
    function.open(Host())
    head: bytes | None = None

    def step(text: bytes) -> None:
        nonlocal head
        answer = function.on_input(text, head)
        length = int.from_bytes(answer[8:12], "big", signed=True) if answer else -1
        if answer and length >= 0:
            head = answer[12 : 12 + length]

    for text in ready:
        step(text)
    return step


_serial = iter(range(1_000_000_000))


def touchpoint(kind: str, at_ms: int, **fields: Any) -> Row:
    """A row of the plan's columns."""
    attributes = {name: fields.pop(name) for name in list(fields) if name not in ("basket_id", "product_id", "amount")}
    return {"event_id": f"e{next(_serial)}", "type": kind, "at": at_ms, "attributes": attributes, **fields}


def before() -> Iterator[Row]:
    """A morning after which three runs are open."""
    at_ms = START_MS - 6 * HOUR
    known = {
        "email": "a@example.org",
        "phone": "+41790000000",
        "push_token": "t",
        "first_name": "Ada",
        "birth_date": "1990-05-01",
    }
    yield touchpoint("profile_updated", at_ms, **known)
    for purpose in ("marketing", "advice"):
        yield touchpoint("consent_given", at_ms, purpose=purpose)
    for number in range(12):
        yield touchpoint("page_viewed", at_ms + number * MINUTE, topic="mortgage", page="rates")
    at_ms += HOUR
    for number in range(4):
        yield touchpoint(
            "product_added", at_ms + number * MINUTE, basket_id="b1", product_id=f"p{number}", amount="25.0000"
        )
    at_ms += 2 * HOUR
    for number in range(3):
        yield touchpoint("form_step_completed", at_ms + number * MINUTE, form_id="f1", form="loan", step=str(number))
    yield touchpoint("error_shown", at_ms + HOUR, code="E1", page="pay", severity="blocking")


def hour(chance: random.Random) -> Iterator[Row]:
    """Relevant touchpoints of all kinds, a few seconds apart."""
    at_ms = START_MS
    for number in range(TOUCHPOINTS):
        at_ms += chance.randint(1, 7) * SECOND
        yield chance.choice(KINDS)(at_ms, number)


KINDS: tuple[Callable[[int, int], Row], ...] = (
    lambda at_ms, _: touchpoint("page_viewed", at_ms, topic="mortgage", page="rates"),
    lambda at_ms, n: touchpoint("product_added", at_ms, basket_id=f"b{n // 40}", product_id=f"p{n}", amount="12.5000"),
    lambda at_ms, n: touchpoint("product_removed", at_ms, basket_id=f"b{n // 40}", product_id=f"p{n - 1}"),
    lambda at_ms, n: touchpoint("form_step_completed", at_ms, form_id=f"g{n // 60}", form="card", step="2"),
    lambda at_ms, n: touchpoint("product_viewed", at_ms, product_id=f"p{n}", category="furniture"),
    lambda at_ms, _: touchpoint("error_shown", at_ms, code="E2", page="pay", severity="blocking"),
)


if __name__ == "__main__":
    sys.exit(main())
