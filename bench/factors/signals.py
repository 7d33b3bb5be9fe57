"""Workspaces of so many signals over so many of the log's topics."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from bench.factors.log import TOPICS
from cjo.resources import data_dir

TOUCHED = 3
"""So many signals ask for a topic, where there are as many."""

Signal = dict[str, Any]


def make_workspace(folder: Path, signals: int, relevance: int) -> Path:
    """`folder`, made anew, with `signals` signals of the usual kinds; they ask for `relevance` of the hundred topics.

    Each topic is asked for by three of them (by one where there is one), each signal asks for about as many topics.
    """
    if not 1 <= relevance <= TOPICS:
        raise ValueError(f"relevance is 1 to {TOPICS} percent, got {relevance}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("workspace.yaml", "tracking.yaml"):
        shutil.copy(data_dir("journeys") / name, folder)
    asked: list[list[str]] = [[] for _ in range(signals)]
    for place in range(relevance * TOUCHED):
        mine = asked[place % signals]
        if (topic := f"t{place // TOUCHED:02d}") not in mine:
            mine.append(topic)
    made = {f"signal_{n:02d}": _KINDS[n % len(_KINDS)](topics) for n, topics in enumerate(asked) if topics}
    (folder / "signals.yaml").write_text(json.dumps({"signals": made}), encoding="utf-8")  # JSON is YAML too
    return folder


def _score(topics: list[str]) -> Signal:
    points = [
        {"on": "page_viewed", "where": _where(topics, "page IN ('view', 'compare')"), "add": 1},
        {"on": "page_viewed", "where": _where(topics, "page IN ('add', 'buy')"), "add": 3},
    ]
    return {"kind": "score", "points": points, "at_least": 6, "window": "7 days", "cooldown": "3 days"}


def _count(topics: list[str]) -> Signal:
    on = {"on": "page_viewed", "where": _where(topics)}
    return {"kind": "count", **on, "at_least": 3, "window": "1 day", "collect": {"pages": {"each": "product_id"}}}


def _distinct(topics: list[str]) -> Signal:
    on = {"on": "page_viewed", "where": _where(topics)}
    return {"kind": "count", **on, "distinct": "product_id", "at_least": 3, "window": "2 days", "settle": True}


def _absence(topics: list[str]) -> Signal:
    return {
        "kind": "absence",
        "start": {"on": "page_viewed", "where": _where(topics, "page = 'add'")},
        "unless": {"on": "page_viewed", "where": _where(topics, "page = 'buy'")},
        "within": "30 minutes",
        "collect": {"items": {"each": "product_id", "max": 20}, "how_many": "count()"},
    }


def _sequence(topics: list[str]) -> Signal:
    steps = [{"on": "page_viewed", "where": _where(topics, f"page = '{page}'")} for page in ("compare", "add", "buy")]
    return {"kind": "sequence", "steps": steps, "within": "2 days"}


_KINDS = (_score, _absence, _count, _sequence, _distinct)


def _where(topics: list[str], more: str | None = None) -> str:
    listed = ", ".join(f"'{topic}'" for topic in topics)
    return f"topic IN ({listed})" + (f" AND {more}" if more else "")
