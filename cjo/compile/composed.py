"""Signals that use other signals: in which order they are compiled, and what their inputs' moments have for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cjo.compile.scopes import MOMENT_OWN, Ref, UnknownName
from cjo.compile.tracking import FIELDS
from cjo.engine.hearing import PREFIX
from cjo.spec.problems import did_you_mean

_USED = re.compile(rf"{re.escape(PREFIX)}([A-Za-z][A-Za-z0-9_-]*)").fullmatch
_KEY = "key"
Model = Any


class HeardScope:
    """Names in a condition on the moments of a signal, or in a reference to them: what they carry, and their key.

    `key` is the business key as text; it also has the name and type that the signal's `per` gives it. A value with the
    name of a field of touchpoints and its type stands for that field, so that a signal can follow both.
    """

    def __init__(self, signal: str, values: Mapping[str, str | None], per: Ref | None) -> None:
        self._signal = signal
        carried = {name: kind for name, kind in values.items() if name not in MOMENT_OWN}
        self._names: dict[str, Ref] = {name: _as_field(name, kind) for name, kind in carried.items()}
        if per:
            self._names |= {_KEY: ["attr", _KEY, "string"], per[1]: per}

    def resolve(self, parts: Sequence[str]) -> Ref:
        """`total`, `key`, `basket_id` or `attributes.total`."""
        plain = parts[1:] if len(parts) == 2 and parts[0] == "attributes" else parts
        if len(plain) == 1 and plain[0] in self._names:
            return self._names[plain[0]]
        written = ".".join(parts)
        if parts[0] == "moment" and len(parts) == 2:
            raise UnknownName(f"'{written}' is not known here", f"write '{parts[1]}' alone: it is of the moment heard")
        listed = f"a moment of {self._signal} carries:"
        raise UnknownName(
            f"unknown name '{written}' for {PREFIX}{self._signal}", did_you_mean(written, self._names, listed)
        )


class AnyScope:
    """Stands for a signal that could not be read: every name is right, of a type that can't be told."""

    def resolve(self, parts: Sequence[str]) -> Ref:
        """An attribute without a type."""
        return ["attr", parts[-1], None]


def inputs_first(models: Mapping[str, Model]) -> list[str]:
    """Names of signals, in the order given but each after those that it uses; in a circle the first comes first."""
    found: dict[str, None] = {}
    for name in models:
        _place(name, models, found, ())
    return list(found)


def circles(models: Mapping[str, Model]) -> Iterator[list[str]]:
    """Each circle of signals that use one another, as the path that leads back: a, b, a."""
    told: set[frozenset[str]] = set()
    for name in models:
        path = _way_back(name, models)
        if path and frozenset(path) not in told:
            told.add(frozenset(path))
            yield path


def used(model: Model) -> list[str]:
    """The signals that a model names as its inputs, each once."""
    return list(dict.fromkeys(_named(model.model_dump())))


def _named(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        found = _USED(part)
        if found:
            yield found[1]
    elif isinstance(part, dict):
        for name, one in part.items():
            if name != "where":
                yield from _named(one)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _named(one)


def _place(name: str, models: Mapping[str, Model], found: dict[str, None], above: tuple[str, ...]) -> None:
    if name in found or name in above:
        return
    for one in used(models[name]):
        if one in models:
            _place(one, models, found, (*above, name))
    found[name] = None


def _way_back(name: str, models: Mapping[str, Model]) -> list[str] | None:
    """The shortest way from a signal through its inputs to itself."""
    ways, seen = [[name]], set[str]()
    while ways:
        way = ways.pop(0)
        for one in used(models[way[-1]]):
            if one == name:
                return [*way, name]
            if one in models and one not in seen:
                seen.add(one)
                ways.append([*way, one])
    return None


def _as_field(name: str, kind: str | None) -> Ref:
    return ["field", name, kind] if name != "type" and FIELDS.get(name) == kind else ["attr", name, kind]
