"""The world's own record of hesitant-buyer, worked out by hand."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cjo.demo.ledger import Ledger
from cjo.demo.shape import DAY_MS, MINUTE_MS, Touch

T0 = int(datetime(2025, 11, 13, 12, tzinfo=UTC).timestamp() * 1000)
HALF_MS = 30 * MINUTE_MS


def crm(at_ms, kind, **attributes):
    return Touch(at_ms, "ann", None, "crm", kind, {"attributes": attributes})


KNOWN = [crm(T0 - 2, "profile_updated", phone="+41"), crm(T0 - 1, "consent_given", purpose="advice")]


def left(at_ms, basket, amount=20):
    fields = {"basket_id": basket, "product_id": "p", "amount": Decimal(amount)}
    return Touch(T0 + at_ms - HALF_MS, "ann", None, "web", "product_added", fields)


def told(*touches):
    """(moments of both signals, verdicts of the journey), at times since T0."""
    ledger = Ledger([*KNOWN, *touches], T0 - DAY_MS)
    moments = [(m.signal, m.at_ms - T0) for m in ledger.moments if m.signal in ("baskets_left_again", "hesitates")]
    return moments, [(v.step, v.at_ms - T0, v.reason) for v in ledger.verdicts if v.journey == "hesitant-buyer"]


@pytest.mark.parametrize(("gap_ms", "fires"), [(30 * DAY_MS, True), (30 * DAY_MS + 1, False)])
def test_two_baskets_within_a_month_lead_to_a_call(gap_ms, fires):
    moments, verdicts = told(left(HALF_MS, "b1"), left(HALF_MS + gap_ms, "b2"))
    at_ms = HALF_MS + gap_ms
    assert moments == ([("baskets_left_again", at_ms), ("hesitates", at_ms)] if fires else [])
    assert verdicts == ([(None, at_ms, "entered"), ("help", at_ms, "sent")] if fires else [])


def test_a_small_basket_does_not_count_and_one_of_twenty_does():
    assert told(left(HALF_MS, "b1"), left(DAY_MS, "b2", 19)) == ([], [])
    assert told(left(HALF_MS, "b1"), left(DAY_MS, "b2", 20))[0]


def test_falling_below_and_crossing_again_within_a_month_is_no_second_first():
    """Two at the beginning, two when the window has left them behind: 29 days after the first moment, then 31."""
    for days, again in ((29, False), (31, True)):
        later = DAY_MS + days * DAY_MS
        moments, _ = told(left(HALF_MS, "b1"), left(DAY_MS, "b2"), left(later - 1, "b3"), left(later, "b4"))
        assert (("hesitates", later) in moments) is again
