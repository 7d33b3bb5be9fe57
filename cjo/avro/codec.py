"""Between dicts and bytes: Avro in Confluent's framing (a zero byte, the schema's id in four, the record).

Times are epoch milliseconds (int) on both sides. Decimals are read as Decimal and written from Decimal, int or text.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import fastavro
from fastavro.read import LOGICAL_READERS

from cjo.avro.contracts import DECIMAL, TIMESTAMP, AllBut, load_schema, without_logical
from cjo.avro.decimals import packer
from cjo.avro.encoder import UNUSUAL, encoder
from cjo.avro.nesting import look, needs_a_look
from cjo.avro.references import parsed
from cjo.errors import RecordError, RegistryError

__all__ = ["Reader", "SchemaSource", "Writer", "load_schema"]

MAGIC = 0
_HEADER = struct.Struct(">bI")
_BAD = "undecodable"
_PAST_THE_END = b"\0"
"""To be seen where it is read: what it skips fastavro takes as it is there, though it be shorter than it says."""
_NO_SCHEMA = "unknown_schema"


class SchemaSource(Protocol):
    """Where a reader gets the schemas of the records that it meets; `cjo.avro.registry.Registry` is one."""

    def schema(self, schema_id: int) -> dict[str, Any]:
        """The schema of that id, whole; RegistryError of kind `unknown` where there is none, `unusable` else."""
        ...


class Writer:
    """Encodes records of one contract: `Writer(schema, schema_id)(record) -> bytes`.

    Fields with a default may be left out; further fields are refused, as they would be lost. A record that does not
    fit raises RecordError naming the field. About 10 us a touchpoint, 2 us a whole decision (cjo/avro/encoder.py).
    """

    def __init__(self, schema: Mapping[str, Any], schema_id: int) -> None:
        self.schema_id = schema_id
        self._header = _HEADER.pack(MAGIC, schema_id)
        self._name = schema.get("name", "record")
        self._pack = packer(schema)
        plain = without_logical(schema, (TIMESTAMP, DECIMAL))
        self._parsed = fastavro.parse_schema(plain)
        self._encode = encoder(plain, self._header)
        self._fields = len(schema.get("fields", ()))

    def __call__(self, record: Mapping[str, Any]) -> bytes:
        """`record` as bytes, header included."""
        packed = self._pack(record) if self._pack else record
        if self._encode is not None and len(packed) == self._fields:
            try:
                return self._encode(packed)
            except UNUSUAL:
                pass
        return self._in_general(packed)

    def _in_general(self, packed: Mapping[str, Any]) -> bytes:
        out = io.BytesIO()
        out.write(self._header)
        try:
            fastavro.schemaless_writer(out, self._parsed, packed, strict_allow_default=True)
        except Exception as error:  # fastavro raises whatever its writers happen to meet
            raise RecordError(f"not a {self._name}: {error}") from None
        return out.getvalue()


class Reader:
    """Decodes records of any contract in the registry: `Reader(registry)(data) -> dict`.

    With `contract` (a schema) a record is read as that version of its contract: fields that its writer did not know
    get their default. A record that cannot be read raises RecordError with the kind of its dead letter; a registry
    that does not answer raises RegistryError, which is an outage and says nothing about the record.

    Jobs read the same, but for bytes that no Avro writes: of a union's branch below zero fastavro takes the one counted
    from the end, and it reads an int of more than 32 bits and a boolean that is neither 0 nor 1, where to a job the
    record is undecodable. To look for them costs as much as to read.
    """

    def __init__(self, registry: SchemaSource, contract: Mapping[str, Any] | None = None) -> None:
        self._registry = registry
        self._contract = _readable(contract, {}) if contract else None
        self._parsed: dict[int, _Schemas] = {}

    def __call__(self, data: bytes | None) -> dict[str, Any]:
        """The record in `data`, a whole value of a Kafka record (None: a tombstone)."""
        if data is None:
            raise RecordError("the record has no value", kind="tombstone")
        if len(data) < _HEADER.size or data[0] != MAGIC:
            raise RecordError(f"not in Confluent's framing: it starts with {data[:5].hex() or 'nothing'}", None, _BAD)
        schemas = self._schemas(_HEADER.unpack_from(data)[1])
        if schemas.reader is not None and isinstance(schemas.writer, list):
            raise RecordError("undecodable: expected a record, got a union", None, _BAD)
        source = io.BytesIO(data + _PAST_THE_END)
        source.seek(_HEADER.size)
        try:
            if schemas.to_look_at is not None:
                look(data, _HEADER.size, schemas.writer, schemas.to_look_at)
            record = fastavro.schemaless_reader(source, schemas.writer, schemas.reader)
        except Exception as error:  # random bytes make fastavro raise nearly anything
            raise RecordError(f"undecodable: {type(error).__name__}: {error}", None, _BAD) from None
        rest = len(data) - source.tell()
        if rest < 0:
            raise RecordError("undecodable: the record ends in the middle of a value", None, _BAD)
        if rest:
            raise RecordError(f"{rest} bytes follow the record", kind="trailing_bytes")
        if not isinstance(record, dict):
            raise RecordError(f"expected a record, got a {type(record).__name__}", None, _BAD)
        return record

    def _schemas(self, schema_id: int) -> _Schemas:
        found = self._parsed.get(schema_id)
        if found is None:
            try:
                schema = self._registry.schema(schema_id)
            except RegistryError as error:
                if error.kind not in ("unknown", "unusable"):
                    raise
                said = f"no schema has the id {schema_id}" if error.kind == "unknown" else error.message
                raise RecordError(said, error.hint, _NO_SCHEMA) from error
            named: dict[str, Any] = {}
            try:
                writer = _readable(schema, named)
                to_look_at = named if needs_a_look(writer, named) else None
            except Exception as error:  # what is no Avro schema makes fastavro raise nearly anything
                raise RecordError(f"schema {schema_id} is no Avro schema: {error}", None, _NO_SCHEMA) from None
            reader = None if writer == self._contract else self._contract
            found = self._parsed[schema_id] = _Schemas(writer, reader, to_look_at)
        return found


class _Schemas(NamedTuple):
    """By what records of one writer are read."""

    writer: Any
    reader: Any
    """None where it is the writer's: without it reading is faster."""
    to_look_at: dict[str, Any] | None
    """The writer's named types, where a look at each record is needed before (cjo/avro/nesting.py)."""


_decimal: Callable[..., Any] = LOGICAL_READERS["bytes-decimal"]


def _decimal_of_bytes(data: bytes, *schemas: Any) -> Any:
    """No bytes are no number; to fastavro they are zero."""
    if not data:
        raise ValueError("a decimal of no bytes")
    return _decimal(data, *schemas)


LOGICAL_READERS["bytes-decimal"] = _decimal_of_bytes


def _readable(schema: Mapping[str, Any], named: dict[str, Any]) -> Any:
    """As the JVM reads it: of a writer's logical types none but decimals means anything (an id may be no UUID)."""
    return parsed(without_logical(schema, AllBut(DECIMAL)), named)
