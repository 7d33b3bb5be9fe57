"""Touchpoints as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from cjo.avro.codec import Writer, load_schema
from cjo.avro.prepare import prepared
from cjo.errors import RecordError
from tests.avro.strategies import touchpoints

SMALL = {"event_id": "e1", "channel": "web", "type": "page_viewed", "occurred_at": 1_700_000_000_000}
write = Writer(load_schema("touchpoint"), 1)


@pytest.mark.parametrize(
    "time",
    [
        1_700_000_000_000,
        "1700000000000",
        "2023-11-14T22:13:20Z",
        "2023-11-14T23:13:20+01:00",
        "2023-11-14 22:13:20.000+0000",
        datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        datetime(2023, 11, 15, 3, 43, 20, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_one_instant_in_every_form_that_a_time_may_have(time: Any) -> None:
    assert prepared({**SMALL, "occurred_at": time})["occurred_at"] == 1_700_000_000_000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"occurred_at": "2023-11-14T22:13:20"}, "ISO 8601 with a zone"),
        ({"occurred_at": datetime(2023, 11, 14)}, "ISO 8601 with a zone"),
        ({"occurred_at": 1_700_000_000}, "looks like seconds"),
        ({"occurred_at": "1969-12-31T23:59:59.999Z"}, "is before 1970"),
        ({"occurred_at": -(2**63)}, "is before 1970"),
        ({"occurred_at": 1.5}, "ISO 8601 with a zone"),
        ({"occurred_at": True}, "ISO 8601 with a zone"),
        ({"occurred_at": None}, "occurred_at is missing"),
        ({"event_id": ""}, "event_id is missing"),
        ({"customer_id": 7}, "customer_id: expected text, got 7"),
        ({"amount": Decimal("0.00001")}, "amount: '0.00001' has more than 4 decimal places"),
        ({"amount": 0.5}, "amount: a decimal must be text"),
        ({"attributes": {"a": [1]}}, "attributes: a: expected text, a number or a boolean"),
        ({"attributes": [1]}, "attributes: expected an object"),
        ({"attributes": {"a": Decimal("1e99")}}, "out of range"),
        ({"lines": [{"quantity": 1}]}, "expected an order line with a product_id"),
        ({"lines": [{"product_id": "p", "quantity": 0}]}, "lines: quantity: expected a whole number from 1"),
        ({"lines": [{"product_id": "p", "price": 1}]}, "an order line has no price"),
        ({"basket": "b"}, "unknown field 'basket'; did you mean 'basket_id'?"),
        ({"customer;amount": "c;5"}, "is it a row of names parted by ';'? columns of a CSV file are parted by commas"),
        ({"text": "\ud800"}, "half a character"),
    ],
)
def test_what_does_not_fit_is_said(change: dict[str, Any], said: str) -> None:
    with pytest.raises(RecordError) as caught:
        prepared({**SMALL, **change})
    assert said in caught.value.message


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(RecordError) as caught:
        prepared({"channel": "web", "occurred_at": "noon", "amount": "x", "colour": "red"})
    assert [part.split(":")[0].split(" is")[0].split(" '")[0] for part in caught.value.message.split("; ")][:2] == [
        "occurred_at",
        "amount",
    ]
    assert "event_id is missing; type is missing" in caught.value.message


def test_attributes_become_text_and_nulls_go() -> None:
    given_ = {**SMALL, "basket_id": None, "attributes": {"a": 3, "b": True, "c": Decimal("1.50"), "d": None, "e": "x"}}
    ready = prepared(given_)
    assert ready["attributes"] == {"a": "3", "b": "true", "c": "1.50", "e": "x"}
    assert "basket_id" not in ready


@given(touchpoints.filter(lambda one: one["occurred_at"] == 0 or one["occurred_at"] >= 10**11))
def test_what_fits_can_be_written(touchpoint: dict[str, Any]) -> None:
    plausible = {**touchpoint, "sent_at": None, "received_at": None}
    write(prepared(plausible))
