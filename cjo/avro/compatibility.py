"""Whether one version of a contract may follow another, and registering contracts under that rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from cjo.avro.registry import COMPATIBILITY, Registry
from cjo.errors import RegistryError

_HINT = "add fields with a default, and leave names and types as they are; or make a new topic with a new contract"


def incompatibilities(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Why `new` may not follow `old` by the rule FULL, a sentence for each place; empty where it may.

    Both ways must work: consumers are not all upgraded at once, and the log holds records of every version.
    """
    return [
        *(f"a reader of the new version cannot read old records: {why}" for why in _differences(new, old)),
        *(f"a reader of the old version cannot read new records: {why}" for why in _differences(old, new)),
        *_changed_meaning(old, new, ""),
    ]


def register_contract(registry: Registry, subject: str, schema: Mapping[str, Any]) -> int:
    """Id of `schema` under `subject`, whose rule becomes FULL first.

    An edit that breaks the rule raises RegistryError (`incompatible`) that names each place, and changes nothing.
    """
    registry.set_compatibility(subject, COMPATIBILITY)
    reasons = incompatibilities(old, schema) if (old := _latest(registry, subject)) else []
    if reasons:
        message = f"{subject}: the contract is not compatible with its newest registered version"
        raise RegistryError("\n  ".join([f"{message}:", *reasons]), _HINT, "incompatible")
    return registry.register(subject, schema)


def _latest(registry: Registry, subject: str) -> dict[str, Any] | None:
    try:
        return registry.latest(subject)[1]
    except RegistryError as error:
        if error.kind == "unknown":
            return None
        raise


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
