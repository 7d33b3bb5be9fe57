"""A workspace of so many signals, each touchpoint of its log touched by so many of them: what one more signal costs.

Each signal asks for views and calculations of some topics, by a condition of its own: counts, scores, absences and
counts of distinct products in turn, as authors write them. Every touchpoint of the log is relevant, whatever the number
of signals: customers come for sessions of five steps on one topic, now and then one of them on another.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from cjo.compile import compile_workspace
from cjo.resources import data_dir

_MINUTE_MS = 60_000
_WEEK_MS = 7 * 86_400_000
_STEPS = 5
_KINDS = (
    """  {name}:
    kind: count
    on: [page_viewed, calculator_used]
    where: {where}
    at_least: 12
    window: 7 days
""",
    """  {name}:
    kind: score
    points: [{{on: page_viewed, where: {where}, add: 1}}, {{on: calculator_used, where: {where}, add: 3}}]
    at_least: 20
    window: 7 days
""",
    """  {name}:
    kind: absence
    start: {{on: page_viewed, where: {where}}}
    unless: {{on: calculator_used, where: {where}}}
    within: 30 minutes
    collect: {{product: product_id}}
""",
    """  {name}:
    kind: count
    distinct: product_id
    on: [page_viewed, calculator_used]
    where: {where}
    at_least: 6
    window: 1 day
""",
)


def plan_of(signals: int, touched: int) -> dict[str, Any]:
    """The plan of `signals` signals, `touched` of which ask for each touchpoint of `lines_of(signals)`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in ("workspace.yaml", "tracking.yaml"):
            shutil.copy(data_dir("journeys") / name, folder)
        (folder / "mix").mkdir()
        (folder / "mix" / "signals.yaml").write_text("signals:\n" + "".join(_written(signals, touched)))
        return compile_workspace(folder)


def lines_of(signals: int, customers: int, touchpoints: int, end_ms: int) -> list[bytes]:
    """The log of a week up to `end_ms`: JSON of (record timestamp, touchpoint), in order of time."""
    drawn = random.Random(signals)
    found = [one for _ in range(touchpoints // _STEPS) for one in _session(drawn, signals, customers, end_ms)]
    found.sort(key=lambda one: one["occurred_at"])
    return [orjson.dumps((one["occurred_at"], {**one, "event_id": f"e{n:08}"})) for n, one in enumerate(found)]


def _written(signals: int, touched: int) -> Iterator[str]:
    for number in range(signals):
        topics = [f"'t{(number + more) % signals:02}'" for more in range(touched)]
        where = f'"topic = {topics[0]}"' if touched == 1 else f'"topic in ({", ".join(topics)})"'
        yield _KINDS[number % len(_KINDS)].format(name=f"signal_{number:02}", where=where)


def _session(drawn: random.Random, signals: int, customers: int, end_ms: int) -> Iterator[dict[str, Any]]:
    customer, topic = drawn.randrange(customers), drawn.randrange(signals)
    at_ms = end_ms - _WEEK_MS + drawn.randrange(_WEEK_MS - _STEPS * _MINUTE_MS)
    for step in range(_STEPS):
        about = topic if drawn.random() < 0.9 else drawn.randrange(signals)
        yield {
            "customer_id": f"c{customer:06}",
            "channel": "web",
            "type": "calculator_used" if drawn.random() < 0.1 else "page_viewed",
            "occurred_at": at_ms + step * _MINUTE_MS,
            "product_id": f"p{drawn.randrange(20):02}",
            "attributes": {"topic": f"t{about:02}"},
        }
