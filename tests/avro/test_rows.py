"""A touchpoint as the engine's input row, as docs/reference/plan.md says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from cjo.avro.rows import AHEAD_MS_MAX, COLUMNS, decimal_text, event_time_ms, row_of, subject_of
from cjo.client.producer import checked
from cjo.errors import RecordError
from tests.avro.strategies import amounts, touchpoints

NOW = 1_700_000_000_000
SMALL = {"event_id": "e1", "customer_id": "c1", "channel": "web", "type": "page_viewed", "occurred_at": NOW - 1000}


def test_a_row_holds_its_columns_and_no_nulls() -> None:
    touchpoint = {**SMALL, "amount": Decimal("12.5"), "text": "hi", "product_id": None, "attributes": {"topic": "x"}}
    subject, row = row_of(touchpoint, NOW, ("amount", "product_id", "attributes")) or pytest.fail("no row")
    assert subject == "c1"
    assert row == {
        "event_id": "e1",
        "type": "page_viewed",
        "at": NOW - 1000,
        "amount": "12.5000",
        "attributes": {"topic": "x"},
    }


def test_empty_attributes_are_an_empty_object() -> None:
    for touchpoint in (SMALL, {**SMALL, "attributes": {}}):
        _, row = row_of(touchpoint, NOW, ("attributes",)) or pytest.fail("no row")
        assert row["attributes"] == {}


def test_t6_sent_at_and_received_at_take_the_error_of_the_clock_out() -> None:
    wrong_by_a_day = {**SMALL, "occurred_at": NOW - 86_400_000, "sent_at": NOW - 86_395_000, "received_at": NOW - 10}
    assert event_time_ms(wrong_by_a_day, NOW) == NOW - 10 - 5000


def test_t6_the_records_timestamp_stands_for_a_missing_received_at() -> None:
    assert event_time_ms({**SMALL, "occurred_at": 1000, "sent_at": 4000}, NOW) == NOW - 3000


def test_t6_received_at_alone_changes_nothing() -> None:
    assert event_time_ms({**SMALL, "received_at": NOW}, NOW) == SMALL["occurred_at"]


def test_t6_exactly_an_hour_ahead_counts_and_a_millisecond_more_is_dead() -> None:
    edge = {**SMALL, "occurred_at": NOW + AHEAD_MS_MAX}
    assert row_of(edge, NOW, ()) is not None
    _dies({**edge, "occurred_at": NOW + AHEAD_MS_MAX + 1}, "event_time_ahead")


@pytest.mark.parametrize("never", [-1, -(2**63)])
def test_t6_a_time_before_1970_is_dead_whatever_it_was_reckoned_from(never: int) -> None:
    assert row_of({**SMALL, "occurred_at": 0}, NOW, ()) is not None
    _dies({**SMALL, "occurred_at": never}, "event_time_before_1970")
    _dies({**SMALL, "occurred_at": never, "type": "heartbeat"}, "event_time_before_1970")
    _dies({**SMALL, "sent_at": NOW, "received_at": never}, "event_time_before_1970")


def test_t6_a_corrected_time_may_be_far_from_what_the_device_said() -> None:
    in_2035 = {**SMALL, "occurred_at": 2_051_222_400_000, "sent_at": 2_051_222_401_000}
    _, row = row_of(in_2035, NOW, ()) or pytest.fail("no row")
    assert row["at"] == NOW - 1000


def test_a_device_is_a_subject_until_the_customer_is_known() -> None:
    assert subject_of({"customer_id": None, "device_id": "d1"}) == "device:d1"
    assert subject_of({"customer_id": "c1", "device_id": "d1"}) == "c1"
    assert subject_of({"customer_id": "", "device_id": "d1"}) == "device:d1"


def test_s5_an_empty_event_id_is_no_identity_and_the_touchpoint_is_dead() -> None:
    _dies({**SMALL, "event_id": ""}, "no_event_id")
    _dies({**SMALL, "event_id": "", "customer_id": None}, "no_event_id")
    assert row_of({**SMALL, "event_id": "", "type": "heartbeat"}, NOW, COLUMNS) is None


def test_f4_an_id_of_more_than_a_thousand_characters_is_dead_and_is_not_sent() -> None:
    for name in ("event_id", "customer_id"):
        assert row_of({**SMALL, name: "x" * 1_000}, NOW, COLUMNS) is not None
        _dies({**SMALL, name: "x" * 1_001}, "id_too_long")
    _dies({**SMALL, "customer_id": "", "device_id": "x" * 1_001}, "id_too_long")
    assert row_of({**SMALL, "device_id": "x" * 1_001}, NOW, COLUMNS) is not None
    with pytest.raises(RecordError, match="its customer_id has 1001 characters, and 1000 is the most"):
        checked({**SMALL, "customer_id": "x" * 1_001}, None, NOW)


def test_a_touchpoint_of_nobody_is_dead_and_a_heartbeat_is_not() -> None:
    _dies({**SMALL, "customer_id": None}, "no_subject")
    _dies({**SMALL, "customer_id": "", "device_id": ""}, "no_subject")
    assert row_of({**SMALL, "customer_id": None, "type": "heartbeat"}, NOW, COLUMNS) is None


def test_a_customer_whose_id_is_the_key_of_another_subject_is_dead_where_there_is_such_a_kind() -> None:
    for customer, dies in (("@account:7", True), ("@store:7", False), ("@account", False), ("account:7", False)):
        touchpoint = {**SMALL, "customer_id": customer}
        assert row_of(touchpoint, NOW, COLUMNS) is not None
        if dies:
            with pytest.raises(RecordError) as caught:
                row_of(touchpoint, NOW, COLUMNS, {"account"})
            assert caught.value.kind == "reserved_subject"
        else:
            assert row_of(touchpoint, NOW, COLUMNS, {"account"}) is not None


def test_a_touchpoint_without_a_time_is_dead() -> None:
    _dies({**SMALL, "occurred_at": None}, "no_event_time")


@given(touchpoints)
def test_a_row_has_no_nulls_and_nothing_that_was_not_asked_for(touchpoint: dict[str, Any]) -> None:
    try:
        found = row_of(touchpoint, NOW, COLUMNS)
    except RecordError as error:
        assert error.kind in ("event_time_before_1970", "event_time_ahead", "no_subject")
        return
    if found:
        assert None not in found[1].values()
        assert found[1].keys() <= {"event_id", "type", "at", *COLUMNS}


@given(amounts)
def test_decimal_text_has_four_places_and_is_the_same_number(amount: Decimal) -> None:
    text = decimal_text(amount)
    assert Decimal(text) == amount
    assert len(text.partition(".")[2]) == 4
    assert text != "-0.0000"


def _dies(touchpoint: dict[str, Any], kind: str) -> None:
    with pytest.raises(RecordError) as caught:
        row_of(touchpoint, NOW, COLUMNS)
    assert caught.value.kind == kind
