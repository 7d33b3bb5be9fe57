"""The world's own record of what customers of the shop are told, worked out by hand."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cjo.demo.ledger import Ledger
from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, Touch

T0 = int(datetime(2025, 11, 13, 12, tzinfo=UTC).timestamp() * 1000)
QUARTER_MS = 15 * MINUTE_MS


def touch(at_ms, kind, channel="web", **fields):
    return Touch(at_ms, "ann", None, channel, kind, fields)


def crm(at_ms, kind, **attributes):
    return touch(at_ms, kind, "crm", attributes=attributes)


KNOWN = [
    crm(T0 - 2, "profile_updated", email="ann@mail.example", push_token="t"),
    crm(T0 - 1, "consent_given", purpose="marketing"),
]


def verdicts(journey, *touches, known=KNOWN):
    """(step, time since T0, reason) of every verdict of one journey."""
    ledger = Ledger([*known, *touches], T0 - DAY_MS)
    return [(v.step, v.at_ms - T0, v.reason) for v in ledger.verdicts if v.journey == journey]


def moments(signal, *touches):
    return [m for m in Ledger(touches, T0 - DAY_MS).moments if m.signal == signal]


CREATED = touch(T0, "account_created")
HELLO = [(None, 0, "entered"), ("hello", 0, "sent")]
IDEAS, HELP = ("ideas", 2 * DAY_MS, "sent"), ("help", 7 * DAY_MS, "sent")


def test_a_newcomer_who_does_nothing_gets_three_messages():
    assert verdicts("welcome", CREATED) == [*HELLO, IDEAS, HELP]


@pytest.mark.parametrize(
    ("after_ms", "sent"),
    [
        (1, HELLO),
        (2 * DAY_MS + 4_999, HELLO),
        (2 * DAY_MS + 5_000, [*HELLO, IDEAS]),
        (8 * DAY_MS, [*HELLO, IDEAS, HELP]),
    ],
)
def test_activity_up_to_the_bound_after_a_message_is_due_stops_it(after_ms, sent):
    assert verdicts("welcome", CREATED, touch(T0 + after_ms, "branch_visited")) == sent


def test_a_second_account_is_refused_as_long_as_the_welcome_lasts_and_after_it():
    during = verdicts("welcome", CREATED, touch(T0 + DAY_MS, "account_created"))
    assert (None, DAY_MS, "already_open") in during
    active = touch(T0 + 1, "order_completed")
    assert verdicts("welcome", CREATED, active, touch(T0 + DAY_MS, "account_created"))[-1] == (
        None,
        DAY_MS,
        "again_never",
    )


def test_suppression_between_two_messages_ends_the_welcome():
    assert verdicts("welcome", CREATED, crm(T0 + 1, "customer_suppressed"))[2:] == [("ideas", 2 * DAY_MS, "suppressed")]


def failed(at_ms, order="o1"):
    return touch(at_ms, "payment_failed", order_id=order, amount=Decimal("89.50"))


def solved(at_ms, kind="payment_succeeded", order="o1"):
    return touch(at_ms, kind, order_id=order)


SILENT = {"reason": "timeout"}
STUCK = [(None, QUARTER_MS, "entered"), ("tell", QUARTER_MS, "sent")]
LAST_MS = QUARTER_MS + 20 * HOUR_MS
LAST_DAY = ("last-day", LAST_MS, "sent")


def test_a_payment_that_stays_failed_is_told_twice_without_any_consent():
    assert verdicts("payment-failed", failed(T0), known=KNOWN[:1]) == [*STUCK, LAST_DAY]


@pytest.mark.parametrize("kind", ["payment_succeeded", "order_cancelled"])
def test_what_is_solved_at_the_deadline_is_solved(kind):
    assert verdicts("payment-failed", failed(T0), solved(T0 + QUARTER_MS, kind)) == []
    assert verdicts("payment-failed", failed(T0), solved(T0 + QUARTER_MS + 1, kind)) == STUCK


def test_attempts_each_within_a_quarter_of_an_hour_are_one_matter():
    [moment] = moments("payment_stuck", failed(T0), failed(T0 + QUARTER_MS), failed(T0 + QUARTER_MS + 1))
    assert (moment.at_ms, moment.times, moment.total) == (T0 + 2 * QUARTER_MS + 1, 3, Decimal("89.50"))
    first, second = moments("payment_stuck", failed(T0), failed(T0 + QUARTER_MS + 1))
    assert (first.times, second.times) == (1, 1)


def test_a_payment_in_between_begins_the_count_anew():
    [moment] = moments("payment_stuck", failed(T0), solved(T0 + 1), failed(T0 + 2))
    assert (moment.at_ms, moment.times) == (T0 + 2 + QUARTER_MS, 1)


def test_failing_again_is_refused_while_a_run_is_open_and_for_a_day():
    again = [failed(T0 + HOUR_MS), failed(T0 + 21 * HOUR_MS), failed(T0 + DAY_MS)]
    entries = [v for v in verdicts("payment-failed", failed(T0), *again) if v[0] is None]
    assert [reason for _, _, reason in entries] == ["entered", "already_open", "again_after", "entered"]


def test_another_order_is_another_matter():
    other = verdicts("payment-failed", failed(T0), solved(T0 + 1, order="o2"), failed(T0, "o3"))
    assert sorted(other, key=lambda v: v[1]) == sorted([*STUCK, LAST_DAY] * 2, key=lambda v: v[1])


def test_an_order_is_given_up_at_its_cancellation_after_two_failures():
    cancelled = solved(T0 + 2 * DAY_MS, "order_cancelled")
    [moment] = moments("payment_given_up", failed(T0 - 1), failed(T0), failed(T0 + 1), cancelled)
    assert (moment.at_ms, moment.total) == (T0 + 2 * DAY_MS, Decimal("89.50"))
    confirmed = [(None, 2 * DAY_MS, "entered"), ("confirm", 2 * DAY_MS, "sent")]
    assert verdicts("payment-given-up", failed(T0), failed(T0 + 1), cancelled) == confirmed
    assert moments("payment_given_up", failed(T0 - 1), failed(T0 + 1), cancelled) == []
    assert moments("payment_given_up", failed(T0), failed(T0 + 1), solved(T0 + 2), cancelled) == []
    assert moments("payment_given_up", failed(T0), failed(T0, "o2"), cancelled) == []


def test_a_service_that_did_not_answer_twice_is_told_to_those_who_run_it():
    first, second = (touch(T0 + n, "payment_failed", order_id="o1", amount=1, attributes=SILENT) for n in (0, 1))
    steps = [step for step, _, _ in verdicts("payment-given-up", first, second, solved(T0 + 2, "order_cancelled"))]
    assert steps == [None, "ours", "confirm"]
    steps = [step for step, _, _ in verdicts("payment-given-up", first, failed(T0), solved(T0 + 2, "order_cancelled"))]
    assert steps == [None, "confirm"]


def ordered(at_ms, amount, order="o1"):
    return touch(at_ms, "order_completed", order_id=order, amount=Decimal(amount))


def test_a_visit_with_orders_of_150_together_is_thanked_half_an_hour_after_its_last_touchpoint():
    half_ms = 30 * MINUTE_MS
    visit = [ordered(T0, 100), ordered(T0 + half_ms, 50, "o2"), touch(T0 + 2 * half_ms, "product_added")]
    [moment] = moments("large_purchase", *visit)
    assert (moment.at_ms, moment.total, moment.times) == (T0 + 3 * half_ms, Decimal(150), 3)
    assert verdicts("large-purchase", *visit) == [(None, 3 * half_ms, "entered"), ("thanks", 3 * half_ms, "sent")]
    assert moments("large_purchase", ordered(T0, 100), ordered(T0 + half_ms + 1, 50, "o2")) == []
    assert moments("large_purchase", ordered(T0, "149.99")) == []


def viewed(at_ms, product, category="furniture"):
    return touch(at_ms, "product_viewed", product_id=product, attributes={"category": category})


COMPARED = [viewed(T0 - 2, "sofa"), viewed(T0 - 1, "table"), viewed(T0, "shelf")]
DUE_MS = 4 * HOUR_MS
SUGGESTED = [(None, 0, "entered"), ("suggest", DUE_MS, "sent")]


def test_three_different_pieces_lead_to_a_suggestion_after_four_hours():
    [moment] = moments("comparing_furniture", *COMPARED)
    assert (moment.at_ms, moment.items, moment.times) == (T0, ("shelf", "sofa", "table"), 3)
    assert verdicts("browse-no-purchase", *COMPARED) == SUGGESTED


def test_the_same_piece_and_other_categories_do_not_count():
    assert moments("comparing_furniture", *COMPARED[:2], viewed(T0, "sofa"), viewed(T0, "pan", "kitchen")) == []


def test_the_window_of_two_days_holds_both_ends():
    assert moments("comparing_furniture", *COMPARED[:2], viewed(T0 - 2 + 2 * DAY_MS, "shelf"))
    assert moments("comparing_furniture", *COMPARED[:2], viewed(T0 - 1 + 2 * DAY_MS, "shelf")) == []


def test_it_fires_again_after_falling_below_and_a_week_and_is_refused_for_two():
    later = [viewed(T0 + 8 * DAY_MS + n, product) for n, product in enumerate(("bed", "desk", "lamp"))]
    assert [m.at_ms - T0 for m in moments("comparing_furniture", *COMPARED, *later)] == [0, 8 * DAY_MS + 2]
    assert verdicts("browse-no-purchase", *COMPARED, *later)[2:] == [(None, 8 * DAY_MS + 2, "again_after")]
    sooner = [viewed(T0 + 5 * DAY_MS + n, product) for n, product in enumerate(("bed", "desk", "lamp"))]
    assert len(moments("comparing_furniture", *COMPARED, *sooner)) == 1


@pytest.mark.parametrize(
    ("kind", "after_ms", "sent"),
    [
        ("product_added", DUE_MS, False),
        ("product_added", DUE_MS + 1, True),
        ("order_completed", DUE_MS + 4_999, False),
        ("order_completed", DUE_MS + 5_000, True),
    ],
)
def test_a_basket_up_to_the_end_of_the_wait_and_an_order_up_to_the_bound_after_it_stop_it(kind, after_ms, sent):
    fields = {"basket_id": "b1", "product_id": "p1", "amount": Decimal(30)} if kind == "product_added" else {}
    assert (verdicts("browse-no-purchase", *COMPARED, touch(T0 + after_ms, kind, **fields)) == SUGGESTED) is sent


def born(day, **more):
    return [crm(T0 - 5, "profile_updated", birth_date=day, email="ann@mail.example", **more), KNOWN[1]]


def wishes(*known):
    last = touch(T0 + 3 * DAY_MS, "page_viewed")
    ledger = Ledger([*known, last], T0 - DAY_MS)
    told = [(v.step, v.at_ms, v.reason) for v in ledger.verdicts if v.journey == "birthday"]
    return [(step, datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()[:16], reason) for step, at_ms, reason in told]


def test_a_birthday_is_at_nine_where_the_customer_is():
    at = "2025-11-15T08:00"
    assert wishes(*born("1990-11-15")) == [(None, at, "entered"), ("congratulate", at, "sent")]
    assert wishes(*born("1990-11-15", time_zone="Asia/Kolkata"))[0][1] == "2025-11-15T03:30"


def test_children_get_no_wish_and_a_date_that_nobody_can_read_is_none():
    assert wishes(*born("2008-11-15")) == [(None, "2025-11-15T08:00", "condition_false")]
    assert wishes(*born("2007-11-15"))[0][2] == "entered"
    assert wishes(*born("15.11.90")) == []


def test_a_date_told_after_nine_on_the_day_waits_for_next_year():
    assert wishes(*born("1990-11-13")) == []


def test_a_birthday_on_29_february_is_on_the_28th_in_other_years():
    start = int(datetime(2026, 2, 25, tzinfo=UTC).timestamp() * 1000)
    known = crm(start, "profile_updated", birth_date="1992-02-29")
    [moment] = [m for m in Ledger([known], start).moments if m.signal == "has_birthday"]
    assert datetime.fromtimestamp(moment.at_ms / 1000, UTC).isoformat()[:16] == "2026-02-28T08:00"
    assert moment.times == 34


def shopping(*at_ms):
    return [touch(T0 + each, "order_completed", "store", order_id=f"o{each}") for each in at_ms]


REGULAR = shopping(0, 0, DAY_MS, DAY_MS, 2 * DAY_MS)


@pytest.mark.parametrize(
    ("after", "asked"),
    [
        ((), [5 * DAY_MS]),
        ((5 * DAY_MS,), [8 * DAY_MS]),
        ((5 * DAY_MS + 1,), [5 * DAY_MS, 8 * DAY_MS + 1]),
        ((14 * DAY_MS + 1,), [5 * DAY_MS]),
    ],
)
def test_a_regular_is_missed_three_days_after_the_last_of_five_touchpoints(after, asked):
    found = moments("regular_gone_quiet", *REGULAR, *shopping(*after))

    assert [moment.at_ms - T0 for moment in found] == asked


def test_a_regular_is_asked_once_in_thirty_days():
    sent = verdicts("regular-gone-quiet", *REGULAR, *shopping(6 * DAY_MS))

    assert sent == [
        (None, 5 * DAY_MS, "entered"),
        ("invite-back", 5 * DAY_MS, "sent"),
        (None, 9 * DAY_MS, "again_after"),
    ]


MIDNIGHT = T0 // DAY_MS * DAY_MS


def bought(day, francs):
    return touch(MIDNIGHT + round(day * DAY_MS), "order_completed", "store", order_id=f"o{day}", amount=Decimal(francs))


@pytest.mark.parametrize(
    ("orders", "halved"),
    [
        ([bought(0.5, 80), bought(1.5, 80)], [(4, 0)]),
        ([bought(0.5, 80), bought(1.5, 80), bought(3.5, 40)], [(4, 50)]),
        ([bought(0.5, 80), bought(1.5, 80), bought(3.5, 41)], [(6, 0)]),
        ([bought(0.5, 80), bought(2, 80)], [(4, 0)]),
        ([bought(0.5, 50), bought(1.5, "49.99")], []),
    ],
)
def test_spending_has_halved_at_the_midnight_at_which_it_shows(orders, halved):
    found = moments("spending_halved", *orders)

    assert [((moment.at_ms - MIDNIGHT) / DAY_MS, moment.times) for moment in found] == halved


def test_a_voucher_comes_at_nine_unless_something_is_bought_before():
    at_nine = MIDNIGHT + 4 * DAY_MS + 8 * HOUR_MS - T0
    orders = [bought(0.5, 80), bought(1.5, 80)]

    assert verdicts("spending-halved", *orders)[-1] == ("voucher", at_nine, "sent")
    assert verdicts("spending-halved", *orders, bought(4.3, 1))[1:] == []
