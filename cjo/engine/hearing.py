"""Composition: a moment is heard by the signals that use its signal, as if it were a touchpoint.

It comes to them as a row of type `signal.NAME`, right after what made it: `event_id` is the moment's id, `at` its time,
`attributes` what it carries and its `key`. What has the name of a field of touchpoints is that field too, so that a
business key of both has one name. All that is made at one instant is heard in this order: the moments of the signals
that stand nearest to touchpoints first, by time, signal and key. So no signal decides before it knows what its inputs
have made, for their wake-ups of one instant run in the same order (T2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from cjo.engine.ids import event_mark

if TYPE_CHECKING:
    from cjo.engine.signals.base import Ending, Signal
    from cjo.engine.turn import Turn

PREFIX: Final = "signal."
Moment = dict[str, Any]
Row = dict[str, Any]


def heard_signal(type_name: str) -> str | None:
    """The signal whose moments a type stands for, None for a type of touchpoints."""
    return type_name[len(PREFIX) :] if type_name.startswith(PREFIX) else None


def set_depths(signals: Iterable[Signal]) -> None:
    """Tell each signal how many others stand between it and touchpoints: 0 where it uses none."""
    known = list(signals)
    inputs: dict[str, set[str]] = {}
    for signal in known:
        inputs.setdefault(signal.name, set()).update(signal.hears())
    depths: dict[str, int] = {}
    for signal in known:
        signal.depth = _depth(signal.name, inputs, depths, ())


def _depth(name: str, inputs: dict[str, set[str]], depths: dict[str, int], above: tuple[str, ...]) -> int:
    if name not in depths:
        below = [
            _depth(one, inputs, depths, (*above, name))
            for one in sorted(inputs.get(name, ()))
            if one in inputs and one not in above and one != name  # a circle that records of two times may make
        ]
        depths[name] = 1 + max(below) if below else 0
    return depths[name]


def hear(turn: Turn, due_ms: int | None = None) -> None:
    """Hand on what was made at this instant, until a wake-up of `due_ms` comes first."""
    while turn.heard:
        depth = min(signal.depth for signal, _ in turn.heard)
        wakes = turn.state["wakes"]
        if due_ms is not None and wakes and wakes[0][0] == due_ms and wakes[0][1] <= depth:
            return
        nearest = [one for one in turn.heard if one[0].depth == depth]
        turn.heard = [one for one in turn.heard if one[0].depth != depth]
        for signal, moment in sorted(nearest, key=_order):
            _hand_on(turn, signal, moment)


def hear_all(turn: Turn) -> None:
    """Hand on what a touchpoint has made; first what it takes back goes out of what would hear of both."""
    take_back(turn)
    hear(turn)


def take_back(turn: Turn) -> None:
    """T4: take moments that turned out never to have been out of what counted them, and so on from signal to signal.

    Signals nearest to touchpoints first, and all such moments at once: none is judged anew with one that goes next.
    What was made in the same turn is heard after that.
    """
    done = 0
    while done < len(turn.unheard):
        for listener in turn.plan.listeners:
            gone = [moment_id for made_by, at_ms, moment_id in turn.unheard[done:] if _hears(listener, made_by, at_ms)]
            if gone:
                listener.unhear(turn, [event_mark(moment_id) for moment_id in gone])
        done = len(turn.unheard)
        hear(turn)
    turn.unheard = []


def row_of(signal: Signal, moment: Moment) -> Row:
    """A moment as the row that others hear."""
    carried = dict(moment["values"])
    if moment["key"] is not None:
        carried |= {"key": moment["key"], signal.key_name or "key": moment["key"]}
    own = {"event_id": moment["moment_id"], "type": PREFIX + moment["signal"], "at": moment["at"]}
    return {**carried, **own, "attributes": carried}


def _order(one: tuple[Signal, Moment]) -> tuple[Any, ...]:
    _, moment = one
    return moment["at"], moment["signal"], moment["key"] or "", moment["moment_id"]


def _hand_on(turn: Turn, made_by: Signal, moment: Moment) -> None:
    row = row_of(made_by, moment)
    mark = event_mark(row["event_id"])
    for signal, role, extra in turn.plan.hearers(row):
        if _hears(signal, made_by, moment["at"]):
            signal.accept(turn, row, mark, role, extra)


def _hears(signal: Signal | Ending, made_by: Signal, at_ms: int) -> bool:
    """True where a signal hears that revision's moments of that time: that of its own publication, or a later one."""
    return signal.depth > made_by.depth and made_by.gives(max(at_ms, signal.from_ms))


def used_by(matches: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The signals whose moments some MATCHes ask for."""
    for match in matches:
        name = heard_signal(match["type"])
        if name is not None:
            yield name
