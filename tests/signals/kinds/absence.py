"""absence."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.compile import naive
from tests.engine.build import absence, tp
from tests.signals.common import Moments, Row, by_key, collected, marked, matched, once
from tests.signals.logs import WITHIN

FIRES = ([tp("product_added", 0, amount="9.5000")], {"items": ["p1"], "total": "9.50"})
specs = st.sampled_from(["restart", "keep"]).map(lambda repeat: absence(within_ms=WITHIN, on_repeat=repeat))


GENERAL = True


def waits(spec: dict[str, Any]) -> bool:
    """Deadlines always do."""
    return True


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """In event time, whatever the order of arrival."""
    found = {}
    for key, mine in by_key(spec, once(rows)).items():
        starts = [(row["at"], event_mark(row["event_id"]), row) for row in marked(mine) if matched(row, spec["start"])]
        unless = [row["at"] for row in mine if matched(row, spec["unless"])]
        for at_ms in _deadlines(spec, [start[0] for start in starts], unless):
            deadline = at_ms + spec["within_ms"]
            mark = min(start[1] for start in starts if start[0] == at_ms)
            chain = [start for start in starts if _in_chain(spec, starts, unless, start[0], at_ms)]
            left = _left(spec, [start[2] for start in chain], mine, deadline)
            found[moment_id(spec["name"], subject, key, [mark])] = (deadline, collected(spec, left))
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


def _left(spec: dict[str, Any], chain: list[Row], rows: list[Row], deadline: int) -> list[Row]:
    """Without what was taken out until the deadline: each takes out the newest start of its value before it."""
    left = list(chain)
    for part in (spec["collect"] or {}).values():
        back = [row for row in rows if matched(row, part.get("minus") or ())]
        for removal in sorted(back, key=lambda row: row["at"]):
            taken = naive.value(part["each"], removal)
            same = [row for row in left if row["at"] <= removal["at"] and naive.value(part["each"], row) == taken]
            if taken is not None and same and chain[0]["at"] <= removal["at"] <= deadline:
                left.remove(same[-1])
    return left
