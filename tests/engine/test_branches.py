"""R5, D1: branch, update and emit."""

import pytest

from cjo.engine import Engine
from cjo.engine.steps.update import kept
from tests.engine.build import (
    AMOUNT,
    HOUR,
    MINUTE,
    absence,
    at,
    branch,
    emit,
    event,
    journey,
    leave,
    lit,
    plan,
    play,
    reachable,
    send,
    tp,
    types,
    update,
    wait,
)  # fmt: skip

TOTAL = ["moment", "total", "decimal"]
TRIES = ["run", "tries", "int"]
ONE_MORE = ("int", ["+", ["coalesce", TRIES, lit(0, "int")], lit(1, "int")])


def dear(then):
    return [">=", TOTAL, lit("100", "decimal")], then


def ended_at(found):
    return [one["step"] for one in found.of("decision") if one["kind"] == "end"]


@pytest.mark.parametrize(
    ("amount", "step", "reason", "case"),
    [
        ("150.00", "vip", "branch_taken", "1"),
        ("50.00", "some", "branch_taken", "2"),
        ("5.00", "last", "branch_else", "else"),
    ],
)
def test_r5_the_first_case_that_holds_is_taken_and_the_decision_says_which_and_why(amount, step, reason, case):
    cases = [dear("vip"), ([">=", TOTAL, lit("20", "decimal")], "some"), ([">=", TOTAL, lit("10", "decimal")], "vip")]
    steps = [branch("which", *cases, otherwise="last"), leave("vip"), leave("some"), leave("last")]

    found = play(plan(absence(), journey(steps=steps)), [tp("product_added", 0, amount=amount)])

    assert ended_at(found) == [step]
    (decision,) = [one for one in found.of("decision") if one["kind"] == "move"]
    assert (decision["reason"], decision["rule"], decision["step"]) == (reason, "R5", "which")
    assert decision["inputs"] == {"moment.total": amount, "case": case, "to": step}


def test_r5_a_condition_over_what_is_not_there_does_not_hold_and_without_else_the_run_goes_on():
    steps = [branch("which", dear("vip")), leave("normal"), leave("vip")]

    found = play(plan(absence(), journey(steps=steps)), [tp("product_added", 0)])

    assert ended_at(found) == ["normal"]
    assert next(one for one in found.of("decision") if one["kind"] == "move")["inputs"]["to"] == "normal"


def test_r5_an_arm_goes_on_with_the_step_after_the_branch():
    steps = [
        branch("which", dear("inner")), wait("after", minutes=1, next=None), wait("inner", minutes=2, next="after"),
    ]  # fmt: skip

    found = play(plan(absence(), journey(steps=steps)), [tp("product_added", 0, amount="100.0000")])

    waits = [one["step"] for one in found.of("decision") if one["reason"] == "waiting"]
    assert waits == ["inner", "after"]


def test_a_branch_may_leave_the_run():
    steps = [branch("which", dear("exit")), send()]

    found = play(plan(absence(), journey(steps=steps)), [*reachable(), tp("product_added", 0, amount="100.0000")])

    assert (found.reasons("end"), found.actions) == (["exit_step"], [])


@pytest.mark.parametrize(("known", "taken"), [(reachable(), "sent"), ([], "no_address")])
def test_r5_a_condition_over_an_earlier_outcome_sees_the_reason_code(known, taken):
    told = ["=", ["outcome", "remind", "string"], lit(taken)]
    steps = [send("remind"), branch("which", (told, "told")), leave("other"), leave("told")]

    found = play(plan(absence(), journey(steps=steps)), [*known, tp("product_added", 0)])

    assert ended_at(found) == ["told"]


def test_an_outcome_is_null_before_the_step_and_kept_only_where_somebody_asks():
    never = ["is_null", ["outcome", "remind", "string"]]
    steps = [
        branch("which", (never, "remind")),
        leave("wrong"),
        send("remind", next="hold"),
        send("other", next="hold"),
        wait("hold"),
    ]

    found = play(plan(absence(), journey(steps=steps)), [*reachable(), tp("product_added", 0)], until_minutes=31)

    (run,) = _runs(found)
    assert run["out"] == {"remind": "sent"}


