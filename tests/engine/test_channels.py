"""D2: which channel carries a message: in the order preferred, the first that nothing speaks against."""

import pytest

from tests.engine.build import DAY, HOUR, PROFILE, event, journey, plan, play, reachable, send, tp

SEEN = {"on": "seen", "exit": []}
PHONE = tp("profile_updated", -50, attributes={"phone": "+41790000000"})


def made(*channels, **workspace):
    profile = {**PROFILE, "likes": "string"}
    return plan(
        event(),
        journey(steps=[send(channels=channels)], **SEEN),
        profile=profile,
        preferred_channel="likes",
        **workspace,
    )


def likes(what):
    return tp("profile_updated", -40, attributes={"likes": what})


@pytest.mark.parametrize(
    ("said", "channel"),
    [("sms", "sms"), ("web, sms", "web"), ("fax", "email"), ("email", "email"), (" sms ,email", "sms"), ("", "email")],
)
def test_the_customers_own_preference_goes_before_the_authors_order(said, channel):
    found = play(made("email", "sms", "web"), [*reachable(), PHONE, likes(said), tp("page_viewed", 0)])
    assert [one["channel"] for one in found.actions] == [channel]


def test_a_preference_without_address_or_consent_is_passed_over():
    rows = [*reachable(), likes("sms"), tp("page_viewed", 0)]
    found = play(made("email", "sms"), rows)
    (sent,) = [one for one in found.of("decision") if one["kind"] == "send"]
    assert (sent["channel"], sent["inputs"]) == ("email", {"preferred": "sms", "address.sms": "none"})


def test_d4_a_channel_whose_cap_is_full_gives_way_to_the_next():
    texts = {"name": "texts", "at_most": 1, "per": None, "window_ms": DAY, "channels": ["sms"], "purposes": None}
    rows = [*reachable(), PHONE, tp("page_viewed", 0), tp("page_viewed", 10)]
    found = play(made("sms", "email", caps=[texts]), rows)
    assert [one["channel"] for one in found.actions] == ["sms", "email"]
    sent = [one for one in found.of("decision") if one["kind"] == "send"]
    assert [one["inputs"] for one in sent] == [{}, {"passed.sms": "cap_reached"}]


def test_the_refusal_is_that_of_the_channel_which_came_furthest():
    every = {"name": "all", "at_most": 1, "per": None, "window_ms": HOUR, "channels": ["email"], "purposes": None}
    rows = [*reachable(), tp("page_viewed", 0), tp("page_viewed", 10)]
    found = play(made("sms", "email", caps=[every]), rows)
    assert found.reasons("send") == ["sent", "cap_reached"]
    (refused,) = [one for one in found.of("decision") if one["reason"] == "cap_reached"]
    assert refused["channel"] == "email"


def test_a_refusal_says_what_was_looked_at_for_its_own_channel():
    about = {"per": None, "window_ms": DAY, "purposes": None}
    caps = [
        {"name": "texts", "at_most": 1, "channels": ["sms"], **about},
        {"name": "mails", "at_most": 1, "channels": ["email"], **about},
    ]
    rows = [*reachable(), PHONE, *(tp("page_viewed", 10 * number) for number in range(3))]
    found = play(made("sms", "email", caps=caps), rows)
    (refused,) = [one for one in found.of("decision") if one["reason"] == "cap_reached"]
    assert (refused["channel"], refused["inputs"]["cap"]) == ("sms", "texts")
    assert found.of("decision")[5]["inputs"] == {}  # the e-mail that went says nothing of the cap on texts


RECIPIENTS = {"customers": ["c2"], "addresses": ["*@test.example.org", "+4179*"]}


@pytest.mark.parametrize(
    ("subject", "address", "reasons"),
    [
        ("c1", "a@example.org", ["not_a_test_recipient"]),
        ("c1", "QA@Test.example.org", ["sent"]),
        ("c2", "a@example.org", ["sent"]),
    ],
)
def test_a_workspace_in_test_sends_to_its_test_recipients_alone(subject, address, reasons):
    found = play(
        made("email", test_recipients=RECIPIENTS), [*reachable(email=address), tp("page_viewed", 0)], subject=subject
    )
    assert found.reasons("send") == reasons
    assert {one["mode"] for kind, one in found.effects if kind != "moment" and kind != "count"} == {"test"}


def test_in_test_another_channel_whose_address_is_listed_carries_it():
    rows = [*reachable(), PHONE, tp("page_viewed", 0)]
    found = play(made("email", "sms", test_recipients=RECIPIENTS), rows)
    assert [one["channel"] for one in found.actions] == ["sms"]


def test_in_test_a_transactional_message_goes_to_nobody_else_either():
    one = journey(purpose="transactional", **SEEN)
    found = play(plan(event(), one, test_recipients=RECIPIENTS), [*reachable(), tp("page_viewed", 0)])
    assert found.reasons("send") == ["not_a_test_recipient"]
