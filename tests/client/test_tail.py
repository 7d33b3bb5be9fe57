"""Records as text, as `cjo tail` prints them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from cjo.cli.main import main
from cjo.client.story import money
from cjo.client.words import as_json, as_line, iso
from tests.client.records import T0, action, record, touchpoint


def test_json_has_the_place_the_time_and_the_value() -> None:
    found = json.loads(as_json(touchpoint(amount=Decimal("12.5000"), sent_at=None)))
    assert found["topic"] == "touchpoints"
    assert (found["partition"], found["offset"], found["key"]) == (1, 7, "c1")
    assert found["timestamp"] == found["value"]["occurred_at"] == "2023-11-14T22:13:20.000Z"
    assert found["value"]["amount"] == "12.5000"
    assert found["value"]["sent_at"] is None


def test_d9_what_an_author_has_named_like_a_time_stays_a_number() -> None:
    named = {"at": 5, "occurred_at": 6, "nested": {"expires_at": 7}}
    found = json.loads(as_json(record("actions.email", {"expires_at": T0, "variables": named})))["value"]
    assert found == {"expires_at": iso(T0), "variables": named}
    moment = {"at": T0, "evidence": [{"at": T0, "attributes": {"at": 5}}]}
    found = json.loads(as_json(record("moments", moment)))["value"]
    assert found == {"at": iso(T0), "evidence": [{"at": iso(T0), "attributes": {"at": 5}}]}


def test_a_line_stays_one_whatever_a_key_holds() -> None:
    line = as_line(replace(record("control", {}), key="c1\n2026-01-01T00:00:00.000Z\x1b[2K"), 200)
    assert line.isprintable()


def test_bytes_are_base64() -> None:
    assert json.loads(as_json(record("deadletters", {"value": b"\x00\xff"})))["value"] == {"value": "AP8="}


def test_a_record_that_cannot_be_read_says_why_in_place_of_its_value() -> None:
    bad = record("touchpoints", None, error="undecodable: not in Confluent's framing")
    assert "value" not in json.loads(as_json(bad))
    assert as_line(bad, 200).endswith("! undecodable: not in Confluent's framing")


def test_a_line_for_people_is_aligned_and_cut_at_the_edge() -> None:
    lines = [as_line(one, 80) for one in (touchpoint(), action(T0))]
    assert {line.index("c1") for line in lines} == {37}
    assert lines[0].endswith("product_added (web)")
    assert [len(line) <= 80 for line in lines] == [True, True]
    assert lines[1].endswith("…")


def test_a_topic_without_a_contract_is_shown_as_it_is() -> None:
    assert as_line(record("control", {"revision": 1}), 200).endswith('{"revision": 1}')


@pytest.mark.parametrize(("time_ms", "text"), [(-1, "1969-12-31T23:59:59.999Z"), (10**17, "100000000000000000")])
def test_times_before_1970_and_beyond_every_calendar(time_ms: int, text: str) -> None:
    assert iso(time_ms) == text


@pytest.mark.parametrize(
    ("amount", "text"), [("12.5000", "12.50"), ("0.0125", "0.0125"), ("3.1250", "3.125"), ("7", "7.00")]
)
def test_money_has_at_least_two_places(amount: str, text: str) -> None:
    assert money(amount) == text


def test_a_negative_count_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", "touchpoints", "--last", "-1"]) == 2
