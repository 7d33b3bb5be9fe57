"""What signals mean, by looking at the whole list of events again and again: slow, and obviously right."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from cjo.engine.ids import event_mark, moment_id

Row = dict[str, Any]


def once(rows: list[Row]) -> list[Row]:
    """S5: the first record of each event_id."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row["event_id"], row)
    return list(first.values())


def absences(spec: dict[str, Any], subject: str, rows: list[Row]) -> dict[str, tuple[int, dict[str, Any]]]:
    """moment id -> (deadline, values), in event time, whatever the order of arrival."""
    found = {}
    for key in {row.get("basket_id") for row in rows} - {None}:
        mine = [row for row in once(rows) if row.get("basket_id") == key]
        starts = sorted((row["at"], event_mark(row["event_id"]), row) for row in mine if _any(row, spec["start"]))
        unless = [row["at"] for row in mine if _any(row, spec["unless"])]
        minus = sorted((row for row in mine if row["type"] == "product_removed"), key=lambda row: row["at"])
        for at_ms in _deadlines(spec, [start[0] for start in starts], unless):
            deadline = at_ms + spec["within_ms"]
            mark = min(start[1] for start in starts if start[0] == at_ms)
            chain = [start for start in starts if _in_chain(spec, starts, unless, start[0], at_ms)]
            back = [row for row in minus if chain[0][0] <= row["at"] <= deadline]
            found[moment_id(spec["name"], subject, key, [mark])] = (deadline, _values(chain, back))
    return found


def _deadlines(spec: dict[str, Any], starts: list[int], unless: list[int]) -> list[int]:
    within = spec["within_ms"]
    if spec["on_repeat"] == "restart":
        running = [at for at in set(starts) if not any(at < other <= at + within for other in starts)]
    else:
        running = []
        for at in sorted(set(starts)):
            open_until = [
                one + within for one in running if at <= one + within and not any(one <= u <= at for u in unless)
            ]
            if not open_until:
                running.append(at)
    return sorted(at for at in running if not any(at <= u <= at + within for u in unless))


def _in_chain(spec: dict[str, Any], starts: list[Any], unless: list[int], at_ms: int, fired_ms: int) -> bool:
    within = spec["within_ms"]
    if spec["on_repeat"] == "keep":
        return fired_ms <= at_ms <= fired_ms + within
    if at_ms > fired_ms:
        return False
    times = sorted({start[0] for start in starts if at_ms <= start[0] <= fired_ms})
    return all(b <= a + within and not any(a <= u <= b for u in unless) for a, b in pairwise(times))


def _values(chain: list[Any], back: list[Row]) -> dict[str, Any]:
    left = [row for _, _, row in chain]
    for removal in back:
        earlier = [row for row in left if row["at"] <= removal["at"] and row["product_id"] == removal["product_id"]]
        if earlier:
            left.remove(earlier[-1])
    total = sum((Decimal(row["amount"]) for row in left if "amount" in row), Decimal(0))
    return {"items": [row["product_id"] for row in left][-20:], "total": f"{total:.2f}"}


