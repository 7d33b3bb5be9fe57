"""D1 to D3, D5, D6, F3: what is sent, what is not, and why."""

import pytest

from tests.engine.build import DAY, HOUR, absence, at, event, journey, plan, play, reachable, send, tp, types, wait

SEEN = {"on": "seen", "exit": []}
EMAIL = tp("profile_updated", -60, attributes={"email": "a@example.org"})


def consent(kind, minutes, **attributes):
    return tp(f"consent_{kind}", minutes, attributes=attributes)


def sends(rows, **change):
    found = play(plan(event(), journey(**SEEN | change)), [*rows, tp("page_viewed", 0)])
    return found.decisions("send")


def test_d1_every_evaluation_is_one_record_with_reason_and_rule():
    found = play(
        plan(absence(), journey(steps=[send(), wait(), send("second")])), [*reachable(), tp("product_added", 0)]
    )

    decided = [(one["kind"], one["reason"], one["step"]) for one in found.of("decision")]
    assert decided == [
        ("entry", "entered", None), ("send", "sent", "remind"), ("move", "waiting", "pause"),
        ("move", "wait_over", "pause"), ("send", "sent", "second"), ("end", "completed", "second"),
    ]  # fmt: skip
    assert all(one["rule"] for one in found.of("decision"))
    assert len({one["decision_id"] for one in found.of("decision")}) == 6


def test_d1_a_touchpoint_that_matches_nothing_writes_nothing():
    assert play(plan(absence(), journey()), [*reachable(), tp("order_completed", 0)]).effects == []


def test_d2_suppression_comes_before_address_and_consent():
    rows = [tp("customer_suppressed", -5)]

    assert sends(rows) == [("send", "refused", "suppressed")]


def test_d5_a_suppressed_send_ends_the_run_and_others_go_on():
    suppressed = play(
        plan(event(), journey(steps=[send(), wait()], **SEEN)), [tp("customer_suppressed", -5), tp("page_viewed", 0)]
    )
    refused = play(plan(event(), journey(steps=[send(), wait()], **SEEN)), [tp("page_viewed", 0)])

    assert suppressed.decisions("move", "end") == [("end", "done", "suppressed")]
    assert refused.decisions("move")[0] == ("move", "done", "waiting")


def test_d5_the_author_declares_what_a_refused_step_does():
    steps = [send(refused={"no_address": "exit"}), wait()]

    found = play(plan(event(), journey(steps=steps, **SEEN)), [tp("page_viewed", 0)])

    assert found.decisions("move", "end") == [("end", "done", "no_address")]


def test_d6_no_consent_on_record_is_no_consent():
    assert sends([EMAIL]) == [("send", "refused", "no_consent")]


def test_d2_no_address_on_any_channel():
    assert sends([consent("given", -9, purpose="marketing")]) == [("send", "refused", "no_address")]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([consent("given", -9, purpose="marketing")], "sent"),
        ([consent("given", -9, purpose="marketing", channel="email")], "sent"),
        ([consent("given", -9, purpose="marketing", channel="sms")], "no_consent"),
        ([consent("given", -9, purpose="advice")], "no_consent"),
        ([consent("given", -9, purpose="marketing"), consent("withdrawn", -8, purpose="marketing")], "no_consent"),
        ([consent("withdrawn", -8, purpose="marketing"), consent("given", -9, purpose="marketing")], "no_consent"),
        ([consent("given", -9, purpose="marketing"), consent("withdrawn", -9, purpose="marketing")], "no_consent"),
        ([consent("given", -9, purpose="marketing", channel="email"), consent("withdrawn", -8)], "no_consent"),
        ([consent("withdrawn", -9), consent("given", -8, purpose="marketing")], "sent"),
        ([consent("given", -9, purpose="marketing"), consent("withdrawn", -8, channel="sms")], "sent"),
        ([consent("given", -9)], "no_consent"),
        ([consent("given", -9, purpose="marketing"), consent("withdrawn", -9)], "no_consent"),
        ([consent("given", -9, purpose="marketing", channel="email"), consent("withdrawn", -9)], "no_consent"),
    ],
)
def test_d6_the_newest_word_on_purpose_and_channel_counts(words, reason):
    assert sends([EMAIL, *words])[0][2] == reason


def test_d6_a_consent_for_what_nobody_has_declared_is_counted():
    found = play(
        plan(event()),
        [
            consent("given", 0, purpose="marketingg"),
            consent("withdrawn", 1, purpose="marketing", channel="smss"),
            consent("given", 2),
            consent("given", 3, purpose="marketing", channel="sms"),
            consent("withdrawn", 4),
        ],
    )
    assert found.effects == [("count", "consent_undeclared")] * 3


def test_d6_transactional_needs_no_consent_but_never_passes_suppression():
    assert sends([EMAIL], purpose="transactional")[0][2] == "sent"
    assert sends([EMAIL, tp("customer_suppressed", -5)], purpose="transactional")[0][2] == "suppressed"


@pytest.mark.parametrize(
    "words", [("customer_suppressed", "customer_unsuppressed"), ("customer_unsuppressed", "customer_suppressed")]
)
def test_d6_of_two_words_of_one_instant_the_more_restrictive_counts_in_whichever_order_they_come(words):
    rows = [*reachable(), *(tp(word, -5) for word in words)]
    assert sends(rows) == [("send", "refused", "suppressed")]


def test_a_customer_who_is_no_longer_suppressed_is_contacted_again():
    rows = [*reachable(), tp("customer_suppressed", -5), tp("customer_unsuppressed", -4)]

    assert sends(rows)[0][2] == "sent"


