"""Subjects beyond the customer: touchpoints of several people in event-time order, and moments handed on to people."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from cjo.engine import Engine
from cjo.engine.room import MEMBERS, QUEUED, TEXT, TOLD
from cjo.simulate.replay import Replay
from tests.engine import controls
from tests.engine.build import (
    DAY,
    HOUR,
    MINUTE,
    Outcome,
    absence,
    at,
    count,
    event,
    journey,
    lit,
    plan,
    reachable,
    sequence,
    step,
    tp,
    types,
    wait,
)

KEY = ["attr", "account_id", "string"]
KIND = {"key": KEY, "contact": ["attr", "contact_id", "string"], "remember_ms": 90 * DAY}
COLUMNS = ["customer_id", "product_id", "basket_id", "amount", "attributes"]


def account_plan(*parts: dict[str, Any], **workspace: Any) -> dict[str, Any]:
    return plan(*parts, **workspace) | {"subjects": {"account": KIND}, "columns": COLUMNS}


def busy(**change: Any) -> dict[str, Any]:
    """Three product_added of an account within an hour."""
    return count("busy", subject="account", **{"collect": {"items": {"each": KEY, "max": 5}}} | change)


def advice(who: str, **change: Any) -> dict[str, Any]:
    enter = {"who": who, "again": {"rule": "after_exit", "after_ms": 0, "per": "customer"}} | change.pop("enter", {})
    return journey("advice", "busy", enter=enter, exit=[], per=None, **change)


def seen(customer: str, minutes: float, account: str = "A17", **fields: Any) -> tuple[str, dict[str, Any]]:
    """(subject, row): a product added by a customer of an account."""
    attributes = {"account_id": account} | fields.pop("attributes", {})
    row = tp("product_added", minutes, customer_id=customer, attributes=attributes, **fields)
    return customer, row


def run(plan_: dict[str, Any], log: list[tuple[str, dict[str, Any]]], until_minutes: float | None = None) -> Outcome:
    replay = Replay(Engine(plan_))
    until_ms = None if until_minutes is None else at(until_minutes)
    return Outcome([effect for _, effect in replay.run(log, until_ms)], replay)


def told(outcome: Outcome) -> list[tuple[str, str]]:
    return [(one["customer_id"], one["attributes"].get("who", "void")) for one in outcome.of("touchpoint")]


def test_s3_several_members_make_one_moment_of_their_account():
    outcome = run(account_plan(busy()), [seen("c1", 0), seen("c2", 1), seen("c1", 2), seen("c9", 3, "A18")])

    (moment,) = outcome.moments
    assert (moment["subject"], moment["at"], moment["late_ms"]) == ("@account:A17", at(2), 0)
    assert moment["values"]["count"] == 3
    assert outcome.of("touchpoint") == []


def test_s3_a_partition_that_is_read_ahead_changes_nothing():
    log = [seen("c1", 0), seen("c2", 1), seen("c1", 2), seen("c2", 90), seen("c1", 91), seen("c2", 92)]
    ordered = run(account_plan(busy(), advice("members")), log)

    replay = Replay(Engine(account_plan(busy(), advice("members"))))
    effects = []
    for who in ("c2", "c1"):  # one whole partition after the other
        for subject, row in log:
            if subject == who:
                effects += replay.take(subject, row)
    effects += [effect for _, more in replay.advance(at(200)) for effect in more]
    read_ahead = Outcome(effects, replay)

    assert len(ordered.moments) == 2
    assert read_ahead.moments == ordered.moments
    assert read_ahead.of("touchpoint") == ordered.of("touchpoint")


def test_t2_a_moment_of_an_account_waits_for_the_watermark_and_not_for_inputs():
    engine = Engine(account_plan(event("seen", on=types("product_added"), subject="account")))
    row = seen("c1", 0)[1]
    done = engine.on_input(None, "@account:A17", row)
    assert (done.effects, done.wake_at_ms) == ([], row["at"])
    later = engine.on_input(done.state, "@account:A17", seen("c2", 600)[1])
    assert (later.effects, later.wake_at_ms) == ([], row["at"])
    due = engine.on_time(later.state, "@account:A17", row["at"])
    assert [record["at"] for kind, record in due.effects if kind == "moment"] == [row["at"]]
    assert due.wake_at_ms == at(600)


def test_an_event_at_the_deadline_wins_over_it_also_in_another_partition():
    """T3: whichever partition it came from."""
    spec = absence(subject="account", per=None, collect={})
    start = seen("c1", 0)
    bought = ("c2", tp("order_completed", 30, customer_id="c2", attributes={"account_id": "A17"}))
    assert run(account_plan(spec), [start, bought]).moments == []
    assert run(account_plan(spec), [bought, start]).moments == []
    assert len(run(account_plan(spec), [start]).moments) == 1


def test_a_signal_of_the_account_hears_what_another_signal_of_the_account_has_made():
    """Composition, in the order of event time: `busy` twice within an hour, in two partitions."""
    again = count("again", subject="account", on=types("signal.busy"), at_least=2, window_ms=HOUR, collect={})
    wanted = account_plan(busy(at_least=2, window_ms=MINUTE), again)
    log = [seen("c1", 0), seen("c2", 0.5), seen("c2", 10), seen("c1", 10.5), seen("c1", 30)]
    moments = [(moment["signal"], moment["subject"], moment["at"]) for moment in run(wanted, log).moments]
    assert moments == [
        ("busy", "@account:A17", at(0.5)), ("busy", "@account:A17", at(10.5)), ("again", "@account:A17", at(10.5))
    ]  # fmt: skip


def test_r1_the_contact_person_enters_and_nobody_else():
    contact = {"contact_id": "c3"}
    people = [(who, row) for who in ("c1", "c2", "c3") for row in reachable()]
    log = [*people, seen("c1", 0, attributes=contact), seen("c2", 1), seen("c1", 2)]
    outcome = run(account_plan(busy(), advice("contact")), log)

    (moment,) = outcome.moments
    (action,) = outcome.actions
    assert told(outcome) == [("c3", "contact")]
    assert (action["customer_id"], action["moment_id"]) == ("c3", moment["moment_id"])
    assert outcome.decisions("entry") == [("entry", "accepted", "entered")]


def test_r1_each_member_enters_with_the_moment_of_the_account():
    people = [(who, row) for who in ("c1", "c2") for row in reachable()]
    outcome = run(account_plan(busy(), advice("members")), [*people, seen("c1", 0), seen("c2", 1), seen("c1", 2)])

    assert told(outcome) == [("c1", "members"), ("c2", "members")]
    assert sorted(action["customer_id"] for action in outcome.actions) == ["c1", "c2"]
    assert {action["moment_id"] for action in outcome.actions} == {outcome.moments[0]["moment_id"]}
    assert len({action["run_id"] for action in outcome.actions}) == 2


def test_the_moment_that_arrives_carries_what_the_accounts_moment_carried_and_how_late_it_comes():
    """T4: it has the time at which it happened."""
    spec = busy(per=["field", "product_id", "string"])
    wanted = account_plan(spec, advice("members", steps=[wait()]))
    outcome = run(wanted, [seen("c1", 0), seen("c1", 1), seen("c1", 2), seen("c1", 3)])
    (moment,) = outcome.moments
    (touchpoint,) = outcome.of("touchpoint")
    state = outcome.replay.engine.on_input(None, "c1", _row(touchpoint))
    (run_,) = state.state["runs"].values()
    assert run_["moment"] == {
        "id": moment["moment_id"], "at": at(2), "key": "p1", "late_ms": 0, "values": moment["values"]
    }  # fmt: skip
    assert run_["moment"]["values"]["items"] == ["A17"] * 3

    late = Replay(Engine(wanted))
    late.take("c1", tp("profile_updated", 10, attributes={"email": "x"}))
    late.take("c1", _row(touchpoint))
    (run_,) = late._load("c1")["runs"].values()
    assert run_["moment"]["late_ms"] == 8 * MINUTE


def test_s5_a_moment_that_reaches_a_customer_twice_counts_once():
    outcome = run(account_plan(busy(), advice("members")), [seen("c1", 0), seen("c1", 1), seen("c1", 2)], 10)
    (touchpoint,) = outcome.of("touchpoint")
    again = outcome.replay.take("c1", _row(touchpoint))
    assert again == [("count", "duplicate")]


def test_t4_a_moment_that_comes_too_late_is_stale():
    spec = account_plan(busy(), advice("members", enter={"fresh_ms": HOUR}))
    touchpoint = run(spec, [seen("c1", 0), seen("c1", 1), seen("c1", 2)]).of("touchpoint")[0]
    replay = Replay(Engine(spec))
    replay.take("c1", tp("profile_updated", 100, attributes={"email": "x"}))
    effects = replay.take("c1", _row(touchpoint))
    assert [record["reason"] for kind, record in effects if kind == "decision"] == ["stale"]
    assert ("count", "late") not in effects


def test_a_touchpoint_counts_for_its_customer_too_and_for_each_subject_kind_it_names():
    kinds = {"account": KIND, "store": {"key": ["attr", "store_id", "string"], "contact": None, "remember_ms": DAY}}
    mine = event("mine", on=types("product_added"))
    ours = event("ours", on=types("product_added"), subject="account")
    shops = event("shops", on=types("product_added"), subject="store")
    wanted = plan(mine, ours, shops) | {"subjects": kinds, "columns": COLUMNS}
    outcome = run(wanted, [seen("c1", 0, attributes={"store_id": "s1"}), seen("c2", 1, account="")])

    found = sorted((moment["signal"], moment["subject"]) for moment in outcome.moments)
    assert found == [("mine", "c1"), ("mine", "c2"), ("ours", "@account:A17"), ("shops", "@store:s1")]


def test_d1_a_moment_without_anybody_to_tell_is_written_down():
    nobody = run(account_plan(busy(), advice("contact")), [seen("c1", 0), seen("c2", 1), seen("c1", 2)])
    assert told(nobody) == []
    assert nobody.decisions() == [("entry", "refused", "no_contact")]
    device = [("device:d", tp("product_added", m, device_id="d", attributes={"account_id": "A17"})) for m in range(3)]
    assert run(account_plan(busy(), advice("members")), device).decisions() == [("entry", "refused", "no_members")]


def test_r9_nobody_is_told_of_a_moment_from_before_the_journeys_were_live():
    log = [seen("c1", 0), seen("c2", 1), seen("c1", 2)]
    outcome = run(account_plan(busy(), advice("members"), live_from_ms=at(3)), log)
    assert len(outcome.moments) == 1
    assert told(outcome) == []
    assert outcome.decisions() == [("entry", "refused", "not_live")]


def test_the_newest_contact_speaks_for_the_account_in_whatever_order_it_was_told():
    log = [
        seen("c1", 1, attributes={"contact_id": "newer"}),
        seen("c2", 0, attributes={"contact_id": "older"}),
        seen("c1", 2),
    ]
    assert told(run(account_plan(busy(), advice("contact")), log)) == [("newer", "contact")]


def test_one_who_is_both_is_told_once_and_enters_both_journeys():
    both = [advice("members"), journey("call", "busy", enter={"who": "contact"}, exit=[], per=None)]
    log = [*(("c1", row) for row in reachable()), seen("c1", 0, attributes={"contact_id": "c1"}), seen("c1", 1)]
    outcome = run(account_plan(busy(), *both), [*log, seen("c2", 2)])
    assert told(outcome) == [("c1", "contact,members"), ("c2", "members")]
    entered = [
        one["journey"] for one in outcome.of("decision") if one["kind"] == "entry" and one["customer_id"] == "c1"
    ]
    assert sorted(entered) == ["advice", "call"]


def test_t4_what_turns_out_never_to_have_been_is_taken_back_from_those_who_were_told():
    spec = absence("busy", subject="account", per=None, collect={})
    people = [("c1", row) for row in reachable()]
    replay = Replay(Engine(account_plan(spec, advice("members"))))
    effects = [effect for _, effect in replay.run([*people, seen("c1", 0)], at(31))]
    assert [record["kind"] for kind, record in effects if kind == "action"] == ["request"]

    late = tp("order_completed", 29, customer_id="c2", attributes={"account_id": "A17"})
    replay.take("c2", late)
    after = [effect for _, more in replay.advance(at(32)) for effect in more]
    assert [record["kind"] for kind, record in after if kind == "action"] == ["cancel"]
    assert [one["attributes"].get("void") for kind, one in after if kind == "touchpoint"] == ["true"]


def test_a_forged_or_foreign_moment_enters_nothing():
    wanted = account_plan(busy(), event("mine", on=types("product_added")), advice("members"))
    engine = Engine(wanted)
    for attributes in ({}, {"signal": "nobody", "moment_id": "m"}, {"signal": "mine", "moment_id": "m", "values": "{}"},
                       {"signal": "busy", "moment_id": "m", "values": "{", "late_ms": "0"}):  # fmt: skip
        row = tp("moment_reached", 0, customer_id="c1", attributes=attributes)
        done = engine.on_input(None, "c1", row)
        assert done.effects == [("count", "moment_unknown")]


def test_f4_a_queue_that_is_full_takes_its_first_early():
    engine, state, counted = Engine(account_plan(event("seen", on=types("product_added"), subject="account"))), None, 0
    for number in range(QUEUED + 5):
        done = engine.on_input(state, "@account:A17", seen("c1", 0.001 * number)[1])
        state = done.state
        counted += done.effects.count(("count", "taken_early"))
    assert counted == 5
    assert len(state["queue"]) == QUEUED


def test_f4_members_are_bounded_and_the_one_seen_longest_ago_goes():
    log = [seen(f"c{number}", number / 1000) for number in range(MEMBERS + 3)]
    outcome = run(account_plan(busy(at_least=MEMBERS + 3), advice("members")), log)
    names = [customer for customer, _ in told(outcome)]
    assert len(names) == MEMBERS
    assert not {"c0", "c1", "c2"} & set(names)
    assert outcome.effects.count(("count", "members_forgotten")) == 3


def test_f4_whom_the_oldest_of_many_moments_was_told_is_forgotten():
    spec = event("busy", on=types("product_added"), subject="account")
    log = [seen("c1", number / 100) for number in range(TOLD + 2)]
    outcome = run(account_plan(spec, advice("members")), log, until_minutes=10)
    assert outcome.effects.count(("count", "told_forgotten")) == 2
    told_of = orjson.loads(outcome.replay.states["@account:A17"])["told"]
    assert list(told_of) == [moment["moment_id"] for moment in outcome.moments[2:]]


def test_people_who_were_not_heard_of_for_long_are_no_members_any_more():
    kind = KIND | {"remember_ms": 3 * DAY}
    wanted = account_plan(busy(at_least=2), advice("members")) | {"subjects": {"account": kind}}
    log = [seen("gone", 0, attributes={"contact_id": "gone"}), seen("c1", 4 * DAY / MINUTE)]
    assert told(run(wanted, [*log, seen("c2", 4 * DAY / MINUTE + 1)])) == [("c1", "members"), ("c2", "members")]


def test_an_account_of_which_nothing_is_left_keeps_no_state():
    outcome = run(account_plan(busy()), [seen("c1", 0), seen("c2", 1)], until_minutes=200 * DAY / MINUTE)
    assert "@account:A17" not in outcome.replay.states
    while_known = run(account_plan(busy()), [seen("c1", 0), seen("c2", 1)], until_minutes=60 * DAY / MINUTE)
    assert "@account:A17" in while_known.replay.states


@pytest.mark.parametrize("subject", ["@sam", "@sam:x", "@"])
def test_a_customer_whose_id_only_looks_like_another_subject_is_a_customer(subject):
    outcome = run(account_plan(event("mine", on=types("product_added"))), [seen(subject, 0)])
    assert [moment["subject"] for moment in outcome.moments] == [subject]


def test_state_of_a_kind_that_is_declared_no_longer_goes_away():
    engine = Engine(account_plan(busy()))
    state = engine.on_input(None, "@account:A17", seen("c1", 0)[1]).state
    without = Engine(plan(event()) | {"columns": COLUMNS})
    done = without.on_time(state, "@account:A17", at(0))
    assert (done.state, done.effects) == (None, [])


def test_s4_who_enters_the_version_before_a_signal_moved_to_customers_enters_nothing_by_it():
    before = event("busy", on=types("page_viewed"), subject="account")
    now = event("busy", on=types("page_viewed"), version="s2", revision=2)
    newer = journey("advice", "busy", version="j2", revision=2, exit=[], per=None)
    records = [controls.publish(10, now), controls.publish(10, newer, share=1)]
    replay = Replay(controls.engine(account_plan(before, advice("contact")), records))
    effects = [one for _, one in replay.run([("c1", tp("page_viewed", 20, customer_id="c1"))], at(30))]
    assert [kind for kind, _ in effects] == ["moment"]


def test_f2_a_moment_whose_values_nobody_can_read_is_counted_and_the_log_goes_on():
    whole = {"signal": "busy", "moment_id": "m", "who": "members", "late_ms": "0", "values": "{}"}
    deep, long = '{"a":' * 2_000 + "1" + "}" * 2_000, f'{{"a": "{"x" * 1_000_000}"}}'
    spoilt = [
        {"values": one} for one in ("[]", "null", "7", '{"a": {}}', '{"a": [1]}', f'{{"a": {1 << 63}}}', deep, long)
    ]
    for change in spoilt:
        row = tp("moment_reached", 0, customer_id="c1", attributes=whole | change)
        outcome = run(account_plan(busy(), advice("members")), [("c1", row), ("c1", tp("moment_reached", 1))])
        assert outcome.effects == [("count", "moment_unknown")] * 2


def test_f4_of_a_moment_texts_are_kept_as_long_as_those_of_touchpoints():
    values = {"text": "x" * (TEXT + 1), "texts": ["y" * (TEXT + 1)], "n": 7, "rate": 0.5, "sure": True, "none": None}
    attributes = {"signal": "busy", "moment_id": "m", "who": "members", "late_ms": "0", "key": "k" * (TEXT + 1)}
    row = tp("moment_reached", 0, customer_id="c1", attributes=attributes | {"values": orjson.dumps(values).decode()})
    outcome = run(account_plan(busy(), advice("members", steps=[wait()])), [("c1", row)], until_minutes=1)
    (kept,) = orjson.loads(outcome.replay.states["c1"])["runs"].values()
    cut = {"text": "x" * TEXT, "texts": ["y" * TEXT]}
    assert (kept["moment"]["values"], kept["moment"]["key"]) == (values | cut, "k" * TEXT)


def _row(touchpoint: dict[str, Any]) -> dict[str, Any]:
    plain = {name: touchpoint[name] for name in ("event_id", "type", "customer_id", "attributes")}
    return plain | {"at": touchpoint["occurred_at"]}


def test_s5_ids_that_differ_after_a_thousand_characters_are_two_of_an_account_too():
    long = "e" * 1_000
    outcome = run(
        account_plan(busy(at_least=2), advice("members")), [seen("c1", 0, event_id=f"{long}{n}") for n in "ab"]
    )
    assert len(outcome.moments) == 1


def test_d3_a_moment_of_an_account_that_is_told_again_is_no_repeat_of_the_first_telling():
    """A sequence that a moment forbids, until that turns out never to have been."""
    silent = absence("silent", subject="account", start=types("page_viewed"), unless=types("calculator_used"),
                     within_ms=10 * MINUTE, per=None, collect={})  # fmt: skip
    steps = [step(["product_added"]), step(["payment_failed"], ["signal.silent"])]
    stuck = sequence("busy", subject="account", steps=steps, collect={})
    wanted = account_plan(silent, stuck, advice("contact"))
    of = {"customer_id": "c1", "attributes": {"account_id": "A17", "contact_id": "c1"}}
    names = [("product_added", 0), ("payment_failed", 30), ("page_viewed", 100), ("page_viewed", 5),
             ("page_viewed", 101), ("calculator_used", 10), ("page_viewed", 102), ("page_viewed", 130)]  # fmt: skip
    outcome = run(wanted, [("c1", tp(name, minutes, **of)) for name, minutes in names], until_minutes=200)

    made = outcome.of("touchpoint")
    assert [one["attributes"].get("void") for one in made] == [None, "true", None]
    assert len({one["event_id"] for one in made}) == 3
    assert "conflict" not in outcome.of("count")


def test_t4_how_late_a_moment_of_an_account_is_to_a_person_is_how_far_their_clock_was_past_it():
    """However late the account itself had heard of it: 85 minutes, and the person was at 400."""
    soon = ["<=", ["moment", "late_ms", "int"], lit(90 * MINUTE, "int")]
    of = {"attributes": {"contact_id": "c1"}}
    log = [seen("c1", minutes, **of) for minutes in (319, 405, 410, 320, 411)]
    person = ("c1", tp("profile_updated", 400, customer_id="c1", attributes={"locale": "en"}))
    wanted = account_plan(busy(at_least=2), advice("contact", enter={"where": soon}))
    outcome = run(wanted, [log[0], person, *log[1:]], until_minutes=2_000)

    late = [one for one in outcome.moments if one["late_ms"] > 60 * MINUTE]
    assert [one["at"] for one in late] == [at(320)]
    refused = [one for one in outcome.of("decision") if one["reason"] == "condition_false"]
    assert refused == []
