"""A moment of an account (or the like) that has come to one of its people: what cjo/engine/handing_on.py has written.

It reaches the customer after it happened: the moment's own time is kept, and `late_ms` says by how much the customer's
clock was past it (T4). The log may hold such records that are not of the engine's making: no content stops anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from cjo.engine.room import TEXT, cut
from cjo.engine.signals.collect import WHOLE_MAX
from cjo.engine.subjects import CUSTOMER

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

_VALUES: Final = "values"
_LONGEST: Final = 1_000 * TEXT
"""Characters of a moment's values as JSON: as many as a broker takes in one record."""
Row = dict[str, Any]


def arrive(turn: Turn, row: Row) -> None:
    """Make the moment that a `moment_reached` carries one of this instant of the customer's."""
    said = {name: text if name == _VALUES else cut(text) for name, text in (row.get("attributes") or {}).items()}
    signal = turn.plan.signals.get(said.get("signal", ""))
    if signal is None or signal.subject == CUSTOMER or not said.get("moment_id"):
        turn.count("moment_unknown")
        return
    if said.get("void") == "true":
        turn.voided.append(said["moment_id"])
        return
    values = _values_of(said.get(_VALUES, ""))
    if values is None:
        turn.count("moment_unknown")
        return
    at_ms = row["at"]
    turn.moments.append(
        {
            "moment_id": said["moment_id"],
            "signal": signal.name,
            "subject": said.get("subject"),
            "key": said.get("key"),
            "at": at_ms,
            "late_ms": max(0, turn.state["clock"] - at_ms),
            "values": values,
            "who": said.get("who", "").split(","),
        }
    )


def _values_of(text: str) -> dict[str, Any] | None:
    """The values of a moment in the JSON of a record, each text cut as all that is remembered is; else None (F2)."""
    try:
        found = orjson.loads(text) if len(text) <= _LONGEST else None
    except ValueError:
        return None
    if not isinstance(found, dict) or not all(_is_value(value) for value in found.values()):
        return None
    return {cut(name): cut(value) for name, value in found.items()}


def _is_value(value: Any) -> bool:
    """True for what a moment may carry, and an action can pass on: a list holds texts, a whole number has 64 bits."""
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    if isinstance(value, int):
        return -WHOLE_MAX <= value <= WHOLE_MAX
    return value is None or isinstance(value, str | float)
