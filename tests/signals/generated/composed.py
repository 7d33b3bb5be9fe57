"""The reference of a whole plan: rule S6 the slow way, over each signal's own reference.

A signal's log is the touchpoints and the moments of those that it uses, in the order in which it hears of them. So
all that has to be known besides is when a moment is made: where it waits, before the first touchpoint that takes the
clock to its time plus the bound; else with the last row of the shortest beginning of the log that makes it. What may be
taken back is heard by what waits alone (specs.py), and has been before that is judged: as if it had never been made.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cjo.engine.people import SYSTEM_TYPES
from tests.engine.build import BOUND
from tests.signals.common import Row, by_key, matched, once
from tests.signals.generated.specs import matches_in
from tests.signals.kinds import KINDS, stands, waits

Spec = dict[str, Any]


class Made(NamedTuple):
    """A moment, and its place in the order in which all that happens to a subject is heard."""

    signal: str
    key: str
    id: str
    at: int
    values: dict[str, Any]
    place: tuple[Any, ...]


class Heard(NamedTuple):
    """A touchpoint or moment, as a row, with its place in that order."""

    place: tuple[Any, ...]
    row: Row


_BEFORE, _ITSELF, _AFTER = 0, 1, 2


def expected(signals: list[Spec], subject: str, rows: list[Row]) -> dict[str, Made]:
    """Every moment of every signal by its id; `rows` are one subject's in log order."""
    taken = once([row for row in rows if row["type"] in SYSTEM_TYPES or _is_wanted(signals, row)])
    touched = [Heard((number, _ITSELF), row) for number, row in enumerate(taken)]
    specs = {spec["name"]: spec for spec in signals}
    depths = {name: depth_of(specs, name) for name in specs}
    made: dict[str, list[Made]] = {}
    gone: set[str] = set()
    for name in sorted(specs, key=lambda one: depths[one]):
        inputs = [moment for used in inputs_of(specs[name]) for moment in made[used] if moment.id not in gone]
        heard = sorted([*touched, *(Heard(one.place, as_row(specs[one.signal], one)) for one in inputs)])
        made[name] = _moments(specs[name], subject, heard, touched, depths[name])
        if not stands(specs[name]):
            gone.update(KINDS[specs[name]["kind"]].taken_back(specs[name], subject, [one.row for one in heard]))
    return {one.id: one for several in made.values() for one in several}


def inputs_of(spec: Spec) -> set[str]:
    """The signals that a signal uses itself."""
    return {match["type"][7:] for match in matches_in(spec) if match["type"].startswith("signal.")}


def depth_of(specs: dict[str, Spec], name: str) -> int:
    """How many signals stand between it and touchpoints."""
    return max((1 + depth_of(specs, used) for used in inputs_of(specs[name])), default=0)


def as_row(spec: Spec, moment: Made) -> Row:
    """A moment as a touchpoint would travel: attributes are text."""
    carried = {name: _text(value) for name, value in moment.values.items() if _text(value) is not None}
    if moment.key:
        carried |= {"key": moment.key, (spec["per"] or ["", "key"])[1]: moment.key}
    own = {"event_id": moment.id, "type": f"signal.{moment.signal}", "at": moment.at}
    return carried | own | {"attributes": carried}


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or isinstance(value, list) else str(value)


def _is_wanted(signals: list[Spec], row: Row) -> bool:
    """What no signal asks for is not looked at: it moves no clock, and its id is not remembered."""
    return any(matched(row, list(matches_in(spec))) for spec in signals)


def _moments(spec: Spec, subject: str, heard: list[Heard], touched: list[Heard], depth: int) -> list[Made]:
    found = []
    for key, mine in _by_key(spec, heard).items():
        seen: dict[str, Any] = {}
        for length in [len(mine)] if waits(spec) else range(1, len(mine) + 1):
            now = KINDS[spec["kind"]].expected(spec, subject, [one.row for one in mine[:length]])
            for made, (at_ms, values) in now.items():
                if made not in seen:
                    place = _when_due(at_ms, touched) if waits(spec) else _with(mine[length - 1].place)
                    seen[made] = Made(
                        spec["name"], key, made, at_ms, values, (*place, depth, at_ms, spec["name"], key, made)
                    )
        found.extend(seen.values())
    return found


def _by_key(spec: Spec, heard: list[Heard]) -> dict[str, list[Heard]]:
    """As tests/signals/common.py parts rows, with their places."""
    places = {id(one.row): one for one in heard}
    return {key: [places[id(row)] for row in rows] for key, rows in by_key(spec, [one.row for one in heard]).items()}


def _when_due(at_ms: int, touched: list[Heard]) -> tuple[int, int, int]:
    """Before the first touchpoint that takes the clock to `at_ms` plus the bound."""
    clock_ms = -1
    for number, one in enumerate(touched):
        clock_ms = max(clock_ms, one.row["at"])
        if clock_ms >= at_ms + BOUND:
            return number, _BEFORE, at_ms
    return len(touched), _BEFORE, at_ms


def _with(place: tuple[Any, ...]) -> tuple[int, int, int]:
    """With what was heard at `place`: right after a touchpoint, or in the turn of a moment."""
    return (place[0], _AFTER, 0) if place[1] == _ITSELF else place[:3]
