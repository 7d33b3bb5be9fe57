"""The world's own record, on cases small enough to work out by hand."""

from decimal import Decimal

import pytest

from cjo.demo.ledger import Ledger
from cjo.demo.shape import DAY_MS, MINUTE_MS, Touch

T0 = 1_763_000_000_000
WAIT_MS = 30 * MINUTE_MS


def crm(at_ms, kind, **attributes):
    return Touch(at_ms, "ann", None, "crm", kind, {"attributes": attributes})


KNOWN = [
    crm(T0 - 3, "profile_updated", email="ann@mail.example", phone="+41"),
    crm(T0 - 2, "consent_given", purpose="marketing"),
    crm(T0 - 1, "consent_given", purpose="advice"),
]


def add(at_ms, product="p1", amount="30", basket="b1"):
    fields = {"basket_id": basket, "product_id": product, "amount": Decimal(amount)}
    return Touch(at_ms, "ann", None, "web", "product_added", fields)


def basket_event(kind, at_ms, basket="b1", product=None):
    return Touch(at_ms, "ann", None, "web", kind, {"basket_id": basket, "product_id": product})


def mortgage(at_ms, kind="page_viewed", topic="mortgage"):
    return Touch(at_ms, "ann", None, "web", kind, {"attributes": {"topic": topic}})


def verdicts(*touches, known=KNOWN):
    """(step, time since T0, reason, channel) of every verdict but those of hesitant-buyer, which has its own tests."""
    ledger = Ledger([*known, *touches], T0 - DAY_MS)
    found = [v for v in ledger.verdicts if v.journey != "hesitant-buyer"]
    return [(v.step, v.at_ms - T0, v.reason, v.channel) for v in found]


def moments(*touches):
    return Ledger(touches, T0).moments


ENTERED = (None, WAIT_MS, "entered", None)
REMINDED = ("remind", WAIT_MS, "sent", "email")
REMINDED_AGAIN = ("remind-again", WAIT_MS + DAY_MS, "sent", "email")


def test_an_abandoned_basket_is_reminded_after_30_minutes_and_again_after_a_day():
    assert verdicts(add(T0)) == [ENTERED, REMINDED, REMINDED_AGAIN]


@pytest.mark.parametrize("kind", ["order_completed", "basket_emptied"])
def test_an_end_exactly_at_the_deadline_is_inside(kind):
    assert verdicts(add(T0), basket_event(kind, T0 + WAIT_MS)) == []


def test_an_order_one_millisecond_after_the_deadline_is_too_late_for_the_first_reminder_only():
    assert verdicts(add(T0), basket_event("order_completed", T0 + WAIT_MS + 1)) == [ENTERED, REMINDED]


def test_an_exit_within_the_bound_after_the_pause_comes_before_its_wake_up_and_an_addition_does_not_count():
    pause_over_ms = T0 + WAIT_MS + DAY_MS
    assert verdicts(add(T0), basket_event("basket_emptied", pause_over_ms + 4_999)) == [ENTERED, REMINDED]
    assert verdicts(add(T0), basket_event("basket_emptied", pause_over_ms + 5_000))[2] == REMINDED_AGAIN
    assert REMINDED_AGAIN in verdicts(add(T0), add(pause_over_ms + 1))


def test_an_order_of_another_basket_ends_nothing():
    order = basket_event("order_completed", T0 + 1, basket="b2")
    assert verdicts(add(T0), order) == [ENTERED, REMINDED, REMINDED_AGAIN]


def test_another_addition_within_the_wait_restarts_it():
    [moment] = moments(add(T0), add(T0 + WAIT_MS, "p2", "5"))
    assert (moment.at_ms, moment.total, moment.items) == (T0 + 2 * WAIT_MS, Decimal(35), ("p1", "p2"))


def test_an_addition_after_the_reminder_ends_the_pause_and_is_abandoned_again_too_soon():
    later_ms = T0 + WAIT_MS + 1
    again = (None, later_ms - T0 + WAIT_MS, "again_after", None)
    assert verdicts(add(T0), add(later_ms)) == [ENTERED, REMINDED, again]


def test_a_removed_product_leaves_the_items_and_the_total():
    [moment] = moments(add(T0), add(T0 + 1, "p2", "7"), basket_event("product_removed", T0 + 2, product="p1"))
    assert (moment.items, moment.total) == (("p2",), Decimal(7))


def test_of_two_of_the_same_product_a_removal_takes_one():
    [moment] = moments(add(T0), add(T0 + 1, amount="29"), basket_event("product_removed", T0 + 2, product="p1"))
    assert (moment.items, moment.total) == (("p1",), Decimal(30))


def test_a_refilled_basket_holds_what_came_after_the_emptying():
    [moment] = moments(add(T0), basket_event("basket_emptied", T0 + 5), add(T0 + 9, "p2", "7"))
    assert (moment.at_ms, moment.items, moment.total) == (T0 + 9 + WAIT_MS, ("p2",), Decimal(7))


