"""The world's own record of power cuts, forms, errors and appointments, worked out by hand."""

from datetime import UTC, datetime

import pytest

from cjo.demo.ledger import Held, Ledger
from cjo.demo.ledger.form_abandoned import next_working_day_at_nine
from cjo.demo.reconcile import Output, reconcile, releases
from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Touch

T0 = int(datetime(2025, 11, 13, 12, tzinfo=UTC).timestamp() * 1000)
"""A Thursday."""


def touch(at_ms, kind, channel="web", **attributes):
    return Touch(at_ms, "ann", None, channel, kind, {"attributes": attributes})


def crm(at_ms, kind, **attributes):
    return touch(at_ms, kind, "crm", **attributes)


PROFILE = crm(T0 - 2, "profile_updated", email="ann@mail.example", push_token="t", phone="+41")
KNOWN = [PROFILE, crm(T0 - 1, "consent_given", purpose="advice")]


def verdicts(journey, *touches, known=KNOWN, held=()):
    """(step, time since T0, reason) of every verdict of one journey; `held`: (step, since, until), since T0."""
    told = {Held(journey, "ann", "o1", step, T0 + at_ms): T0 + until_ms for step, at_ms, until_ms in held}
    ledger = Ledger([*known, *touches], T0 - DAY_MS, told)
    return [(v.step, v.at_ms - T0, v.reason) for v in ledger.verdicts if v.journey == journey]


# outage-care


def outage(at_ms, kind):
    return touch(T0 + at_ms, f"outage_{kind}", "system", outage_id="o1", area="Thun")


HELD = ("start", 60_000, 200_000)
STARTED = [(None, 60_000, "entered"), ("start", 60_000, "spread"), ("start", 200_000, "sent")]


def care(*touches, known=KNOWN, held=(HELD,)):
    return verdicts("outage-care", outage(60_000, "started"), *touches, known=known, held=held)


def test_who_was_told_of_the_start_hears_the_end_each_at_the_time_of_its_release():
    ended = care(outage(HOUR_MS, "ended"), held=(HELD, ("end", HOUR_MS, HOUR_MS + 1)))
    assert ended == [*STARTED, ("end", HOUR_MS, "spread"), ("end", HOUR_MS + 1, "sent")]


def test_an_end_up_to_the_release_of_the_start_leaves_nothing_to_tell():
    assert care(outage(200_000, "ended")) == STARTED[:2]
    assert care(outage(200_001, "ended"))[:3] == STARTED


def test_who_could_not_be_told_of_the_start_never_hears_of_it():
    refused = [*STARTED[:2], ("start", 200_000, "no_address")]
    reachable_later = crm(T0 + 300_000, "profile_updated", phone="+41")
    assert care(outage(HOUR_MS, "updated"), outage(2 * HOUR_MS, "ended"), known=[reachable_later]) == refused


def test_news_is_told_and_the_end_after_it_and_news_that_the_end_overtakes_is_not():
    news = ("update", HOUR_MS, HOUR_MS + 9)
    told = care(outage(HOUR_MS, "updated"), outage(HOUR_MS + 10, "ended"), held=(HELD, news))
    assert [v[0] for v in told[3:]] == ["update", "update", "end", "end"]
    overtaken = care(outage(HOUR_MS, "updated"), outage(HOUR_MS + 9, "ended"), held=(HELD, news))
    assert [v[0] for v in overtaken[3:]] == ["update", "end", "end"]


def test_news_while_news_is_held_is_the_same_news():
    news = ("update", HOUR_MS, HOUR_MS + 9)
    found = care(outage(HOUR_MS, "updated"), outage(HOUR_MS + 5, "updated"), held=(HELD, news))
    assert [v[0] for v in found[3:]] == ["update", "update"]


def test_an_end_after_three_days_is_not_waited_for():
    assert care(outage(200_000 + 3 * DAY_MS + 1, "ended")) == STARTED
    assert len(care(outage(200_000 + 3 * DAY_MS, "ended"))) == 5


def test_an_outage_published_again_is_the_same_outage():
    assert (None, HOUR_MS, "again_never") in care(outage(HOUR_MS, "started"))[3:]


