"""Encoders made for one contract: of records as most are the same bytes as fastavro's, in a quarter of the time.

A general encoder looks into the schema for every field of every record. This one looks once: it writes down, as one
Python expression, what is to be done with each field. Whatever is not plainly of its field's type (a bool for a long, a
field that is missing, a text of 4096 bytes or more) raises one of UNUSUAL and is left to fastavro, which has the say
about what fits and the words for what does not.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

Encode = Callable[[Any], bytes]

UNUSUAL = (AttributeError, IndexError, KeyError, OverflowError, struct.error, TypeError, UnicodeEncodeError, ValueError)
_BITS = {"int": 31, "long": 63}
_REMEMBERED = 4_096
_double = struct.Struct("<d").pack


def encoder(record_schema: Mapping[str, Any], header: bytes) -> Encode | None:
    """What encodes records behind `header`; None where the schema (no logical types) has a type not known here."""
    try:
        return _record(record_schema, header)
    except KeyError:
        return None


def _of(schema: Any) -> Encode:
    if isinstance(schema, list):
        return _union(schema)
    kind = schema["type"] if isinstance(schema, dict) else schema
    if isinstance(kind, dict | list):
        return _of(kind)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    return _MAKERS[kind](schema)


# --- numbers and texts ---


def varint(number: int) -> bytes:
    """Avro's long: zigzag, seven bits a byte, the lowest first."""
    left = number << 1 if number >= 0 else (-number << 1) - 1
    out = bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


LENGTHS = [varint(length) for length in range(_REMEMBERED)]
SECOND = [varint(1) + length for length in LENGTHS]
"""Lengths of texts in a union whose second branch they are."""


class _Numbers(dict[int, bytes]):
    """Numbers as they are encoded: the records of one instant carry the same times."""

    def __init__(self, bits: int) -> None:
        self._end = 1 << bits

    def __missing__(self, number: int) -> bytes:
        if not -self._end <= number < self._end:
            raise OverflowError(number)
        if len(self) >= _REMEMBERED:
            self.clear()
        made = self[number] = varint(number)
        return made


def _number(kind: str) -> Encode:
    known = _Numbers(_BITS[kind])

    def encode(value: Any) -> bytes:
        # True and 1.0 are equal to 1, and would be found
        return known[value] if value.__class__ is int else _refuse(value)

    return encode


def _text(value: Any) -> bytes:
    data = value.encode()
    return LENGTHS[len(data)] + data


def _bytes(value: Any) -> bytes:
    return LENGTHS[len(value)] + value if value.__class__ is bytes else _refuse(value)


def _boolean(value: Any) -> bytes:
    return b"\1" if value is True else b"\0" if value is False else _refuse(value)


def _float(value: Any) -> bytes:
    return _double(value) if value.__class__ is float else _refuse(value)


def _refuse(value: Any) -> bytes:
    raise TypeError(value)


_SIMPLE: dict[str, Encode] = {
    "null": {None: b""}.__getitem__,
    "boolean": _boolean,
    "int": _number("int"),
    "long": _number("long"),
    "double": _float,
    "string": _text,
    "bytes": _bytes,
}
_CLASSES: dict[str, type] = {
    "null": type(None),
    "boolean": bool,
    "int": int,
    "long": int,
    "double": float,
    "string": str,
    "bytes": bytes,
    "array": list,
}


# --- what holds others ---


def _union(branches: list[Any]) -> Encode:
    """The branch is told by the value's class; KeyError (at once) where that does not tell it."""
    kinds = [branch["type"] if isinstance(branch, dict) else branch for branch in branches]
    by_class = {
        _CLASSES[kind]: (varint(number), _of(branch))
        for number, (kind, branch) in enumerate(zip(kinds, branches, strict=True))
    }
    if len(by_class) < len(branches):
        raise KeyError("two branches of one class")

    def encode(value: Any) -> bytes:
        begin, inner = by_class[value.__class__]
        return begin + inner(value)

    return encode


def _array(schema: Mapping[str, Any]) -> Encode:
    item = _of(schema["items"])

    def encode(values: Any) -> bytes:
        if values.__class__ is not list:
            return _refuse(values)
        return b"".join([LENGTHS[len(values)], *map(item, values), b"\0"]) if values else b"\0"

    return encode


def _map(schema: Mapping[str, Any]) -> Encode:
    inner = _of(schema["values"])

    def encode(values: Any) -> bytes:
        if values.__class__ is not dict:
            return _refuse(values)
        if not values:
            return b"\0"
        pieces = [LENGTHS[len(values)]]
        for name, value in values.items():
            key = name.encode()
            pieces += (LENGTHS[len(key)], key, inner(value))
        pieces.append(b"\0")
        return b"".join(pieces)

    return encode


def _record(schema: Mapping[str, Any], header: bytes = b"") -> Encode:
    """One expression for all fields: a call for each would take twice as long.

    Of a Decision it reads `lambda record: join((header, L[len(v := record['decision_id'].encode())], v, …))`.
    """
    fields = schema["fields"]
    names: dict[str, Any] = {"L": LENGTHS, "S": SECOND, "join": b"".join, "header": header, "refuse": _refuse}
    parts = ["header"]
    for number, field in enumerate(fields):
        value = f"record[{field['name']!r}]"
        if field["type"] == "string":
            parts.append(f"L[len(v := {value}.encode())], v")
        elif field["type"] == ["null", "string"]:
            parts.append(rf"b'\0' if (v := {value}) is None else S[len(v := v.encode())] + v")
        else:
            names[f"w{number}"] = _of(field["type"])
            parts.append(f"w{number}({value})")
    joined = f"join(({', '.join(parts)},))"
    source = f"lambda record: {joined} if len(record) == {len(fields)} else refuse(record)"
    made: Encode = eval(source, names)  # of a contract's names, each of them quoted
    return made


_MAKERS: dict[str, Callable[[Any], Encode]] = {"array": _array, "map": _map, "record": _record}