def test_a_basket_taken_up_again_after_its_deadline_tells_of_the_new_products_only():
    first, second = moments(add(T0), add(T0 + WAIT_MS + 1, "p2", "7"))
    assert (first.items, second.items, second.total) == (("p1",), ("p2",), Decimal(7))


def test_a_total_of_exactly_20_is_enough_and_19_99_is_not():
    assert verdicts(add(T0, amount="19.99")) == [(None, WAIT_MS, "condition_false", None)]
    assert verdicts(add(T0, amount="20"))[0] == ENTERED


def test_a_refused_condition_is_no_entry_so_the_next_basket_is_reminded():
    reasons = [v[2] for v in verdicts(add(T0, amount="5"), add(T0 + 1, basket="b2"))]
    assert reasons == ["condition_false", "entered", "sent", "sent"]


def test_a_second_basket_within_7_days_is_refused_and_at_7_days_it_is_not():
    second = [add(T0 + 7 * DAY_MS - 1, basket="b2"), add(T0 + 14 * DAY_MS - 1, basket="b3")]
    entries = [v[2] for v in verdicts(add(T0), *second) if v[0] is None]
    assert entries == ["entered", "again_after", "entered"]
    assert [v[2] for v in verdicts(add(T0), add(T0 + 7 * DAY_MS, basket="b2")) if v[0] is None] == ["entered"] * 2


def test_before_journeys_are_live_an_entry_is_refused():
    ledger = Ledger([*KNOWN, add(T0)], T0 + WAIT_MS + 1)
    assert [v.reason for v in ledger.verdicts] == ["not_live"]


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ([], "no_address"),
        (KNOWN[:1], "no_consent"),
        ([*KNOWN, crm(T0, "consent_withdrawn", purpose="marketing")], "no_consent"),
        ([*KNOWN, crm(T0, "customer_suppressed")], "suppressed"),
    ],
)
def test_a_reminder_that_must_not_be_sent_says_why(known, reason):
    assert verdicts(add(T0 + 1), known=known)[1][2] == reason


def test_a_consent_withdrawn_for_one_channel_leaves_the_others():
    withdrawn = crm(T0, "consent_withdrawn", purpose="marketing", channel="email")
    assert verdicts(add(T0), known=[*KNOWN, withdrawn])[1] == ("remind", WAIT_MS, "sent", "sms")


def test_a_withdrawal_of_everything_takes_back_a_consent_for_one_channel():
    known = [KNOWN[0], crm(T0 - 2, "consent_given", purpose="marketing", channel="email")]
    assert verdicts(add(T0), known=known)[1][2] == "sent"
    withdrawn = crm(T0 - 1, "consent_withdrawn", purpose="marketing")
    assert verdicts(add(T0), known=[*known, withdrawn])[1][2] == "no_consent"


def test_the_state_at_the_time_of_the_reminder_counts():
    given_later = [KNOWN[0], crm(T0 + WAIT_MS + 1, "consent_given", purpose="marketing")]
    assert [v[2] for v in verdicts(add(T0), known=given_later)] == ["entered", "no_consent", "sent"]


def test_ten_points_within_seven_days_both_ends_included_are_engagement():
    calculators = [mortgage(T0 + n, "calculator_used") for n in range(3)]
    [moment] = moments(*calculators, mortgage(T0 + 7 * DAY_MS))
    assert moment.at_ms == T0 + 7 * DAY_MS
    assert moments(*calculators, mortgage(T0 + 7 * DAY_MS + 1)) == []


def test_engagement_fires_once_and_other_topics_do_not_count():
    visits = [mortgage(T0 + n, "branch_visited") for n in range(5)]
    assert [m.at_ms for m in moments(*visits, mortgage(T0 - 1, "branch_visited", "account"))] == [T0 + 1]


def test_engagement_fires_again_after_falling_below_and_30_days():
    visits = [mortgage(T0 + day * DAY_MS, "branch_visited") for day in (0, 1, 10, 11, 30, 32, 33)]
    assert [(m.at_ms - T0) // DAY_MS for m in moments(*visits)] == [1, 32]


def test_the_calculator_after_the_invitation_leads_to_a_call():
    visits = [mortgage(T0, "branch_visited"), mortgage(T0 + 1, "branch_visited"), mortgage(T0 + 2, "calculator_used")]
    assert verdicts(*visits) == [
        (None, 1, "entered", None),
        ("invite", 1, "sent", "email"),
        ("call", 2, "sent", "call"),
    ]


@pytest.mark.parametrize("kind", ["branch_visited", "mortgage_applied"])
def test_a_visit_or_an_application_before_the_calculator_ends_it_without_a_call(kind):
    visits = [mortgage(T0, "branch_visited"), mortgage(T0 + 1, "branch_visited")]
    after = [mortgage(T0 + 2, kind, "account"), mortgage(T0 + 3, "calculator_used")]
    assert [v[0] for v in verdicts(*visits, *after)] == [None, "invite"]