def test_a_release_outside_the_spread_is_a_difference():
    touches = [PROFILE, outage(0, "started")]

    def differing(until_ms):
        hold = {"journey": "outage-care", "customer_id": "ann", "run_key": "o1", "moment_id": "m", "step": "start",
                "channel": None, "outcome": "done"}  # fmt: skip
        decisions = [
            hold | {"decision_id": "1", "kind": "entry", "reason": "entered", "decided_at": T0, "outcome": "accepted"},
            hold | {"decision_id": "2", "kind": "hold", "reason": "spread", "decided_at": T0,
                    "inputs": {"until": str(until_ms)}},
            hold | {"decision_id": "3", "kind": "send", "reason": "sent", "decided_at": until_ms, "channel": "sms",
                    "outcome": "accepted", "action_id": "a"},
        ]  # fmt: skip
        ledger = Ledger(touches, T0 - DAY_MS, releases(decisions))
        lines = reconcile(ledger, Output(decisions=decisions), {}, T0 + DAY_MS)
        return [line.name for line in lines if line.name.startswith("outage-care") and not line.ok]

    assert differing(T0) == differing(T0 + 10 * MINUTE_MS - 1) == []
    assert differing(T0 + 10 * MINUTE_MS) == ["outage-care: start"]


# form-abandoned


def form(at_ms, kind, form_id="f1"):
    return touch(T0 + at_ms, f"form_{kind}", form_id=form_id, form="card")


WAIT_MS = 45 * MINUTE_MS
BEGUN = [form(0, "started"), form(SECOND_MS, "step_completed")]
LEFT_MS = SECOND_MS + WAIT_MS
NINE_MS = 20 * HOUR_MS  # Friday 09:00 in Zurich, 08:00 UTC
LEFT = [(None, LEFT_MS, "entered"), ("help", LEFT_MS, "sent")]
CALLED = ("offer-call", NINE_MS, "sent")


def forms(*touches, known=KNOWN):
    return verdicts("form-abandoned", *touches, known=known)


def test_a_form_left_is_helped_with_and_called_about_at_nine():
    assert forms(*BEGUN) == [*LEFT, CALLED]


@pytest.mark.parametrize("end", ["submitted", "discarded"])
def test_a_form_that_ends_at_the_deadline_was_not_left(end):
    assert forms(*BEGUN, form(LEFT_MS, end)) == []
    assert forms(*BEGUN, form(LEFT_MS + 1, end)) == LEFT


def test_an_end_within_the_bound_after_nine_comes_before_the_call_and_a_step_does_not_count():
    assert forms(*BEGUN, form(NINE_MS + 4_999, "submitted")) == LEFT
    assert forms(*BEGUN, form(NINE_MS + 5_000, "submitted")) == [*LEFT, CALLED]
    assert forms(*BEGUN, form(NINE_MS, "step_completed"))[:3] == [*LEFT, (None, NINE_MS + WAIT_MS, "again_after")]
    assert CALLED in forms(*BEGUN, form(NINE_MS + 1, "step_completed"))


def test_one_step_is_looking_and_steps_of_another_form_do_not_count():
    looking = [(None, WAIT_MS, "condition_false"), (None, SECOND_MS + WAIT_MS, "condition_false")]
    assert forms(form(0, "started"), form(SECOND_MS, "started", "f2")) == looking


def test_nine_is_where_the_customer_lives():
    in_new_york = crm(T0 - 1, "profile_updated", time_zone="America/New_York")
    assert forms(*BEGUN, known=[*KNOWN, in_new_york])[2] == ("offer-call", 2 * HOUR_MS, "sent")


@pytest.mark.parametrize(
    ("after", "zone", "due"),
    [
        ("2025-11-14T07:59:59+00:00", "Europe/Zurich", "2025-11-14T08:00:00+00:00"),
        ("2025-11-14T08:00:00+00:00", "Europe/Zurich", "2025-11-17T08:00:00+00:00"),  # strictly after; over a weekend
        ("2025-10-24T12:00:00+00:00", "Europe/Zurich", "2025-10-27T08:00:00+00:00"),  # the clocks went back on Sunday
        ("2026-03-27T12:00:00+00:00", "Europe/Zurich", "2026-03-30T07:00:00+00:00"),  # and forward
        ("2025-11-16T22:00:00+00:00", "Asia/Kolkata", "2025-11-17T03:30:00+00:00"),
    ],
)
def test_the_next_working_day_at_nine(after, zone, due):
    after_ms, due_ms = (round(datetime.fromisoformat(text).timestamp() * 1000) for text in (after, due))
    assert next_working_day_at_nine(after_ms, zone) == due_ms


# repeated-error


def error(at_ms, severity="blocking"):
    return touch(T0 + at_ms, "error_shown", code="E1", page="/pay", severity=severity)


