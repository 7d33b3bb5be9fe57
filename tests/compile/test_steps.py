"""Steps as authors write them: ways inside steps, variables and their types, earlier outcomes, times to wait until."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cjo.compile import compile_workspace
from cjo.spec.problems import SpecErrors
from cjo.topics import action_topics, topics_for
from jobs._sides import output_pattern
from tests.spec import workspaces

HEAD = """
signals:
  added: {kind: event, on: product_added, collect: {price: amount, kind: category}}
  booked: {kind: event, on: meeting_booked, collect: {starts_at: starts_at}}
---
journey: tried
owner: shop
purpose: marketing
enter: {on: added, again: after exit}
steps:
"""
TYPES = ("profile:", "  meeting_booked: {attributes: {starts_at: timestamp}}\nprofile:")
EMITS = ("channels:", "emits: {crm-tasks: {expires: 7 days}, other: {topic: crm.other}}\nchannels:")


def compiled(folder: Path, steps: str, head: str = HEAD) -> dict[str, Any]:
    files = workspaces.write(folder, journey=head + steps, tracking=TYPES, workspace=EMITS)
    return compile_workspace(files)


def steps_of(folder: Path, steps: str, head: str = HEAD) -> dict[str, dict[str, Any]]:
    return {step["id"]: step for step in compiled(folder, steps, head)["journeys"][0]["steps"]}


def problems_of(folder: Path, steps: str, head: str = HEAD) -> list[tuple[str, str, str]]:
    """(code, message, hint) of each problem."""
    with pytest.raises(SpecErrors) as raised:
        compiled(folder, steps, head)
    return [(one.code, one.message, one.hint) for one in raised.value.problems]


NESTED = """
  - which:
      branch:
        - when: moment.price > 100
          steps:
            - a: {wait: 1 hour}
            - inner:
                branch: [{when: moment.price > 500, steps: [{b: {wait: 1 hour}}]}]
                else: {steps: [{c: {exit: no}}]}
            - d: {wait: 1 hour}
  - e: {exit: over}
"""


def test_steps_of_ways_are_in_the_same_list_and_lead_on_to_what_follows_their_step(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, NESTED)

    assert list(steps) == ["which", "a", "inner", "b", "c", "d", "e"]
    assert {name: step["next"] for name, step in steps.items()} == {
        "which": "e", "a": "inner", "inner": "d", "b": "d", "c": None, "d": "e", "e": None,
    }  # fmt: skip
    assert steps["which"]["cases"][0]["then"] == "a"
    assert (steps["inner"]["cases"][0]["then"], steps["inner"]["else_then"]) == ("b", "c")


def test_a_then_may_name_a_step_inside_another(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, NESTED.replace("{exit: over}", "{wait: 1 day, timeout: b}"))

    assert steps["e"]["timeout_then"] == "b"


def test_r6_a_loop_without_a_wait_is_refused_through_branches_and_arms_too(tmp_path: Path) -> None:
    loop = """
  - a: {update: {n: 1}}
  - b: {branch: [{when: run.n > 1, steps: [{c: {experiment: {x: {share: 1, then: a}, y: {share: 1}}}}]}]}
"""
    found = problems_of(tmp_path, loop)

    assert [(code, message) for code, message, _ in found] == [
        ("CJO-E041", f"step '{name}' leads back to itself without a wait") for name in ("a", "b", "c")
    ]


@pytest.mark.parametrize(
    ("wait", "allowed"),
    [
        ("1 minute", True),
        ("until 09:00", True),
        ("until friday 09:00", True),
        ("until moment.at + 1 hour", False),
        ("0 s", False),
    ],
)
def test_r6_only_a_wait_that_always_moves_time_on_makes_a_loop_right(tmp_path: Path, wait: str, allowed: bool) -> None:
    loop = f"\n  - a: {{wait: {wait}}}\n  - b: {{branch: [{{when: moment.price > 1, then: a}}]}}\n"
    if allowed:
        assert compiled(tmp_path, loop)
    else:
        assert {code for code, _, _ in problems_of(tmp_path, loop)} == {"CJO-E041"}


def test_a_step_after_ways_that_all_lead_elsewhere_cannot_be_reached(tmp_path: Path) -> None:
    steps = """
  - a: {branch: [{when: moment.price > 1, then: c}], else: exit}
  - b: {wait: 1 day}
  - c: {exit: over}
