"""The contracts in schemas/*.avsc, and the forms of them that the codecs work with."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Container, Mapping
from typing import Any

from cjo.errors import UsageError
from cjo.resources import data_dir

TIMESTAMP = "timestamp-millis"
DECIMAL = "decimal"
_SIMPLE = ("boolean", "int", "long", "float", "double", "bytes", "string")
_ALWAYS = ("event_id", "customer_id", "device_id", "type", "occurred_at", "sent_at", "received_at")
"""What every plan asks of a touchpoint."""


class AllBut(Container[str]):
    """Every logical type but one."""

    def __init__(self, kept: str) -> None:
        self._kept = kept

    def __contains__(self, kind: object) -> bool:
        return kind is not None and kind != self._kept


@functools.cache
def load_schema(name: str) -> dict[str, Any]:
    """The contract `name` (touchpoint, moment, action, decision, dead_letter) as the registry keeps it.

    Shared between callers: don't change it. Raises UsageError for an unknown name.
    """
    path = data_dir("schemas") / f"{name}.avsc"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.avsc")))
        raise UsageError(f"there is no contract {name!r}", f"the contracts are: {known}")
    return json.loads(path.read_bytes())


def needed_of(contract: Mapping[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """The Touchpoint `contract` with just the fields that a plan with these `columns` reads; times are plain longs.

    What a writer's schema makes of other fields is of no account then.
    """
    plain = without_logical(contract, (TIMESTAMP,))
    needed = {*_ALWAYS, *columns}
    return {**plain, "fields": [field for field in plain["fields"] if field["name"] in needed]}


def without_logical(schema: Any, kinds: Container[str]) -> Any:
    """A copy of `schema` in which the logical types `kinds` are the plain types beneath them; the bytes are the same.

    The codecs take and give epoch milliseconds, so a timestamp is a long to them. A decimal whose digits and places
    make no sense is none, by Avro's rules.
    """
    if isinstance(schema, list):
        return [without_logical(branch, kinds) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    copy = dict(schema)
    if schema.get("logicalType") in kinds or _is_no_decimal(schema):
        if schema["type"] in _SIMPLE:
            return schema["type"]
        del copy["logicalType"]
    for place in ("type", "items", "values"):
        if place in copy:
            copy[place] = without_logical(copy[place], kinds)
    if "fields" in copy:
        copy["fields"] = [without_logical(field, kinds) for field in copy["fields"]]
    return copy


def _is_no_decimal(schema: Mapping[str, Any]) -> bool:
    if schema.get("logicalType") != DECIMAL:
        return False
    precision, scale = schema.get("precision"), schema.get("scale", 0)
    return type(precision) is not int or type(scale) is not int or not 0 <= scale <= precision or precision == 0
