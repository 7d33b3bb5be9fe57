"""profile."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.compile import naive
from tests.engine.build import PROFILE, profile, tp
from tests.signals.common import Moments, Row, as_attributes, once

FIRES = (
    [
        tp("profile_updated", 0, attributes={"first_name": "Ada"}),
        tp("profile_updated", 1, attributes={"segment": "gold"}),
    ],
    {"segment": "gold", "first_name": "Ada"},
)
_SEGMENT, _AGE = ["profile", "segment", "string"], ["profile", "age", "int"]
_GOLD, _GROWN = ["=", _SEGMENT, ["lit", "gold", "string"]], [">=", _AGE, ["lit", 18, "int"]]
specs = st.builds(
    lambda when, first, collect: profile(when=when, first=first, collect=collect),
    st.sampled_from([_GOLD, _GROWN, ["and", _GOLD, _GROWN], ["or", _GOLD, _GROWN], ["not", _GOLD], ["is_null", _AGE]]),
    st.sampled_from(["ignored", "counts"]),
    st.sampled_from([{}, {"segment": {"value": _SEGMENT}, "age": {"value": _AGE}}]),
)

Record = dict[str, tuple[int, str, str]]
"""Name -> time, value and event of the update that counts."""


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """At each update in log order: what was on record before it, and what is after it."""
    found, updates = {}, [row for row in once(rows) if row["type"] == "profile_updated"]
    names = set(_names(spec["when"]))
    for number, row in enumerate(updates):
        before, after = _on_record(updates[:number]), _on_record(updates[: number + 1])
        news = {name for name in after if after[name] != before.get(name)}
        known = any(name not in news or name in before for name in after)
        if not news & names or not (known or spec["first"] == "counts"):
            continue
        if _holds(spec["when"], after) and not _holds(spec["when"], before):
            at_ms = max(after[name][0] for name in names if name in after)
            values = {name: _value(part["value"], after) for name, part in spec["collect"].items()}
            found[moment_id(spec["name"], subject, "", [event_mark(row["event_id"])])] = (at_ms, values)
    return found


def _on_record(updates: list[Row]) -> Record:
    """Name -> (time, value, event) of the newest update of it; of two of one time the one handled first."""
    found: Record = {}
    for row in updates:
        for name, value in row["attributes"].items():
            if name in PROFILE and (name not in found or row["at"] > found[name][0]):
                found[name] = (row["at"], value, row["event_id"])
    return found


def _holds(when: Any, record: Record) -> bool:
    return naive.holds(*as_attributes(when, _values(record))) is True


def _value(ref: list[Any], record: Record) -> Any:
    value = naive.value(*as_attributes(ref, _values(record)))
    return int(value) if ref[2] == "int" and value is not None else value


def _values(record: Record) -> dict[str, str]:
    """An empty text is no value."""
    return {name: value for name, (_, value, _) in record.items() if value}


def _names(cond: Any) -> list[str]:
    if isinstance(cond, list) and cond and cond[0] == "profile":
        return [cond[1]]
    return [name for part in cond for name in _names(part)] if isinstance(cond, list) else []
