"""Schemas that refer to types of other subjects, made whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import fastavro

_PLACES = ("type", "items", "values")


def whole(schema: Any, referred: Sequence[Any]) -> Any:
    """`schema` with each type of `referred` where it is named first.

    `referred` is in the order in which one refers to another, the last to those before it. Raises what fastavro raises
    for what is no Avro schema, or names a type that is in none of them.
    """
    named: dict[str, Any] = {}
    for one in referred:
        parsed(one, named)
    return _with_types(parsed(schema, named), named, set())


def parsed(schema: Any, named: dict[str, Any]) -> Any:
    """`schema` as fastavro reads by it. What a registry has taken is read: a writer's default values mean nothing."""
    return fastavro.parse_schema(schema, named, _ignore_default_error=True)


def _with_types(schema: Any, named: dict[str, Any], done: set[str]) -> Any:
    if isinstance(schema, str):
        return _with_types(named[schema], named, done) if schema in named and schema not in done else schema
    if isinstance(schema, list):
        return [_with_types(branch, named, done) for branch in schema]
    if (name := schema.get("name")) in done:
        return name
    if name is not None:
        done.add(name)
    made = {key: value for key, value in schema.items() if not key.startswith("__")}
    for place in _PLACES:
        if place in made:
            made[place] = _with_types(made[place], named, done)
    if "fields" in made:
        made["fields"] = [{**field, "type": _with_types(field["type"], named, done)} for field in made["fields"]]
    return made
