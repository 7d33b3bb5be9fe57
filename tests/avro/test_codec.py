"""Between dicts and bytes: what is written is read again, and every kind of bad record is told apart."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjo.avro.codec import Reader, Writer, load_schema
from cjo.errors import RecordError, RegistryError, UsageError
from tests.avro.strategies import amounts, touchpoints

TOUCHPOINT = load_schema("touchpoint")
SMALL = {
    "event_id": "e1",
    "customer_id": "c1",
    "channel": "web",
    "type": "page_viewed",
    "occurred_at": 1_700_000_000_000,
}


class Schemas:
    """A source of schemas that holds these, and is down for the id 500."""

    def __init__(self, **by_id: Any) -> None:
        self._by_id = {int(name.removeprefix("id")): schema for name, schema in by_id.items()}

    def schema(self, schema_id: int) -> dict[str, Any]:
        if schema_id == 500:
            raise RegistryError("no answer", kind="unreachable")
        if schema_id not in self._by_id:
            raise RegistryError("never heard of it", kind="unknown")
        return self._by_id[schema_id]


read = Reader(Schemas(id7=TOUCHPOINT, id8={"type": "string"}))
write = Writer(TOUCHPOINT, 7)


@given(touchpoints)
def test_what_is_written_is_read_again(touchpoint: dict[str, Any]) -> None:
    assert read(write(touchpoint)) == touchpoint


@given(touchpoints.map(lambda one: {**one, **dict.fromkeys(("occurred_at", "sent_at", "received_at"), 0)}))
def test_the_contracts_own_logical_types_read_the_same_amounts(touchpoint: dict[str, Any]) -> None:
    data = write(touchpoint)
    found = fastavro.schemaless_reader(io.BytesIO(data[5:]), fastavro.parse_schema(TOUCHPOINT), None)
    assert data[:5] == b"\x00\x00\x00\x00\x07"
    assert found["amount"] == touchpoint["amount"]
    assert [line["amount"] for line in found["lines"]] == [line["amount"] for line in touchpoint["lines"]]


@given(amounts)
def test_decimal_text_and_decimal_are_the_same_bytes(amount: Decimal) -> None:
    assert write({**SMALL, "amount": str(amount)}) == write({**SMALL, "amount": amount})


@given(touchpoints, st.data())
def test_a_cut_record_is_undecodable_or_read_as_something_shorter_never_another_error(
    touchpoint: dict[str, Any], data: st.DataObject
) -> None:
    whole = write(touchpoint)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(RecordError) as caught:
        read(cut)
    assert caught.value.kind == "undecodable"


@given(st.binary(max_size=200))
def test_random_bytes_are_a_bad_record_never_a_crash(noise: bytes) -> None:
    try:
        read(b"\x00\x00\x00\x00\x07" + noise)
    except RecordError as error:
        assert error.kind in ("undecodable", "trailing_bytes")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (None, "tombstone"),
        (b"", "undecodable"),
        (b"\x00\x00\x00", "undecodable"),
        (b"\x01" + write(SMALL)[1:], "undecodable"),
        (b'{"json": true}', "undecodable"),
        (b"\x00\x00\x00\x00\x63" + write(SMALL)[5:], "unknown_schema"),
        (write(SMALL) + b"\x00", "trailing_bytes"),
        (b"\x00\x00\x00\x00\x08\x02a", "undecodable"),
    ],
)
def test_each_kind_of_bad_record_has_its_name(data: bytes | None, kind: str) -> None:
    with pytest.raises(RecordError) as caught:
        read(data)
    assert caught.value.kind == kind


def test_a_registry_that_is_down_is_an_outage_and_no_bad_record() -> None:
    with pytest.raises(RegistryError):
        read(b"\x00\x00\x00\x01\xf4rest")


def test_an_old_record_read_by_a_newer_contract_gets_the_default_of_a_new_field() -> None:
    newer = {**TOUCHPOINT, "fields": [*TOUCHPOINT["fields"], {"name": "mood", "type": "string", "default": "good"}]}
    assert Reader(Schemas(id7=TOUCHPOINT), newer)(write(SMALL))["mood"] == "good"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"occurred_at": None}, "occurred_at"),
        ({"event_id": 5}, "event_id"),
        ({"amount": "1.00001"}, "amount: '1.00001' has more than 4 decimal places"),
        ({"amount": 1.5}, "amount: a decimal must be text, Decimal or int"),
        ({"amount": "100000000000000"}, "amount: '100000000000000' is out of range"),
        ({"lines": [{"product_id": "p", "amount": "x"}]}, "lines: amount: 'x' is not a decimal number"),
        ({"basket": "b1"}, "basket"),
        ({"customer_id": "\ud800"}, "not a Touchpoint"),
    ],
)
def test_a_record_that_does_not_fit_names_the_field(change: dict[str, Any], said: str) -> None:
    with pytest.raises(RecordError, match=said):
        write({**SMALL, **change})


def test_every_contract_has_a_doc_on_every_field() -> None:
    for name in ("touchpoint", "moment", "action", "decision", "dead_letter"):
        schema = load_schema(name)
        assert schema["doc"]
        assert [field["name"] for field in schema["fields"] if not field.get("doc")] == []


def test_an_unknown_contract_is_a_usage_error_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="touchpoint"):
        load_schema("touchpiont")