def settled_scores(spec: dict[str, Any], subject: str, rows: list[Row]) -> dict[str, int]:
    """moment id -> time, judged once at each event time with everything known."""
    points = sorted((row["at"], event_mark(row["event_id"]), _add(spec, row)) for row in once(rows) if _add(spec, row))
    found, armed, last = {}, True, None
    for now in sorted({point[0] for point in points}):
        window = [point for point in points if now - spec["window_ms"] <= point[0] <= now]
        before = sum(point[2] for point in window if point[0] < now)
        if before < spec["at_least"] and (last is None or now >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        if armed and sum(point[2] for point in window) >= spec["at_least"]:
            armed, last = False, now
            found[moment_id(spec["name"], subject, "", [point[1] for point in window])] = now
    return found


def scores_at_once(spec: dict[str, Any], subject: str, rows: list[Row]) -> dict[str, int]:
    """moment id -> time, judged at each record in log order."""
    seen: list[tuple[int, str, int]] = []
    found, armed, last = {}, True, None
    for row in once(rows):
        add = _add(spec, row)
        if not add:
            continue
        seen = sorted([*seen, (row["at"], event_mark(row["event_id"]), add)])
        level = _level(spec, seen, row["at"])
        if level - add < spec["at_least"] and (last is None or row["at"] >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        later = [at for at, _, _ in seen if row["at"] <= at <= row["at"] + spec["window_ms"]]
        reached = [at for at in later if _level(spec, seen, at) >= spec["at_least"]]
        if armed and reached:
            armed, last = False, reached[0]
            window = [one[1] for one in seen if last - spec["window_ms"] <= one[0] <= last]
            found[moment_id(spec["name"], subject, "", window)] = last
    return found


def _level(spec: dict[str, Any], points: list[tuple[int, str, int]], now: int) -> int:
    return sum(add for at, _, add in points if now - spec["window_ms"] <= at <= now)


def _add(spec: dict[str, Any], row: Row) -> int:
    return sum(point["add"] for point in spec["points"] if point["type"] == row["type"])


def _any(row: Row, matches: list[dict[str, Any]]) -> bool:
    return any(match["type"] == row["type"] for match in matches)


def settled_counts(spec: dict[str, Any], subject: str, rows: list[Row]) -> dict[str, tuple[int, dict[str, Any]]]:
    """moment id -> (time, values), judged once at each event time with everything known."""
    seen = [row for row in once(rows) if _counts(spec, row)]
    found, armed, last = {}, True, None
    for now in sorted({row["at"] for row in seen}):
        before = _counted(spec, [row for row in seen if row["at"] < now], now)
        if len(before) < spec["at_least"] and (last is None or now >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        counted = _counted(spec, seen, now)
        if armed and len(counted) >= spec["at_least"]:
            armed, last = False, now
            found |= _count_moment(spec, subject, counted, now)
    return found


def counts_at_once(spec: dict[str, Any], subject: str, rows: list[Row]) -> dict[str, tuple[int, dict[str, Any]]]:
    """moment id -> (time, values), judged at each record in log order."""
    seen: list[Row] = []
    found, armed, last = {}, True, None
    for row in once(rows):
        if not _counts(spec, row):
            continue
        before = _counted(spec, seen, row["at"])
        seen.append(row)
        if len(before) < spec["at_least"] and (last is None or row["at"] >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        later = sorted(one["at"] for one in seen if row["at"] <= one["at"] <= row["at"] + spec["window_ms"])
        reached = [at for at in later if len(_counted(spec, seen, at)) >= spec["at_least"]]
        if armed and reached:
            armed, last = False, reached[0]
            found |= _count_moment(spec, subject, _counted(spec, seen, last), last)
    return found


def _counts(spec: dict[str, Any], row: Row) -> bool:
    return _any(row, spec["on"]) and (not spec["distinct"] or row.get(spec["distinct"][1]) is not None)


def _counted(spec: dict[str, Any], rows: list[Row], now: int) -> list[Row]:
    """The rows in the window that ends at `now`; where values are told apart, the newest of each value."""
    window = [row for row in rows if now - spec["window_ms"] <= row["at"] <= now]
    window.sort(key=lambda row: (row["at"], event_mark(row["event_id"])))
    if not spec["distinct"]:
        return window
    value = spec["distinct"][1]
    return [row for place, row in enumerate(window) if row[value] not in [one[value] for one in window[place + 1 :]]]


def _count_moment(
    spec: dict[str, Any], subject: str, counted: list[Row], now: int
) -> dict[str, tuple[int, dict[str, Any]]]:
    total = sum((Decimal(row["amount"]) for row in counted if "amount" in row), Decimal(0))
    values = {"count": len(counted), "n": len(counted), "total": f"{total:.2f}"}
    values |= {"items": [row["product_id"] for row in counted][-2:], "newest": counted[-1]["product_id"]}
    return {moment_id(spec["name"], subject, "", [event_mark(row["event_id"]) for row in counted]): (now, values)}
