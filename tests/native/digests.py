"""What an engine decides and keeps, as digests: `python -m tests.native.digests` prints them as JSON.

A week of the demo's world through the shipped journeys, and a plain log through twenty signals; every effect in order
and each customer's last state.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from typing import Any

import orjson

from bench.mix import lines_of, plan_of
from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.demo.shape import Shape
from cjo.demo.world import World
from cjo.engine import Engine
from cjo.native.finder import is_native
from cjo.resources import data_dir
from cjo.simulate.subject import run_subject

END_MS = 1_795_003_200_000


def main() -> int:
    shape = Shape(end_ms=END_MS, customers=400, touchpoints=20_000, bad_share=0)
    shipped = compile_workspace(data_dir("journeys"))
    shipped["workspace"]["live_from_ms"] = shape.begin_ms
    week = ((record.timestamp_ms, record.touchpoint) for record in World(shape).records())
    plain = (orjson.loads(line) for line in lines_of(20, 500, 10_000, END_MS))
    print(json.dumps({"compiled": is_native(), "week": digest(shipped, week), "plain": digest(plan_of(20, 3), plain)}))
    return 0


def digest(plan: dict[str, Any], log: Iterable[Any]) -> str:
    """Of all effects and states, subject by subject."""
    columns = frozenset(plan["columns"])
    by_subject: dict[str, list[dict[str, Any]]] = {}
    for timestamp_ms, touchpoint in log:
        taken = row_of(orjson.loads(orjson.dumps(touchpoint, default=str)), timestamp_ms, columns)
        if taken is not None:
            by_subject.setdefault(taken[0], []).append(taken[1])
    engine, made = Engine(plan), hashlib.sha256()
    for subject, rows in sorted(by_subject.items()):
        made.update(orjson.dumps(run_subject(engine, subject, rows, END_MS), option=orjson.OPT_SORT_KEYS, default=str))
    return made.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