"""
    found = problems_of(tmp_path, steps)

    assert [(code, message) for code, message, _ in found] == [("CJO-E042", "no path leads to step 'b'")]


def test_names_of_steps_are_unique_over_all_ways(tmp_path: Path) -> None:
    steps = "\n  - a: {branch: [{when: moment.price > 1, steps: [{b: {exit: x}}]}]}\n  - b: {exit: over}\n"
    found = problems_of(tmp_path, steps)

    assert [code for code, _, _ in found] == ["CJO-E020"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("coalesce(run.v, 0) + 1", "int"),
        ("coalesce(run.v, 0) + moment.price", "decimal"),
        ("'high'", "string"),
        ("moment.price > 5", "bool"),
        ("moment.at", "timestamp"),
        ("upper(moment.kind)", "string"),
        ("3", "int"),
        ("2.5", "decimal"),
    ],
)
def test_the_type_of_a_variable_follows_from_its_expression(tmp_path: Path, text: str, expected: str) -> None:
    found = steps_of(tmp_path, f'\n  - a: {{update: {{v: "{text}"}}}}\n')["a"]["set"]["v"]

    assert found["type"] == expected


def test_numbers_and_flags_need_no_quotes(tmp_path: Path) -> None:
    found = steps_of(tmp_path, "\n  - a: {update: {n: 0, d: 1.5, b: true}}\n")["a"]["set"]

    assert {name: one["value"] for name, one in found.items()} == {
        "n": ["lit", 0, "int"], "d": ["lit", "1.5", "decimal"], "b": ["lit", True, "bool"],
    }  # fmt: skip


def test_a_variable_is_a_decimal_where_any_step_sets_it_to_one(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, "\n  - a: {update: {v: 1}}\n  - b: {update: {v: run.v + 0.5}}\n")

    assert [steps[name]["set"]["v"]["type"] for name in ("a", "b")] == ["decimal", "decimal"]
    assert steps["b"]["set"]["v"]["value"][1] == ["run", "v", "decimal"]


@pytest.mark.parametrize(
    ("steps", "code", "said"),
    [
        ("a: {update: {v: 1}}\n  - b: {update: {v: \"'x'\"}}", "CJO-E033", "run.v is set to string"),
        ("a: {update: {v: run.v + 1}}", "CJO-E033", "the type of run.v can't be told"),
        ("a: {update: {v: run.w}}", "CJO-E032", "unknown name 'run.w'"),
        ("a: {update: {v: 1}}\n  - b: {branch: [{when: run.v = 'x', then: exit}]}", "CJO-E033", "compares int with"),
        ("a: {branch: [{when: outcome.b = 'sent', then: exit}]}", "CJO-E032", "unknown name 'outcome.b'"),
        ("a: {branch: [{when: profile.aeg > 1, then: exit}]}", "CJO-E032", "unknown name 'profile.aeg'"),
        ("a: {branch: [{when: moment.price > 1, then: x, steps: [{b: {exit: y}}]}]}", "CJO-E017", "not both"),
        ("a: {experiment: {x: {share: 0}, y: {share: 0}}}", "CJO-E013", "a share above 0"),
        ("a: {experiment: {x: {share: 1}}}", "CJO-E013", "at least"),
        ("a: {wait: until mondy 09:00}", "CJO-E018", "did you mean 'monday'"),
        ("a: {wait: until 25:00}", "CJO-E018", "no time of day"),
        ("a: {wait: until soon}", "CJO-E018", "neither a local time nor"),
        ("a: {wait: until moment.at - 2 moons}", "CJO-E018", "unknown unit"),
        ("a: {wait: until moment.price - 2 hours}", "CJO-E033", "not a point in time"),
        ("a: {wait: until moment.starts_at}", "CJO-E032", "unknown name 'moment.starts_at'"),
        ("a: {emit: crm-task}", "CJO-E028", "unknown emit 'crm-task'"),
    ],
)
def test_what_is_wrong_with_a_step(tmp_path: Path, steps: str, code: str, said: str) -> None:
    found = problems_of(tmp_path, f"\n  - {steps}\n")

    assert any(one == code and said in message for one, message, _ in found), found


def test_the_id_of_a_step_with_a_dash_is_one_name_in_a_condition(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, """
  - tell-crm: {emit: crm-tasks}
  - which: {branch: [{when: "outcome.tell-crm = 'emitted' AND 3 - 2 > 0", then: exit}]}
