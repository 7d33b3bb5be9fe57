"""The encoder made for a contract gives fastavro's bytes, and leaves to fastavro what it is not sure of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjo.avro.codec import Writer, load_schema
from cjo.avro.contracts import DECIMAL, TIMESTAMP, without_logical
from cjo.avro.encoder import UNUSUAL, encoder
from cjo.errors import RecordError

CONTRACTS = ("action", "dead_letter", "decision", "moment", "touchpoint")
LONGS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1, -1, 63, 64, -64, -65, 2**31, 1_794_439_834_531])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=90) | st.sampled_from(["", "x" * 64, "ü" * 2_048])
SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": LONGS,
    "double": st.floats(),
    "string": TEXTS,
    "bytes": st.binary(max_size=200),
}
ODD = st.sampled_from([None, True, 1.0, 2**31, 2**63, 10**40, "\ud800", b"x", [], (), {}, [None], {"a": 1}, {1: "a"}])


def values(schema: Any) -> st.SearchStrategy[Any]:
    """Values that fit a plain schema."""
    if isinstance(schema, list):
        return st.one_of(*map(values, schema))
    if not isinstance(schema, dict):
        return SIMPLE[schema]
    kind = schema["type"]
    if kind == "record":
        return st.fixed_dictionaries({field["name"]: values(field["type"]) for field in schema["fields"]})
    if kind == "array":
        return st.lists(values(schema["items"]), max_size=3)
    return st.dictionaries(TEXTS, values(schema["values"]), max_size=3) if kind == "map" else values(kind)


def plain(contract: str) -> dict[str, Any]:
    return without_logical(load_schema(contract), (TIMESTAMP, DECIMAL))


PLAIN = {contract: plain(contract) for contract in CONTRACTS}
WRITERS = {contract: Writer(PLAIN[contract], 258) for contract in CONTRACTS}
whole_records = st.sampled_from(CONTRACTS).flatmap(lambda name: st.tuples(st.just(name), values(PLAIN[name])))


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_contract_has_an_encoder(contract: str) -> None:
    assert encoder(PLAIN[contract], b"") is not None


@given(whole_records)
def test_the_bytes_are_those_of_fastavro(given: tuple[str, dict[str, Any]]) -> None:
    contract, record = given
    writer, encode = WRITERS[contract], encoder(PLAIN[contract], b"\0\0\0\1\2")
    assert encode is not None
    try:
        encoded = encode(record)
    except UNUSUAL:  # a text of 4096 bytes or more
        assert len(repr(record).encode()) > 4_096
        return
    assert encoded == writer._in_general(record)


@given(whole_records, st.data())
def test_what_does_not_fit_is_left_to_fastavro(given: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    contract, record = given
    name = data.draw(st.sampled_from(sorted(record)))
    odd = {**record, name: data.draw(ODD)}
    writer = WRITERS[contract]
    assert told(writer, odd) == told(writer._in_general, odd)


@given(whole_records)
def test_a_field_too_few_or_too_many_is_left_to_fastavro(given: tuple[str, dict[str, Any]]) -> None:
    contract, record = given
    writer, first = WRITERS[contract], next(iter(record))
    for odd in ({**record, "more": 1}, {name: record[name] for name in list(record)[1:]}, {**record, first: None}):
        assert told(writer, odd) == told(writer._in_general, odd)


def test_a_type_that_is_not_known_has_no_encoder() -> None:
    enum = {"type": "enum", "name": "Kind", "symbols": ["a"]}
    schema = {"type": "record", "name": "R", "fields": [{"name": "kind", "type": enum}]}
    assert encoder(schema, b"") is None
    assert Writer(schema, 1)({"kind": "a"}) == b"\0\0\0\0\1\0"


def told(write: Any, record: Any) -> Any:
    """The bytes, or the error's words."""
    try:
        return write(record)
    except RecordError as error:
        return str(error)
