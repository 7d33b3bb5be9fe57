"""Decimals on their way into Avro: text or Decimal to unscaled bytes, never rounded."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from cjo.errors import RecordError

Packer = Callable[[Any], Any]
_EXACT = Context(prec=60)


def unscaled(value: Any, precision: int = 18, scale: int = 4) -> int:
    """`value` (Decimal, int, or decimal text) as an integer count of 10**-scale.

    Raises RecordError for more decimal places than `scale`, more digits than `precision`, a float (it is not what the
    writer saw), or what is no number.
    """
    if isinstance(value, float | bool):
        raise RecordError(f"a decimal must be text, Decimal or int, got the {type(value).__name__} {value!r}")
    try:
        number = Decimal(value)
        if number.adjusted() >= precision:
            raise RecordError(_out_of_range(value, precision))
        whole = int(_EXACT.scaleb(number, scale))
    except (ArithmeticError, TypeError, ValueError):
        raise RecordError(f"{str(value)[:60]!r} is not a decimal number") from None
    if _EXACT.scaleb(Decimal(whole), -scale) != number:
        raise RecordError(f"{str(value)[:60]!r} has more than {scale} decimal places", "round it before it is sent")
    if abs(whole) >= 10**precision:
        raise RecordError(_out_of_range(value, precision))
    return whole


def _out_of_range(value: Any, precision: int) -> str:
    return f"{str(value)[:60]!r} is out of range: a decimal has at most {precision} digits"


def packer(schema: Any) -> Packer | None:
    """What turns the decimals anywhere in a value of `schema` into bytes; None where it holds none."""
    if isinstance(schema, list):
        found = [inner for branch in schema if (inner := packer(branch))]
        return _optional(found[0]) if found else None
    if not isinstance(schema, dict):
        return None
    if schema.get("logicalType") == "decimal":
        return _bytes_packer(schema["precision"], schema.get("scale", 0))
    kind = schema["type"]
    if kind == "record":
        return _record_packer(schema["fields"])
    if kind in ("array", "map"):
        return _each(kind, packer(schema["items" if kind == "array" else "values"]))
    return packer(kind) if isinstance(kind, dict | list) else None


def _optional(inner: Packer) -> Packer:
    return lambda value: None if value is None else inner(value)


def _each(kind: str, inner: Packer | None) -> Packer | None:
    if inner is None:
        return None
    if kind == "array":
        return lambda values: [inner(value) for value in values]
    return lambda values: {name: inner(value) for name, value in values.items()}


def _bytes_packer(precision: int, scale: int) -> Packer:
    def pack(value: Any) -> bytes:
        whole = unscaled(value, precision, scale)
        return whole.to_bytes(whole.bit_length() // 8 + 1, "big", signed=True)

    return pack


def _record_packer(fields: list[dict[str, Any]]) -> Packer | None:
    packers = [(field["name"], found) for field in fields if (found := packer(field["type"]))]
    if not packers:
        return None

    def pack(record: dict[str, Any]) -> dict[str, Any]:
        packed = record
        for name, pack_field in packers:
            value = record.get(name)
            if value is not None and value != []:
                packed = packed if packed is not record else dict(record)
                try:
                    packed[name] = pack_field(value)
                except RecordError as error:
                    raise RecordError(f"{name}: {error.message}", error.hint) from None
        return packed

    return pack
