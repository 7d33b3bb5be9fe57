"""sequence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.engine.build import BASKET, sequence, step, tp
from tests.signals.common import Moments, Row, by_key, collected, matched, once
from tests.signals.logs import WITHIN

FIRES = (
    [
        tp("product_added", 0, amount="20.0000"),
        tp("payment_failed", 5, order_id="o1", attributes={"reason": "limit_reached"}),
        tp("help_requested", 9, attributes={"topic": "payment"}),
    ],
    {"order": "o1", "why": "limit_reached", "about": "payment"},
)
_SHORT = st.lists(st.sampled_from(["product_added", "page_viewed", "order_completed"]), min_size=1, max_size=2)
_STEPS = st.lists(st.builds(step, _SHORT, st.one_of(st.just([]), _SHORT)), min_size=2, max_size=4)


def _started(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**steps[0], "not": []}, *steps[1:]]


specs = st.builds(
    lambda steps, within, cooldown, settle, per: sequence(
        steps=steps, within_ms=within, cooldown_ms=cooldown, settle=settle, per=per
    ),
    _STEPS.map(_started),
    st.sampled_from([WITHIN, WITHIN, 2 * WITHIN, 5_000]),
    st.sampled_from([None, None, 1_000, 90_000]),
    st.booleans(),
    st.sampled_from([None, BASKET]),
)

Fired = tuple[str, list[Row], int]


GENERAL = True


def stands(spec: dict[str, Any]) -> bool:
    """At once, a moment may be taken back by what comes within the bound."""
    return bool(spec["settle"])


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """Tries every choice of rows for the steps; what was taken back is a moment all the same."""
    found: Moments = {}
    for key, all_of_key in by_key(spec, once(rows)).items():
        mine = [row for row in all_of_key if asked_for(spec, row)]
        for chain in (_settled if spec["settle"] else _at_once)(spec, mine):
            marks = [event_mark(row["event_id"]) for row in chain]
            found[moment_id(spec["name"], subject, key, marks)] = (chain[-1]["at"], _values(spec, chain))
    return found


def taken_back(spec: dict[str, Any], subject: str, rows: list[Row]) -> list[str]:
    """Ids of the moments of a signal that fires at once which what came later forbids, as they come in each key."""
    found: list[str] = []
    for key, all_of_key in by_key(spec, once(rows)).items():
        wrong: list[list[Row]] = []
        for _ in _at_once(spec, [row for row in all_of_key if asked_for(spec, row)], wrong):
            pass
        marks = [[event_mark(row["event_id"]) for row in chain] for chain in wrong]
        found += [moment_id(spec["name"], subject, key, of_one) for of_one in marks]
    return found


def _settled(spec: dict[str, Any], rows: list[Row]) -> Iterator[list[Row]]:
    """Row by row in order, with everything known."""
    fired: list[list[Row]] = []
    for last in _in_order(spec, rows):
        chain = _chain(spec, rows, fired, last)
        if chain:
            fired.append(chain)
            yield chain


def _at_once(spec: dict[str, Any], rows: list[Row], taken: list[list[Row]] | None = None) -> Iterator[list[Row]]:
    """At each row as it came, with what is known by then; `taken` are given those that it shows to be wrong."""
    fired: list[list[Row]] = []
    for number, row in enumerate(rows):
        known = rows[: number + 1]
        wrong = [chain for chain in fired if not nothing_between(spec, known, chain)]
        fired = [chain for chain in fired if chain not in wrong]
        if taken is not None:
            taken.extend(wrong)
        for last in _in_order(spec, known):
            if wrong and _place(spec, last) < min(_place(spec, chain[0]) for chain in wrong):
                continue
            chain = _chain(spec, known, fired, last)
            if chain and (wrong or row in chain):
                fired.append(chain)
                yield chain


def _chain(spec: dict[str, Any], rows: list[Row], fired: list[list[Row]], last: Row) -> list[Row] | None:
    """The latest rows, from the last back, that make `last` complete the sequence; None where it must not fire."""
    if any(abs(one[-1]["at"] - last["at"]) < (spec["cooldown_ms"] or 0) for one in fired):
        return None
    if any(_place(spec, one[0]) <= _place(spec, last) <= _place(spec, one[-1]) for one in fired):
        return None
    used = max((_place(spec, one[-1]) for one in fired if _place(spec, one[-1]) < _place(spec, last)), default=())
    free = [
        row
        for row in _in_order(spec, rows)
        if used < _place(spec, row) < _place(spec, last) and row["at"] >= last["at"] - spec["within_ms"]
    ]
    steps = spec["steps"]
    possible = [
        [*before, last]
        for before in combinations(free, len(steps) - 1)
        if all(matched(row, step["on"]) for row, step in zip([*before, last], steps, strict=True))
    ]
    allowed = [chain for chain in possible if nothing_between(spec, rows, chain)]
    return max(allowed, key=lambda chain: [_place(spec, row) for row in reversed(chain)], default=None)


def nothing_between(spec: dict[str, Any], rows: list[Row], chain: list[Row]) -> bool:
    return not any(
        matched(row, step["not"]) and _place(spec, one) < _place(spec, row) < _place(spec, following)
        for row in rows
        for step, (one, following) in zip(spec["steps"][1:], pairwise(chain), strict=True)
    )


def asked_for(spec: dict[str, Any], row: Row) -> bool:
    return any(matched(row, step["on"]) or matched(row, step["not"]) for step in spec["steps"])


def _in_order(spec: dict[str, Any], rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: _place(spec, row))


def _place(spec: dict[str, Any], row: Row) -> tuple[int, int, str]:
    """By time; of one instant as the signal names them, what is forbidden before a step before that step."""
    named = [matches for step in spec["steps"] for matches in (step["not"], step["on"])]
    first = next(number for number, matches in enumerate(named) if matched(row, matches))
    return row["at"], first, event_mark(row["event_id"])


def _values(spec: dict[str, Any], chain: list[Row]) -> dict[str, Any]:
    return collected(spec, chain, lambda part: [chain[part["step"]]] if "step" in part else chain)
