"""Rows of a CRM file as touchpoints."""

from __future__ import annotations

from cjo.client.profiles import profile_touchpoints

NOW = 1_700_000_000_000


def test_a_row_is_a_profile_and_a_touchpoint_for_each_consent() -> None:
    row = {
        "customer_id": "c1",
        "email": "a@example.com",
        "phone": None,
        "consent": "marketing:email; advice",
        "consent_withdrawn": ["marketing:sms"],
    }
    found = profile_touchpoints(row, NOW)
    assert [(one["type"], one["attributes"]) for one in found] == [
        ("profile_updated", {"email": "a@example.com"}),
        ("consent_given", {"purpose": "marketing", "channel": "email"}),
        ("consent_given", {"purpose": "advice"}),
        ("consent_withdrawn", {"purpose": "marketing", "channel": "sms"}),
    ]
    assert {one["occurred_at"] for one in found} == {NOW}
    assert len({one["event_id"] for one in found}) == 4


def test_s5_a_row_with_its_time_sent_twice_has_the_same_ids() -> None:
    row = {"customer_id": "c1", "email": "a@example.com", "occurred_at": "2026-05-01T10:00:00Z"}
    assert profile_touchpoints(row, NOW) == profile_touchpoints(row, NOW + 1)


def test_s5_a_row_without_a_time_is_new_each_time_so_that_going_back_counts() -> None:
    row = {"customer_id": "c1", "email": "a@example.com"}
    first, second = (profile_touchpoints(row, now)[0]["event_id"] for now in (NOW, NOW + 1))
    assert first != second
