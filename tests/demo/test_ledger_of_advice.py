"""The world's own record of mortgage-advice, on cases small enough to work out by hand."""

from __future__ import annotations

from cjo.demo.ledger import Ledger
from cjo.demo.ledger.mortgage_advice import LIKELY
from cjo.demo.shape import DAY_MS, MINUTE_MS, Touch
from tests.demo.test_ledger import KNOWN, T0, mortgage

LOOK = [mortgage(T0 + n * MINUTE_MS) for n in range(4)]
LOOK += [mortgage(T0 + n * MINUTE_MS, "calculator_used") for n in (4, 5)]
LIKELY_MS = T0 + 6 * MINUTE_MS
LOOK += [mortgage(LIKELY_MS)]
"""The fifth page, after two calculations: from 0.445 to 0.502."""


def verdicts(*touches, known=KNOWN):
    ledger = Ledger([*known, *LOOK, *touches], T0 - DAY_MS)
    mine = [v for v in ledger.verdicts if v.journey == "mortgage-advice"]
    assert [m.at_ms for m in ledger.moments if m.signal == LIKELY][:1] == [LIKELY_MS]
    return [(v.step, v.at_ms - LIKELY_MS, v.reason, v.channel) for v in mine]


def booked(at_ms, topic="mortgage"):
    return Touch(at_ms, "ann", None, "web", "appointment_booked", {"attributes": {"topic": topic, "form": "branch"}})


ENTERED, OFFERED = (None, 0, "entered", None), ("offer", 0, "sent", "email")
CALLED = ("call", 3 * DAY_MS, "sent", "call")


def test_who_is_likely_is_offered_advice_and_called_three_days_later():
    assert verdicts() == [ENTERED, OFFERED, CALLED]


def test_an_appointment_about_a_mortgage_ends_it_up_to_the_bound_after_the_three_days():
    assert verdicts(booked(LIKELY_MS + DAY_MS)) == [ENTERED, OFFERED]
    assert verdicts(booked(LIKELY_MS + 3 * DAY_MS + 4_999)) == [ENTERED, OFFERED]
    assert verdicts(booked(LIKELY_MS + 3 * DAY_MS + 5_000)) == [ENTERED, OFFERED, CALLED]
    assert verdicts(booked(LIKELY_MS + DAY_MS, topic="pension")) == [ENTERED, OFFERED, CALLED]


def test_an_application_ends_it():
    assert verdicts(mortgage(LIKELY_MS + DAY_MS, "mortgage_applied")) == [ENTERED, OFFERED]


def test_who_has_not_agreed_is_neither_offered_nor_called():
    assert [v[2] for v in verdicts(known=KNOWN[:2])] == ["entered", "no_consent", "no_consent"]


def test_a_second_look_within_a_month_is_no_second_moment():
    again = [touch._replace(at_ms=touch.at_ms + 20 * DAY_MS) for touch in [*LOOK, *LOOK[:3]]]

    assert verdicts(*again) == [ENTERED, OFFERED, CALLED]