""")  # fmt: skip

    told = ["=", ["outcome", "tell-crm", "string"], ["lit", "emitted", "string"]]
    assert steps["which"]["cases"][0]["when"][1] == told


def test_a_wait_until_a_time_of_the_moment(tmp_path: Path) -> None:
    head = HEAD.replace("on: added,", "on: booked,")
    steps = "\n  - a: {wait: until moment.starts_at - 1 day 2 hours}\n  - b: {wait: until moment.starts_at}\n"
    waits = steps_of(tmp_path, steps, head)

    of = ["moment", "starts_at", "timestamp"]
    assert [waits[name]["time"] for name in ("a", "b")] == [{"of": of, "add_ms": -93_600_000}, {"of": of, "add_ms": 0}]


def test_conditions_of_an_entry_know_no_run(tmp_path: Path) -> None:
    head = HEAD.replace("{on: added,", "{on: added, where: run.v > 1,")

    found = problems_of(tmp_path, "\n  - a: {update: {v: 1}}\n", head)

    assert [(code, message) for code, message, _ in found] == [("CJO-E032", "unknown name 'run.v'")]


def test_templates_may_use_variables_and_only_those_that_are_set(tmp_path: Path) -> None:
    steps = "\n  - a: {update: {v: 1}}\n  - b: {send: email, template: reminder}\n"
    text = "{email: {en: {body: '{{ run.%s }}'}}}"

    right = workspaces.write(tmp_path / "right", journey=HEAD + steps, tracking=TYPES, template=text % "v")
    assert compile_workspace(right)
    wrong = workspaces.write(tmp_path / "wrong", journey=HEAD + steps, tracking=TYPES, template=text % "vv")
    with pytest.raises(SpecErrors, match=r"nothing provides 'run\.vv'"):
        compile_workspace(wrong)


def test_a_mistake_deep_in_a_way_is_reported_with_its_place_and_hides_no_other(tmp_path: Path) -> None:
    steps = NESTED.replace("{exit: no}", "{exit: no, said: y}").replace("price > 500", "prise > 500")
    found = problems_of(tmp_path, steps)

    assert [code for code, _, _ in found] == ["CJO-E032", "CJO-E010"]


def test_the_topics_of_emits_are_made_and_written_to(tmp_path: Path) -> None:
    plan = compiled(tmp_path, "\n  - a: {emit: crm-tasks}\n")

    assert action_topics(plan) == ["actions.email", "actions.web", "actions.crm-tasks", "crm.other"]
    made = {topic.name: topic.schema for topic in topics_for(plan)}
    assert (made["actions.crm-tasks"], made["crm.other"]) == ("action", "action")
    wanted = re.compile(output_pattern(plan)).fullmatch
    assert all(wanted(name) for name in ("actions.crm-tasks", "crm.other", "decisions"))
    assert not wanted("crmXother")
    assert not wanted("touchpoints")


def test_what_ends_the_hold_of_a_send_names_a_step_and_counts_as_a_way_to_it(tmp_path: Path) -> None:
    asked = "send: email, template: reminder, with: {total: moment.price}"
    held = f"  - ask: {{{asked}, spread: 1 hour, until: {{on: product_added, then: late}}}}\n"
    steps = steps_of(tmp_path, f"{held}  - done: {{exit: sent}}\n  - late: {{exit: too late}}\n")
    (until,) = steps["ask"]["until"]
    assert (until["type"], until["match"], until["then"]) == ("product_added", "customer", "late")

    steps = steps_of(tmp_path, held.replace("spread: 1 hour, ", "") + "  - late: {exit: too late}\n")
    assert steps["ask"]["until"] == [until]  # a policy may hold it too


SECOND = """
---
journey: second
owner: shop
purpose: marketing
enter: {on: booked}
steps: [{bye: {exit: over}}]
"""


def test_a_hand_over_gives_every_value_of_the_other_journeys_moment(tmp_path: Path) -> None:
    plan = compiled(tmp_path, "  - a: {hand_over: second, with: {starts_at: moment.at}}\n" + SECOND)
    [step] = plan["journeys"][0]["steps"]
    given = {"starts_at": ["moment", "at", "timestamp"]}
    assert step == {"id": "a", "kind": "hand_over", "to": "second", "keeps": False, "with": given, "next": None}


def test_to_a_journey_of_the_same_signal_a_hand_over_keeps_the_moment(tmp_path: Path) -> None:
    [step] = compiled(tmp_path, "  - a: {hand_over: second}\n" + SECOND.replace("booked", "added"))["journeys"][0][
        "steps"
    ]
    assert (step["keeps"], step["with"]) == (True, {})


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("a: {hand_over: secnd}", "CJO-E026", "unknown journey 'secnd'"),
        ("a: {hand_over: second}", "CJO-E034", "carries starts_at, which nothing gives"),
        ("a: {hand_over: second, with: {starts_at: moment.price}}", "CJO-E033", "carries 'starts_at' as timestamp"),
        ("a: {hand_over: second, with: {starts_at: moment.at, x: moment.at}}", "CJO-E032", "carries no 'x'"),
        ("a: {decide: {one: {score: moment.kind}}}", "CJO-E033", "expected a number, got string"),
        ("a: {decide: {}}", "CJO-E013", "at least"),
    ],
)
def test_what_is_wrong_with_a_hand_over_or_an_offer(tmp_path: Path, step: str, code: str, said: str) -> None:
    told = problems_of(tmp_path, f"  - {step}\n" + SECOND)
    assert [one[0] for one in told] == [code]
    assert said in told[0][1]


def test_after_a_hand_over_nothing_is_reached(tmp_path: Path) -> None:
    ((code, message, _),) = problems_of(
        tmp_path, "  - a: {hand_over: second, with: {starts_at: moment.at}}\n  - b: {exit: x}\n" + SECOND
    )
    assert (code, message) == ("CJO-E042", "no path leads to step 'b'")


def test_a_journey_that_replaces_asks_for_the_session(tmp_path: Path) -> None:
    replacing = HEAD.replace("again: after exit", "again: replace")
    plan = compiled(tmp_path, "  - a: {wait: 1 day, restart: product_added}\n", replacing)
    assert "session_id" in plan["columns"]
    assert plan["journeys"][0]["enter"]["again"] == {"rule": "replace", "after_ms": None, "per": "customer"}
    assert "session_id" not in compiled(tmp_path, "  - a: {exit: x}\n")["columns"]


def test_what_begins_a_wait_anew_is_let_through_by_the_filter(tmp_path: Path) -> None:
    plan = compiled(
        tmp_path, "  - a: {wait: 1 day, restart: [page_viewed, {on: order_completed, where: amount > 5}]}\n"
    )
    [step] = plan["journeys"][0]["steps"]
    assert [match["type"] for match in step["restart"]] == ["page_viewed", "order_completed"]
    assert "page_viewed" in plan["filter"]


BY_BASKET = HEAD.replace("on: product_added,", "on: product_added, per: basket_id,")
BY_ORDER = (
    SECOND.replace("on: booked", "on: ordered")
    + """---
signals:
  ordered: {kind: event, on: order_completed, per: order_id}
"""
)
OVER = "  - a: {hand_over: second}\n"


def test_r1_a_hand_over_to_a_journey_with_another_key_is_refused(tmp_path: Path) -> None:
    ((code, message, hint),) = problems_of(tmp_path, OVER + BY_ORDER, BY_BASKET)
    assert code == "CJO-E040"
    assert message == "runs of second have the key 'order_id', this one's is 'basket_id'"
    assert "per: customer" in hint


@pytest.mark.parametrize(
    ("second", "head"),
    [
        (BY_ORDER.replace("order_id", "basket_id"), BY_BASKET),
        (BY_ORDER.replace("purpose:", "per: customer\npurpose:"), BY_BASKET),
        (BY_ORDER, BY_BASKET.replace("purpose:", "per: customer\npurpose:")),
    ],
)
def test_r1_a_hand_over_takes_the_key_along_where_both_have_it(tmp_path: Path, second: str, head: str) -> None:
    assert compiled(tmp_path, OVER + second, head)["journeys"][0]["steps"][0]["to"] == "second"
