"""Which touchpoints an author's match means, for the forms that the generator writes."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def matches(written: Any, row: Row, key: str | None) -> bool:
    """True where the touchpoint concerns a run with this business key (None: without one)."""
    match = {"on": written} if isinstance(written, str) else written
    types = [match["on"]] if isinstance(match["on"], str) else match["on"]
    if row["type"] not in types or not holds(match.get("where"), row):
        return False
    return key is None or match.get("match") == "customer" or row.get("basket_id") == key


def holds(where: str | None, row: Row) -> bool:
    """Conditions like `topic = 'red'` and `n = 2`."""
    if where is None:
        return True
    name, _, wanted = where.partition(" = ")
    return bool((row.get("attributes") or {}).get(name) == wanted.strip("'"))
