"""A customer's timeline."""

from __future__ import annotations

import json

from cjo.cli.why import as_json, lines
from cjo.client.timeline import arranged
from cjo.engine.ids import event_mark, mark_as_hex
from tests.client.records import MINUTE, T0, action, decision, moment, touchpoint


def test_a_timeline_reads_from_the_touchpoint_to_the_action() -> None:
    due = T0 + 30 * MINUTE
    records = [
        action(due),
        decision(due, outcome="accepted", reason="sent", rule="D1", channel="email", action_id="a1"),
        moment(due),
        touchpoint(basket_id="b1", product_id="p1", amount="12.5000", currency="CHF"),
        decision(due + MINUTE, step="voucher", inputs={"consent.email": "none", "address.push": "none"}),
    ]
    assert list(lines(arranged(records))) == [
        "2023-11-14T22:13:20.000Z  touchpoint  product_added (web): basket b1, product p1, 12.50 CHF",
        "2023-11-14T22:43:20.000Z  moment      basket_abandoned for b1, from 2 touchpoints",
        "                          decision    win-back-basket / remind: a message by email is requested [sent, D1]",
        "                          action      email to a@example.com, win-back-basket / remind: “Your basket waits”",
        "2023-11-14T22:44:20.000Z  decision    win-back-basket / voucher: nothing sent: no consent for email"
        " [no_consent, D6]",
    ]


def test_a_moment_of_a_model_says_what_was_estimated_and_of_what() -> None:
    values = {"probability": "0.524060", "views": 8, "days_since_calculator": "14.000", "gold": True}
    (line,) = lines(arranged([moment(T0, values=values)]))
    assert line.endswith(": probability 0.524060 of views 8, days_since_calculator 14.000, gold True")


def test_t6_a_touchpoint_stands_at_its_corrected_time_and_a_dead_one_says_so() -> None:
    corrected = touchpoint(T0, occurred_at=1000, sent_at=6000, received_at=T0)
    dead = touchpoint(T0, event_id="e2", occurred_at=T0 + 61 * MINUTE)
    first, second = arranged([dead, corrected])
    assert first.at_ms == T0 - 5000
    assert second.note is not None
    assert second.note.startswith("does not count: event_time_ahead")


def test_t6_a_touchpoint_without_a_time_that_can_be_told_stands_where_it_came() -> None:
    (entry,) = arranged([touchpoint(T0, occurred_at=-(2**63))])
    assert entry.at_ms == T0
    assert (entry.note or "").startswith("does not count: event_time_before_1970")


def test_s5_a_repeated_touchpoint_is_noted_and_a_repeated_action_left_out() -> None:
    found = arranged([touchpoint(), touchpoint(T0 + 1), action(T0 + 2), action(T0 + 2), action(T0 + 3, kind="cancel")])
    assert [(entry.kind, entry.note) for entry in found] == [
        ("touchpoint", None),
        ("touchpoint", "again: counts once"),
        ("action", None),
        ("action", None),
    ]


def test_one_journey_alone_shows_its_moments_and_all_touchpoints() -> None:
    records = [
        touchpoint(),
        moment(T0 + 1),
        moment(T0 + 2, moment_id="m2"),
        decision(T0 + 1),
        decision(T0 + 2, journey="mortgage-offer", moment_id="m2"),
    ]
    found = arranged(records, "mortgage-offer")
    assert [(entry.kind, entry.at_ms - T0) for entry in found] == [("touchpoint", 0), ("moment", 2), ("decision", 2)]


def test_as_json_holds_the_whole_record_with_times_in_iso() -> None:
    (entry,) = arranged([decision(T0)])
    found = json.loads(as_json(entry))
    assert found["at"] == "2023-11-14T22:13:20.000Z"
    assert found["record"]["decided_at"] == "2023-11-14T22:13:20.000Z"
    assert found["record"]["reason"] == "no_consent"


def test_a_moment_of_moments_says_of_which_it_is_made_and_a_journeys_own_moments_bring_them_along() -> None:
    inputs = [{"event": mark_as_hex(event_mark(name)), "at": T0} for name in ("m1", "m2")]
    records = [
        moment(T0, moment_id="m1"),
        moment(T0 + MINUTE, moment_id="m2"),
        moment(
            T0 + MINUTE, moment_id="m3", signal="twice", key=None, evidence=[*inputs, {"event": "0" * 16, "at": T0}]
        ),
        moment(T0 + MINUTE, moment_id="m4"),
        decision(T0 + MINUTE, journey="care", moment_id="m3"),
    ]
    said = [entry.said for entry in arranged(records, "care") if entry.kind == "moment"]

    made_by = "basket_abandoned at 2023-11-14T22:13:20.000Z, made by basket_abandoned at 2023-11-14T22:14:20.000Z"
    assert said[2:] == [f"twice, made by {made_by}, from 1 touchpoint"]
    assert len(said) == 3


def test_t4_a_touchpoint_that_came_late_is_noted_with_how_late() -> None:
    hour = 3_600_000
    order = [T0 + 2 * hour, T0 + 2 * hour - 59_000, T0, T0 + 2 * hour + 1]
    records = [touchpoint(at, event_id=f"e{number}") for number, at in enumerate(order)]
    assert [(entry.at_ms, entry.note) for entry in arranged(records)] == [
        (T0, "came 2 hours after what happened later"),
        (T0 + 2 * hour - 59_000, None),
        (T0 + 2 * hour, None),
        (T0 + 2 * hour + 1, None),
    ]
