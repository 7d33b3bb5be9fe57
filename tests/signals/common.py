"""What references share: they read conditions, keys and values the slow way (tests/compile/naive.py)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

from cjo.engine.ids import event_mark
from tests.compile import naive

Row = dict[str, Any]
Moments = dict[str, tuple[int, dict[str, Any]]]


def once(rows: list[Row]) -> list[Row]:
    """S5: the first record of each event_id."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row["event_id"], row)
    return list(first.values())


def matched(row: Row, matches: list[dict[str, Any]]) -> bool:
    """True where a touchpoint is of the type of one of the matches, and its condition holds."""
    return any(
        match["type"] == row["type"] and (not match["where"] or naive.holds(match["where"], row) is True)
        for match in matches
    )


def marked(rows: list[Row]) -> list[Row]:
    """In event-time order; at one time by mark."""
    return sorted(rows, key=lambda row: (row["at"], event_mark(row["event_id"])))


def by_key(spec: dict[str, Any], rows: list[Row]) -> dict[str, list[Row]]:
    """The rows of each business key, in log order; one key, the empty text, where the signal has no `per`.

    A row without the key is in none.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        key = "" if spec["per"] is None else naive.value(spec["per"], row)
        if key is not None:
            found.setdefault(str(key), []).append(row)
    return found


def has_fired(
    spec: dict[str, Any], last: int | None, at: int, judged_ms: int, others: list[int], is_up: Callable[[int], bool]
) -> bool:
    """S1: a touchpoint of `judged_ms` makes no crossing at `at` where the level was up without it, or in a cooldown.

    `others` are the times of the touchpoints known before it, `is_up` tells whether they alone reach the level. In
    order nothing is known of the time yet.
    """
    if last is not None and abs(at - last) < (spec["cooldown_ms"] or 0):
        return True
    before = [one for one in others if one <= judged_ms]
    if len(before) == len(others):
        return False
    return is_up(at) and (at != judged_ms or (bool(before) and is_up(max(before))))


def collected(
    spec: dict[str, Any], rows: list[Row], of: Callable[[dict[str, Any]], list[Row]] | None = None
) -> dict[str, Any]:
    """What a signal collects of these rows, oldest first; `of` gives the rows of a value that is of some of them."""
    parts = (spec.get("collect") or {}).items()
    return {name: _collected(part, of(part) if of else rows) for name, part in parts}


def as_attributes(cond: Any, values: dict[str, Any]) -> tuple[Any, Row]:
    """A condition over the values of a moment or profile, and these, as if they were attributes of a touchpoint."""
    texts = {name: str(value) for name, value in values.items() if value is not None and not isinstance(value, list)}
    return _renamed(cond), {"attributes": texts}


def _renamed(cond: Any) -> Any:
    if not isinstance(cond, list):
        return cond
    first = "attr" if cond and cond[0] in ("moment", "profile") else None
    return [first if place == 0 and first else _renamed(one) for place, one in enumerate(cond)]


def _collected(part: dict[str, Any], rows: list[Row]) -> Any:
    if "count" in part:
        return len(rows)
    ref = part.get("each") or part.get("sum") or part["value"]
    values = [value for row in rows if (value := _value(ref, row)) is not None]
    if ref[2] == "decimal" and "sum" not in part:
        values = [money([value]) for value in values]
    if "each" in part:
        return [{True: "true", False: "false"}[value] if ref[2] == "bool" else str(value) for value in values][
            -part["max"] :
        ]
    if "value" in part:
        return values[-1] if values else None
    return max(1 - 2**63, min(sum(values), 2**63 - 1)) if ref[2] == "int" else money(values)


def money(numbers: list[str]) -> str:
    """The exact sum, with two decimal places, and more only where they are needed."""
    with localcontext(prec=200):
        whole, _, fraction = f"{sum(map(Decimal, numbers), Decimal(0)):f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def _value(ref: list[Any], row: Row) -> Any:
    """A value as text where it is a number with a fraction, with the digits that it came with."""
    value = naive.value(ref, row)
    if value is None or ref[2] not in ("int", "decimal"):
        return value
    source, name, kind = ref
    return int(value) if kind == "int" else f"{Decimal(naive.value([source, name, 'string'], row)):f}"
