"""What references share."""

from __future__ import annotations

from typing import Any

from cjo.engine.ids import event_mark

Row = dict[str, Any]
Moments = dict[str, tuple[int, dict[str, Any]]]


def once(rows: list[Row]) -> list[Row]:
    """S5: the first record of each event_id."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row["event_id"], row)
    return list(first.values())


def matched(row: Row, matches: list[dict[str, Any]]) -> bool:
    return any(match["type"] == row["type"] for match in matches)


def marked(rows: list[Row]) -> list[Row]:
    """In event-time order; at one time by mark."""
    return sorted(rows, key=lambda row: (row["at"], event_mark(row["event_id"])))