def test_the_first_channel_with_address_and_consent_wins_in_the_authors_order():
    steps = [send(channels=("sms", "email"))]

    found = play(plan(event(), journey(steps=steps, **SEEN)), [*reachable(), tp("page_viewed", 0)])

    assert [(one["channel"], one["address"]) for one in found.actions] == [("email", "a@example.org")]
    assert found.of("decision")[1]["inputs"] == {"address.sms": "none"}


def test_r2_a_channel_that_was_removed_from_the_workspace_is_passed_over():
    gone = journey("gone", steps=[send(channels=("fax",))], **SEEN)
    other = journey("other", steps=[send(channels=("fax", "email"))], **SEEN)

    found = play(plan(event(), gone, other), [*reachable(), tp("page_viewed", 0)])

    sends = [one for one in found.of("decision") if one["kind"] == "send"]
    assert sorted((one["journey"], one["reason"]) for one in sends) == [("gone", "no_address"), ("other", "sent")]
    assert {one["inputs"]["address.fax"] for one in sends} == {"channel removed"}
    assert [one["channel"] for one in found.actions] == ["email"]


def test_a_channel_that_knows_the_customer_itself_needs_no_address():
    rows = [consent("given", -9, purpose="marketing"), tp("page_viewed", 0)]

    found = play(plan(event(), journey(steps=[send(channels=("web",))], **SEEN)), rows)

    assert [(one["channel"], one["address"]) for one in found.actions] == [("web", None)]


def test_d2_a_send_after_the_goal_is_refused():
    goal = {"name": "g", "on": types("order_completed"), "within_ms": 10**9, "value": None}
    rows = [*reachable(), tp("product_added", 0), tp("order_completed", 40)]

    found = play(plan(absence(), journey(steps=[send(), wait(), send("second")], exit=[], goal=goal)), rows)

    assert found.reasons("send") == ["sent", "goal_reached"]


def test_d9_an_action_names_its_times_the_steps_own_before_the_channels():
    steps = [send(), send("later", expires_ms=None), send("web", channels=("web",), expires_ms=None)]

    found = play(plan(event(), journey(steps=steps, **SEEN)), [*reachable(), tp("page_viewed", 0)])

    lasting = {one["step"]: one["expires_at"] - one["not_before"] for one in found.actions}
    assert lasting == {"remind": 2 * HOUR, "later": DAY, "web": HOUR}
    assert {one["not_before"] - one["decided_at"] for one in found.actions} == {0}


def test_d3_an_action_has_the_same_id_in_every_replay_and_another_on_a_second_visit():
    steps = [send(), wait(timeout_then="remind")]
    rows = [*reachable(), tp("page_viewed", 0)]
    wanted = plan(event(), journey(steps=steps, run_ms_max=3 * 3_600_000 - 1, **SEEN))

    first, second = (play(wanted, rows) for _ in range(2))

    assert first.effects == second.effects
    assert len({one["action_id"] for one in first.actions}) == len(first.actions) == 3


def test_d3_a_second_legitimate_pass_gives_another_action():
    rows = [*reachable(), tp("page_viewed", 0), tp("page_viewed", 10)]

    found = play(plan(event(), journey(**SEEN)), rows)

    assert len({one["action_id"] for one in found.actions}) == 2


def test_f3_a_template_that_fails_fails_its_step_and_nothing_else():
    wanted = plan(event(), journey("bad", steps=[send(template="bad"), wait()], **SEEN), journey("good", **SEEN))
    wanted["templates"]["bad"] = {"email": {"en": {"body": "{{ nobody.knows }}"}}}

    found = play(wanted, [*reachable(), tp("page_viewed", 0)])

    assert sorted(found.decisions("send")) == [("send", "accepted", "sent"), ("send", "refused", "template_error")]
    assert found.decisions("move")[0] == ("move", "done", "waiting")


def test_f3_a_template_can_not_reach_outside_its_sandbox():
    wanted = plan(event(), journey(**SEEN))
    wanted["templates"]["hello"]["email"]["en"]["body"] = "{{ ''.__class__.__mro__ }}"

    assert play(wanted, [*reachable(), tp("page_viewed", 0)]).reasons("send") == ["template_error"]


def test_content_is_rendered_in_the_customers_locale_with_the_declared_variables():
    wanted = plan(event(), journey(steps=[send(**{"with": {"late": ["moment", "late_ms", "int"]}})], **SEEN))
    wanted["templates"]["hello"]["email"] = {
        "en": {"body": "Hello"}, "de": {"body": "Hallo {{ profile.first_name or 'du' }} {{ late }}"},
    }  # fmt: skip
    rows = [
        *reachable(),
        tp("profile_updated", -1, attributes={"locale": "de-CH", "first_name": "Ada"}),
        tp("page_viewed", 0),
    ]

    action = play(wanted, rows).actions[0]

    assert (action["locale"], action["content"], action["variables"]) == ("de", {"body": "Hallo Ada 0"}, {"late": 0})
    assert action["expires_at"] == at(120)


def test_profile_keeps_the_newest_value_of_each_attribute_by_event_time():
    rows = [
        tp("profile_updated", -5, attributes={"email": "new@example.org", "shoe_size": "44"}),
        tp("profile_updated", -9, attributes={"email": "old@example.org", "first_name": "Ada"}),
        consent("given", -9, purpose="marketing"),
        tp("page_viewed", 0),
    ]

    found = play(plan(event(), journey(**SEEN)), rows)

    assert found.actions[0]["address"] == "new@example.org"
    assert b"shoe_size" not in found.replay.states["c1"]
