"""Which signals of a plan use which: read from the specs, where every {"type", "where"} is a MATCH."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from cjo.engine.hearing import used_by

Match = dict[str, Any]
Spec = dict[str, Any]
_LENGTHS: Final = ("within_ms", "window_ms", "silent_ms", "since_ms", "recent_ms", "baseline_ms", "gap_ms")
"""What kinds of signal call the time that they look back."""


def matches_in(part: Any) -> Iterator[Match]:
    """Every MATCH in a signal's spec, whatever its kind calls the place."""
    if isinstance(part, dict):
        if "where" in part and part.get("type").__class__ is str:  # else values that are collected under these names
            yield part
            return
        part = part.values()
    elif not isinstance(part, list):
        return
    for one in part:
        yield from matches_in(one)


def direct_inputs(signal: Spec) -> list[str]:
    """The signals whose moments a signal asks for itself, each once, in the order of its spec."""
    return list(dict.fromkeys(used_by(matches_in(signal))))


def inputs_of(signals: Iterable[Spec], name: str) -> list[str]:
    """Every signal that stands between `name` and touchpoints, each after those that it uses itself.

    What the memory of `name` is made of: to compute it from a log, all of these have to run. A name that the plan has
    not is left out.
    """
    specs = {spec["name"]: spec for spec in signals}
    found: dict[str, None] = {}
    _collect(specs, name, found, (name,))
    return list(found)


def users_of(signals: Iterable[Spec], name: str) -> list[str]:
    """Every signal that uses `name`, directly or through others, in the order of the plan."""
    specs = list(signals)
    return [spec["name"] for spec in specs if name in inputs_of(specs, spec["name"])]


def looks_back_ms(signals: Iterable[Spec], name: str) -> int:
    """How far back a moment of `name` looks: through its own window, and through those of its inputs before it."""
    specs = {spec["name"]: spec for spec in signals}
    return _looks_back(specs, name, (name,))


def _collect(specs: dict[str, Spec], name: str, found: dict[str, None], above: tuple[str, ...]) -> None:
    for one in direct_inputs(specs[name]) if name in specs else ():
        if one in specs and one not in above:
            _collect(specs, one, found, (*above, one))
            found[one] = None


def _looks_back(specs: dict[str, Spec], name: str, above: tuple[str, ...]) -> int:
    spec = specs[name]
    own_ms = _own_ms(spec)
    below = [one for one in direct_inputs(spec) if one in specs and one not in above]
    return own_ms + max((_looks_back(specs, one, (*above, one)) for one in below), default=0)


def _own_ms(part: Any) -> int:
    """Lengths beside one another follow one another in time; of those further in, the longest counts."""
    if isinstance(part, list):
        return max(map(_own_ms, part), default=0)
    if not isinstance(part, dict):
        return 0
    own_ms = sum(int(part.get(name) or 0) for name in _LENGTHS)
    return own_ms + max((_own_ms(one) for one in part.values()), default=0)