TEN_MS = 10 * MINUTE_MS
THREE = [error(0), error(SECOND_MS), error(TEN_MS)]
SORRY = [(None, TEN_MS, "entered"), ("tell-operations", TEN_MS, "emitted"), ("sorry", TEN_MS, "sent")]


def errors(*touches, known=KNOWN):
    return verdicts("repeated-error", *touches, known=known)


def test_three_blocking_errors_in_ten_minutes_are_told_to_operations_and_to_the_customer():
    assert errors(*THREE) == SORRY
    assert errors(error(0), error(SECOND_MS), error(TEN_MS + 1)) == []
    assert errors(error(0), error(SECOND_MS), error(TEN_MS, "hint")) == []


def test_one_more_within_half_an_hour_leads_to_a_call_unless_help_was_asked_for():
    last_ms = TEN_MS + 30 * MINUTE_MS
    asked = touch(T0 + TEN_MS + 1, "help_requested", "support")
    assert errors(*THREE, error(last_ms)) == [*SORRY, ("call", last_ms, "sent")]
    assert errors(*THREE, error(last_ms + 1)) == SORRY
    assert errors(*THREE, asked, error(last_ms)) == SORRY


def test_errors_fire_again_after_a_day_and_are_apologized_for_after_a_week():
    def again(day):
        return [error(day * DAY_MS + n * SECOND_MS) for n in (0, 1, 2)]

    entries = [v for v in errors(*THREE, error(TEN_MS + SECOND_MS), *again(0.5), *again(2), *again(8)) if not v[0]]
    assert [(v[1] // DAY_MS, v[2]) for v in entries] == [(0, "entered"), (2, "again_after"), (8, "entered")]


def test_for_one_who_is_suppressed_operations_are_not_told_either():
    assert errors(*THREE, known=[*KNOWN, crm(T0, "customer_suppressed")])[1:] == [
        ("tell-operations", TEN_MS, "suppressed")
    ]


# appointment-reminder

STARTS_MS = 3 * DAY_MS
DAY_BEFORE, HOUR_BEFORE = STARTS_MS - DAY_MS, STARTS_MS - HOUR_MS
LATEST_MS = STARTS_MS + 15 * MINUTE_MS
ENTERED = (None, 0, "entered")
REMIND, SOON, MISSED = (
    ("remind", DAY_BEFORE, "sent"),
    ("remind-soon", HOUR_BEFORE, "sent"),
    ("missed", LATEST_MS, "sent"),
)


def appointment(at_ms, kind, **more):
    return touch(T0 + at_ms, f"appointment_{kind}", appointment_id="a1", **more)


def booked(starts_ms=STARTS_MS, form="video"):
    return appointment(0, "booked", form=form, topic="savings", starts_at=str(T0 + starts_ms))


def calls(*touches, known=KNOWN):
    return verdicts("appointment-reminder", *touches, known=known)


def test_a_video_call_is_reminded_of_twice_and_missed_where_nobody_comes():
    assert calls(booked()) == [ENTERED, REMIND, SOON, MISSED]
    assert calls(booked(form="branch")) == []


def test_who_joins_up_to_a_quarter_of_an_hour_late_came():
    assert calls(booked(), appointment(LATEST_MS, "joined")) == [ENTERED, REMIND, SOON]
    assert calls(booked(), appointment(LATEST_MS + 1, "joined"))[3] == MISSED


@pytest.mark.parametrize(
    ("at_ms", "left"),
    [
        (1, [ENTERED]),
        (DAY_BEFORE + 4_999, [ENTERED]),
        (DAY_BEFORE + 5_000, [ENTERED, REMIND]),
        (HOUR_BEFORE + 1, [ENTERED, REMIND]),
        (STARTS_MS, [ENTERED, REMIND, SOON]),
    ],
)
def test_a_cancellation_ends_it_up_to_the_bound_after_a_reminder_was_due(at_ms, left):
    assert calls(booked(), appointment(at_ms, "cancelled")) == left


def test_booked_at_short_notice_the_first_reminder_or_the_wait_is_left_out():
    in_a_day = calls(booked(DAY_MS))
    assert [v[0] for v in in_a_day] == [None, "remind-soon", "missed"]
    at_once = calls(booked(HOUR_MS))
    assert at_once[1] == ("remind-soon", 0, "sent")
    assert calls(booked(0)) == [(None, 0, "condition_false")]
