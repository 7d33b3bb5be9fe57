"""Whether one version of a contract may follow another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType


def incompatibilities(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Why `new` may not follow `old` by the rule FULL, a sentence for each place; empty where it may.

    Both ways must work: consumers are not all upgraded at once, and the log holds records of every version.
    """
    return [
        *(f"a reader of the new version cannot read old records: {why}" for why in _differences(new, old)),
        *(f"a reader of the old version cannot read new records: {why}" for why in _differences(old, new)),
        *_changed_meaning(old, new, ""),
    ]


def _differences(reader: Mapping[str, Any], writer: Mapping[str, Any]) -> list[str]:
    checker = ReaderWriterCompatibilityChecker()
    result = checker.get_compatibility(_parsed(reader), _parsed(writer))
    if result.compatibility is SchemaCompatibilityType.compatible:
        return []
    kinds = sorted(kind.name.replace("_", " ") for kind in result.incompatibilities)
    places = sorted(place for place in result.locations if place != "/")
    return [f"{', '.join(kinds)}: {', '.join(sorted(result.messages))} (at {', '.join(places) or '/'})"]


def _changed_meaning(old: Any, new: Any, path: str) -> Iterator[str]:
    """Logical types, precisions and scales that changed: the same bytes would mean another time or amount.

    Neither Avro's checker nor registries look at them.
    """
    if isinstance(old, list) and isinstance(new, list):
        for before, after in zip(old, new, strict=False):
            yield from _changed_meaning(before, after, path)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in ("logicalType", "precision", "scale"):
            if old.get(name) != new.get(name):
                yield f"{path.lstrip('.')}: {name} was {old.get(name)} and became {new.get(name)}"
        for place in ("type", "items", "values"):
            yield from _changed_meaning(old.get(place), new.get(place), path)
        after_by_name = {field["name"]: field for field in new.get("fields", ())}
        for field in old.get("fields", ()):
            yield from _changed_meaning(field, after_by_name.get(field["name"]), f"{path}.{field['name']}")
    elif (
        isinstance(old, str | Mapping)
        and isinstance(new, str | Mapping)
        and isinstance(old, Mapping) != isinstance(new, Mapping)
    ):
        yield from _changed_meaning(_as_mapping(old), _as_mapping(new), path)


def _as_mapping(schema: Any) -> Mapping[str, Any]:
    return schema if isinstance(schema, Mapping) else {"type": schema}


def _parsed(schema: Mapping[str, Any]) -> avro.schema.Schema:
    return avro.schema.parse(json.dumps(schema))