def _runs(found):
    import orjson

    return list(orjson.loads(found.replay.states["c1"])["runs"].values())


def test_variables_live_in_the_run_survive_waits_and_bound_a_loop():
    again = ["<", TRIES, lit(3, "int")]
    steps = [update("note", tries=ONE_MORE), wait("pause", minutes=10), branch("which", (again, "note")), leave()]

    found = play(plan(absence(), journey(steps=steps)), [tp("product_added", 0)])

    noted = [one["inputs"] for one in found.of("decision") if one["reason"] == "updated"]
    assert noted == [{"run.tries": "1"}, {"run.tries": "2"}, {"run.tries": "3"}]
    assert [one["visit"] for one in found.of("decision") if one["step"] == "pause"] == [1, 1, 2, 2, 3, 3]


def test_each_run_has_variables_of_its_own():
    rows = [tp("product_added", 0), tp("product_added", 5, basket_id="b2")]

    found = play(plan(absence(), journey(steps=[update(tries=ONE_MORE), wait()])), rows)

    assert [one["inputs"] for one in found.of("decision") if one["reason"] == "updated"] == [{"run.tries": "1"}] * 2


def test_expressions_of_one_update_all_see_the_values_from_before_it():
    swap = update("swap", a=("int", ["run", "b", "int"]), b=("int", ["run", "a", "int"]))
    steps = [update("first", a=("int", lit(1, "int")), b=("int", lit(2, "int"))), swap, leave()]

    found = play(plan(absence(), journey(steps=steps)), [tp("product_added", 0)])

    assert [one["inputs"] for one in found.of("decision") if one["reason"] == "updated"][-1] == {
        "run.a": "2",
        "run.b": "1",
    }


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (10**17, "int", 10**17),
        (10**18, "int", None),
        (3, "decimal", "3"),
        (None, "int", None),
        (True, "bool", True),
        ("x", "string", "x"),
    ],
)
def test_a_variable_keeps_its_type_and_a_number_that_grows_without_end_becomes_null(value, kind, expected):
    assert kept(value, kind) == expected


def test_templates_and_with_see_variables_and_one_that_is_not_set_is_null():
    steps = [
        update("note", tier=("string", lit("high"))),
        send(**{"with": {"tier": ["run", "tier", "string"]}}),
        update("later", never=("string", lit("x"))),
    ]
    wanted = plan(absence(), journey(steps=steps))
    wanted["templates"]["hello"]["email"]["en"]["body"] = "{{ tier }} {{ run.tier }} {{ run.never }}"

    found = play(wanted, [*reachable(), tp("product_added", 0)])

    (action,) = found.actions
    assert (action["content"], action["variables"]) == ({"body": "high high None"}, {"tier": "high"})


def test_emit_asks_for_an_action_without_message_address_or_consent():
    steps = [emit(**{"with": {"total": TOTAL}})]

    found = play(plan(absence(), journey(steps=steps)), [tp("product_added", 0, amount="12.5000")])

    (action,) = found.actions
    assert (action["kind"], action["channel"], action["address"], action["template"], action["content"]) == (
        "request", "crm-tasks", None, None, {},
    )  # fmt: skip
    assert (action["variables"], action["expires_at"] - action["decided_at"]) == ({"total": "12.50"}, HOUR)
    (decision,) = [one for one in found.of("decision") if one["kind"] == "emit"]
    assert (decision["outcome"], decision["reason"], decision["action_id"]) == (
        "accepted", "emitted", action["action_id"],
    )  # fmt: skip


def test_d3_each_visit_of_an_emit_has_an_id_of_its_own_and_a_replay_the_same():
    again = ["<", TRIES, lit(2, "int")]
    steps = [emit(), update("note", tries=ONE_MORE), wait("pause", minutes=10), branch("which", (again, "tell-crm"))]
    rows = [tp("product_added", 0)]

    first, second = (play(plan(absence(), journey(steps=steps)), rows) for _ in range(2))

    ids = [action["action_id"] for action in first.actions]
    assert len(set(ids)) == 2
    assert ids == [action["action_id"] for action in second.actions]


