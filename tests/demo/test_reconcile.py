"""Reconciliation: what is equal passes, and each kind of difference is told with an example."""

from decimal import Decimal

import pytest

from cjo.demo.ledger import Ledger
from cjo.demo.reconcile import Output, reconcile
from cjo.demo.shape import Touch

T0 = 1_763_000_000_000
DUE = T0 + 1_800_000
STORY = [
    Touch(T0 - 2, "ann", None, "crm", "profile_updated", {"attributes": {"email": "ann@mail.example"}}),
    Touch(T0 - 1, "ann", None, "crm", "consent_given", {"attributes": {"purpose": "marketing"}}),
    Touch(T0, "ann", None, "web", "product_added", {"basket_id": "b1", "product_id": "p1", "amount": Decimal(30)}),
]


def moment(**change):
    values = {"total": "30.00", "items": ["p1"]}
    return {
        "moment_id": "m1", "signal": "basket_abandoned", "subject": "ann", "key": "b1", "at": DUE, "values": values,
    } | change  # fmt: skip


def decision(**change):
    return {
        "decision_id": "d1", "customer_id": "ann", "journey": "win-back-basket", "run_key": "b1", "kind": "entry",
        "outcome": "accepted", "reason": "entered", "step": None, "decided_at": DUE, "action_id": None, "channel": None,
        "moment_id": "m1",
    } | change  # fmt: skip


SENT = {"decision_id": "d2", "kind": "send", "reason": "sent", "step": "remind", "action_id": "a1", "channel": "email"}
ACTION = {"action_id": "a1", "kind": "request", "channel": "email", "decided_at": DUE, "customer_id": "ann"}


def output(**change):
    whole = {"moments": [moment()], "decisions": [decision(), decision(**SENT)], "actions": [ACTION]}
    return Output(**(whole | change))


def wrong(output, bad_kinds=None, until_ms=DUE):
    lines = reconcile(Ledger(STORY, T0), output, bad_kinds or {}, until_ms)
    return [line.name for line in lines if not line.ok]


def test_what_is_equal_passes():
    assert wrong(output()) == []


def test_what_is_due_later_is_pending_on_both_sides():
    assert wrong(Output(), until_ms=DUE - 1) == []
    assert wrong(output(), until_ms=DUE - 1) == []


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"moments": []}, ["moments: basket_abandoned", "moments answered once"]),
        ({"moments": [moment(values={"total": "31.00", "items": ["p1"]})]}, ["moments: basket_abandoned"]),
        (
            {"moments": [moment(), moment()]},
            ["moments: basket_abandoned", "moments answered once", "moments written once"],
        ),
        ({"actions": []}, ["actions for decisions to send"]),
        ({"actions": [ACTION, ACTION]}, ["actions for decisions to send", "actions written once"]),
        ({"actions": [ACTION | {"decided_at": DUE - 1}]}, ["actions for decisions to send"]),
        ({"decisions": [decision(decided_at=DUE - 1), decision(**SENT)]}, ["win-back-basket: entries"]),
        ({"decisions": [decision()], "actions": []}, ["win-back-basket: remind", "moments answered once"]),
        (
            {"decisions": [decision(), decision(**SENT, outcome="refused") | {"reason": "no_consent"}], "actions": []},
            ["win-back-basket: remind"],
        ),
    ],
)
def test_a_difference_is_found_where_it_is(change, names):
    assert wrong(output(**change)) == names


def test_an_example_says_what_was_expected_and_what_was_found():
    late = output(decisions=[decision(), decision(**SENT, decided_at=DUE - 1)])
    [line] = [one for one in reconcile(Ledger(STORY, T0), late, {}, DUE) if one.name == "win-back-basket: remind"]
    assert "expected and not found" in line.wrong[0]
    assert "at_ms 2025-11-13T02:43:20.000+00:00" in line.wrong[0]
    assert "found and not expected" in line.wrong[1]


def test_dead_letters_are_counted_by_kind():
    found = output(deadletters=[{"kind": "tombstone"}, {"kind": "undecodable"}])
    assert wrong(found, {"tombstone": 1, "undecodable": 1}) == []
    assert wrong(found, {"tombstone": 2}) == ["dead letters: tombstone", "dead letters: undecodable"]