def test_d2_nothing_is_begun_for_one_who_is_suppressed():
    rows = [tp("customer_suppressed", -1), tp("product_added", 0)]

    found = play(plan(absence(), journey(steps=[emit(), wait()])), rows)

    assert found.actions == []
    assert found.decisions("emit", "end") == [("emit", "refused", "suppressed"), ("end", "done", "suppressed")]


def test_t4_a_late_exit_takes_an_emit_back():
    late = [tp("product_added", 0), tp("page_viewed", 31), tp("order_completed", 29)]

    found = play(plan(absence(), event(), journey(steps=[emit(), wait()])), late)

    assert [action["kind"] for action in found.actions] == ["request", "cancel"]
    assert {action["channel"] for action in found.actions} == {"crm-tasks"}


def test_d10_an_emit_is_no_send_that_a_goal_counts_from():
    goal = {"name": "purchase", "on": types("order_completed"), "within_ms": 60 * MINUTE, "value": None}
    rows = [tp("product_added", 0), tp("order_completed", 40)]

    found = play(plan(absence(), journey(steps=[emit(), wait()], exit=[], goal=goal)), rows)

    assert found.reasons("goal") == []


def test_the_state_of_a_run_with_variables_and_outcomes_is_forgotten():
    told = ["=", ["outcome", "tell-crm", "string"], lit("emitted")]
    steps = [update(tries=ONE_MORE), emit(), branch("which", (told, "pause")), leave(), wait("pause")]

    found = play(plan(absence(), journey(steps=steps)), [tp("product_added", 0)])

    assert "pause" in [one["step"] for one in found.of("decision")]
    assert found.replay.states == {}
    assert found.of("decision")[0]["decided_at"] == at(30)


def test_f3_an_emit_that_the_workspace_has_no_longer_fails_its_step_and_the_run_goes_on():
    found = play(plan(absence(), journey(steps=[emit(), wait()]), emits={}), [tp("product_added", 0)])

    assert found.decisions("emit", "end") == [("emit", "refused", "emit_removed"), ("end", "done", "completed")]


def test_t4_what_has_no_topic_any_more_can_not_be_taken_back():
    rows = [tp("product_added", 0), tp("page_viewed", 31)]
    spec = journey(steps=[emit(), wait()])
    first = play(plan(absence(), event(), spec), rows, until_minutes=31)
    first.replay.engine = Engine(plan(absence(), event(), spec, emits={}))

    effects = first.replay.take("c1", tp("order_completed", 29))

    assert [record["reason"] for kind, record in effects if kind == "decision" and record["kind"] == "cancel"] == [
        "too_late"
    ]
    assert not [kind for kind, _ in effects if kind == "action"]


def test_a_small_decimal_is_the_same_text_in_records_and_where_it_is_handed_over():
    note = update("note", fee=("decimal", ["*", ["moment", "total", "decimal"], lit("0.0001", "decimal")]))
    fee = {"fee": ["run", "fee", "decimal"]}
    over = {"id": "onwards", "kind": "hand_over", "to": "second", "keeps": False, "with": fee}
    where = [">=", ["moment", "fee", "decimal"], lit("0", "decimal")]
    made = plan(
        event(collect={"total": {"value": AMOUNT}}),
        event("never", on=types("never")),
        journey("first", "seen", exit=[], steps=[note, emit(**{"with": fee}), over]),
        journey("second", "never", exit=[], enter={"where": where}),
    )
    found = play(made, [tp("page_viewed", 0, amount="0.0009")])
    assert [one["variables"] for one in found.actions] == [{"fee": "0.00000009"}]
    assert found.reasons("entry") == ["entered", "entered"]
    assert [one["inputs"] for one in found.of("decision") if one["reason"] == "updated"] == [{"run.fee": "0.00000009"}]
