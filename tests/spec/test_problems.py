"""What is wrong in an author's files: every kind has a code, a place and a next step, and all come at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.compile import compile_with_warnings, compile_workspace
from cjo.spec.codes import CODES, page
from cjo.spec.problems import Problem, SpecErrors
from cjo.spec.schema import FILES, FOLDER, schema_text
from tests.spec import workspaces

Change = dict[str, str | tuple[str, str] | None]

LINK = "\nunsubscribe: {link: 'https://shop.example/out?customer={customer}&purpose={purpose}'}"
SECOND = """  - done: {{exit: over}}
---
journey: second
owner: shop
purpose: marketing
enter: {{on: basket_abandoned, where: {where}}}
steps: [{{tell: {{send: email, template: reminder, with: {{total: moment.total}}}}}}]"""
GOAL = "exit: order_completed\ngoal: {{name: seen, within: 1 day, on: {on}}}"
CARRIERS = """  - done: {{exit: over}}
---
carriers: {{mail: {{kind: smtp, host: localhost, sender: a@b.example}}}}
channels: {{{channels}}}"""
TWICE = (
    CARRIERS
    + """
---
carriers: {{calls: {{kind: outbox, folder: calls}}}}
group: calls
channels:
  email: calls"""
)
UNSETTLED = (
    """  basket_abandoned:
    kind: absence
    start: product_added
    unless: order_completed
    within: 30 minutes
""",
    """  ones: {kind: first, on: product_added, per: basket_id, collect: {amount: amount}}
  basket_abandoned:
    kind: count
    on: signal.ones
    at_least: 2
    window: 1 day
    settle: true
""",
)
EMITS = ("channels:", "emits: {crm-tasks: {topic: actions.crm-tasks}}\nchannels:")

#: code's name -> (a change to a right workspace, the text at the place of the problem)
CASES: dict[str, tuple[Change, str]] = {
    "yaml-syntax": ({"journey": ("{on: basket", "{on: [basket")}, ""),
    "duplicate-key": ({"journey": ("within: 30 minutes", "within: 30 minutes\n    within: 1 day")}, "within"),
    "unknown-document": ({"journey": "stories: {}\n"}, "stories"),
    "missing-file": ({"tracking": None}, ""),
    "yaml-feature": ({"journey": ("owner: shop", "owner: !team shop")}, "!team"),
    "unknown-key": ({"journey": ("owner: shop", "owner: shop\npriorty: 3")}, "priorty"),
    "missing-key": ({"journey": ("owner: shop\n", "")}, "journey: win-back"),
    "unknown-type": ({"journey": ("unless: order_completed", "unless: order_complete")}, "order_complete"),
    "unknown-subject": ({"journey": ("within: 30 minutes", "within: 30 minutes\n    subject: acount")}, "acount"),
    "subject": ({"journey": ("{on: basket_abandoned,", "{on: basket_abandoned, who: members,")}, "members"),
    "wrong-value": ({"journey": ("owner: shop", "owner: shop\npriority: high")}, "high"),
    "duration": ({"journey": ("30 minutes", "30 minuts")}, "30 minuts"),
    "time": ({"workspace": ("locale: en", "locale: en\ntime_zone: Europe/Zurigo")}, "Europe/Zurigo"),
    "bad-name": ({"journey": ("{total: sum", "{key: sum")}, "key"),
    "step-shape": ({"journey": ("{wait: 1 day}", "{wait: 1 day, exit: no}")}, "{wait"),
    "wait-until": ({"journey": ("{wait: 1 day}", "{wait: until munday 09:00}")}, "until munday"),
    "unknown-emit": ({"journey": ("{wait: 1 day}", "{emit: crm}"), "workspace": EMITS}, "crm}"),
    "bad-topic": ({"workspace": (EMITS[0], EMITS[1].replace("actions.crm-tasks", "decisions"))}, "decisions"),
    "duplicate-name": ({"journey": ("- pause:", "- remind:")}, "remind: {wait"),
    "unknown-signal": ({"journey": ("on: basket_abandoned", "on: basket_abandond")}, "basket_abandond,"),
    "unknown-channel": ({"journey": ("send: email", "send: emal")}, "emal"),
    "unknown-purpose": ({"journey": ("purpose: marketing", "purpose: advice")}, "advice"),
    "unknown-template": ({"journey": ("template: reminder", "template: remainder")}, "remainder"),
    "unknown-step": ({"journey": ("{wait: 1 day}", "{wait: 1 day, timeout: dne}")}, "dne"),
    "condition-syntax": ({"journey": ("moment.total > 20", "moment.total >")}, ">"),
    "condition-not-allowed": ({"journey": ("moment.total > 20", "abs(moment.total) > 20")}, "abs"),
    "unknown-name": ({"journey": ("moment.total > 20", "20 < moment.totl")}, "moment.totl"),
    "type-mismatch": ({"journey": ("moment.total > 20", "moment.total > 'x'")}, "'x'"),
    "bad-reference": ({"journey": ("sum(amount)", "average(amount)")}, "average"),
    "no-key": ({"journey": ("where: moment.total > 20}", "again: {after: 1 day, per: key}}\nper: customer")}, "key}"),
    "two-groups": (
        {"policies": "arbitration:\n  one: {purposes: marketing}\n  two: {journeys: win-back}\n"},
        "two",
    ),
    "never-open": ({"policies": 'quiet_hours: {always: {from: "00:00", to: "00:00"}}\n'}, "quiet_hours"),
    "endless-loop": ({"journey": ("{wait: 1 day}", "{wait: 0 s, timeout: remind}")}, "remind: {send"),
    "unreachable-step": ({"journey": ("{wait: 1 day}", "{exit: early}")}, "done"),
    "too-long": ({"journey": ("{wait: 1 day}", "{wait: 11 days}")}, "11 days"),
    "migrate": ({"journey": ("owner: shop", "owner: shop\nmigrate: {steps: {old: done}}")}, "done"),
    "same-day": ({"journey": ("  - done: {exit: over}", SECOND.format(where="moment.total > 50"))}, "journey: second"),
    "goal-unreachable": (
        {"journey": ("exit: order_completed", GOAL.format(on="page_viewed, where: channel = 'fax'"))},
        "goal",
    ),
    "never-happens": (
        {"journey": ("exit: order_completed", "exit: {on: page_viewed, where: channel = 'store'}")},
        "exit",
    ),
    "unused-template": (
        {"journey": ("{send: email, template: reminder, with: {total: moment.total}}", "{wait: 1 h}")},
        "email",
    ),
    "unused-signal": ({"journey": ("signals:", "signals:\n  idle: {kind: event, on: page_viewed}")}, "idle"),
    "signal-circle": ({"journey": ("signals:", "signals:\n  again: {kind: event, on: signal.again}")}, "again"),
    "unsettled-input": ({"journey": UNSETTLED}, "settle"),
    "exit-comes-first": ({"journey": ("{wait: 1 day}", "{wait: 1 day, until: order_completed}")}, "until"),
    "outlives-wait": (
        {
            "journey": (
                "{wait: 1 day}",
                "{wait: 10 minutes}\n  - again: {send: email, template: reminder, with: {total: moment.total}}",
            )
        },
        "remind",
    ),
    "goal-ends-first": (
        {
            "journey": (
                "exit: order_completed\nsteps:",
                "exit: order_completed\ngoal: {name: seen, within: 1 day, on: page_viewed}\nsteps:\n"
                "  - arms: {experiment: {now: {share: 1}, late: {share: 1, steps: [{ask: {wait: 25 hours}}]}}}",
            )
        },
        "goal",
    ),
    "run-too-short": ({"journey": ("{wait: 1 day}", "{wait: 9 days}\n  - more: {wait: 2 days}")}, "done"),
    "template-syntax": ({"template": ("{{ total }}", "{{ total }")}, ""),
    "template-incomplete": ({"template": ("{en:", "{de:")}, "email"),
    "template-variable": ({"template": ("{{ total }}", "{{ totl }}")}, '"{{ totl'),
    "unknown-partial": ({"template": ("{{ total }}", "{% include 'voise' %}"), "partial": "any: {en: Yours}"}, "voise"),
    "template-include": ({"template": ("{{ total }}", "{% include total %}")}, '"{% include total'),
    "partial-loop": (
        {"template": ("{{ total }}", "{% include 'voice' %}"), "partial": "any: {en: \"{% include 'voice' %}\"}"},
        "voice",
    ),
    "unsubscribe-missing": (
        {"workspace": (", unsubscribe: none}\n  web: {address: none}", "}\n  web: {address: none}" + LINK)},
        "en",
    ),
    "unsubscribe-unset": ({"workspace": (", unsubscribe: none", "")}, "reminder"),
    "message-too-long": ({"workspace": ("{address: email", "{address: email, lengths: {subject: 5}")}, "Your basket"),
    "template-fails": ({"template": ("{{ total }}", "{{ total / 0 }}")}, '"{{ total / 0'),
    "template-none": ({"template": ("{{ total }}", "{{ profile.age }}")}, '"{{ profile.age'),
    "message-line-break": ({"template": ("Your basket", '"Your\\nbasket"')}, '"Your'),
    "unused-partial": ({"partial": "any: {en: \"{% include 'voice' %}\"}"}, "any"),
    "unknown-carrier": (
        {"journey": ("  - done: {exit: over}", CARRIERS.format(channels="email: mial"))},
        "mial",
    ),
    "no-address": ({"journey": ("  - done: {exit: over}", CARRIERS.format(channels="web: mail"))}, "mail"),
    "carried-twice": ({"journey": ("  - done: {exit: over}", TWICE.format(channels="email: mail"))}, "email: calls"),
    "bare-share": ({"policies": "hold_outs: {all: {share: 0.1, purposes: marketing}}\n"}, "share"),
    "empty-file": ({"policies": "# caps: {}\n"}, ""),
    "unknown-allowed": ({"journey": ("owner: shop", "owner: shop   # lint: allow CJO-W001, CJO-W099")}, "CJO-W099"),
    "message-part": ({"template": ("subject: Your basket, ", "")}, "en"),
    "template-locale": ({"template": "{email: {en: {body: a}}, web: {en: {body: a}, de: {body: b}}}"}, "email"),
}


#: these have theirs in tests/scenarios/test_problems.py
IN_SCENARIOS = {"unknown-journey", "scenario-line", "scenario-order", "unknown-customer", "unknown-reason"}


def problems_of(folder: Path) -> list[Problem]:
    """Every problem of a workspace, warnings too."""
    try:
        found = compile_with_warnings(folder)[1]
    except SpecErrors as errors:
        found = errors.problems
    assert found
    return found


def test_the_small_workspace_is_right(tmp_path: Path) -> None:
    assert compile_workspace(workspaces.write(tmp_path))["journeys"][0]["name"] == "win-back"


def test_every_code_has_a_case() -> None:
    assert set(CASES) | IN_SCENARIOS == set(CODES)


def test_no_code_stands_for_two_things() -> None:
    codes = [code.code for code in CODES.values()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_has_its_code_its_place_and_a_next_step(name: str, tmp_path: Path) -> None:
    change, offending = CASES[name]
    found = problems_of(workspaces.write(tmp_path, **change))
    assert CODES[name].code in [problem.code for problem in found]
    problem = next(problem for problem in found if problem.code == CODES[name].code)
    assert problem.hint
    if offending:
        line = Path(problem.place.file).read_text().splitlines()[problem.place.line - 1]
        assert line[problem.place.column - 1 :].startswith(offending)


def test_five_different_mistakes_in_one_file_give_five_errors_with_places(tmp_path: Path) -> None:
    text = workspaces.FILES["shop/journey.yaml"]
    text = text.replace("unless: order_completed", "unless: order_complete").replace("30 minutes", "30 minuts")
    text = text.replace("moment.total > 20", "moment.totl > 20").replace("owner: shop", "ownr: shop")
    text = text.replace("{wait: 1 day}", "{wait: 1 day, until: {on: page_viewed, then: dne, match: customer}}")

    found = problems_of(workspaces.write(tmp_path, journey=text))

    assert [(p.place.line, p.place.column, p.code, p.who) for p in found] == [
        (6, 13, "CJO-E012", "signal basket_abandoned"),
        (7, 13, "CJO-E014", "signal basket_abandoned"),
        (12, 1, "CJO-E010", "journey win-back"),
        (14, 38, "CJO-E032", "journey win-back"),
        (18, 57, "CJO-E025", "journey win-back, step pause"),
    ]
    assert str(found[0]) == (
        f"{tmp_path}/shop/journey.yaml:6:13 CJO-E012 signal basket_abandoned: unknown touchpoint type "
        "'order_complete'; "
        "hint: did you mean 'order_completed'? declared types are listed in tracking.yaml"
    )


def test_a_wrong_tracking_plan_is_reported_alone_and_says_that_more_may_follow(tmp_path: Path) -> None:
    folder = workspaces.write(tmp_path, tracking=("topic: string", "topic: strng"))
    with pytest.raises(SpecErrors) as raised:
        compile_workspace(folder)
    assert [problem.code for problem in raised.value.problems] == ["CJO-E013"]
    assert "once workspace.yaml and tracking.yaml are right" in str(raised.value)


def test_a_broken_signal_does_not_make_its_journey_look_wrong(tmp_path: Path) -> None:
    found = problems_of(workspaces.write(tmp_path, journey=("kind: absence", "kind: absense")))
    assert [(problem.code, problem.who) for problem in found] == [("CJO-E013", "signal basket_abandoned")]
    assert "did you mean 'absence'?" in found[0].hint


def test_when_a_definition_takes_effect_is_said_where_it_is_published(tmp_path: Path) -> None:
    change = ("kind: absence", "kind: absence\n    effective_at: 2026-12-24T00:00:00Z")
    (problem,) = problems_of(workspaces.write(tmp_path, journey=change))
    assert (problem.code, problem.message) == ("CJO-E010", "unknown key 'effective_at'")
    assert "cjo apply --effective-at" in problem.hint


def test_a_column_inside_a_quoted_condition_counts_its_quotes(tmp_path: Path) -> None:
    change = ("where: moment.total > 20", "where: 'moment.key = ''it''''s'' AND moment.totl > 20'")
    (problem,) = problems_of(workspaces.write(tmp_path, journey=change))
    line = Path(problem.place.file).read_text().splitlines()[problem.place.line - 1]
    assert line[problem.place.column - 1 :].startswith("moment.totl")


def test_a_value_that_contains_itself_is_refused(tmp_path: Path) -> None:
    found = problems_of(workspaces.write(tmp_path, journey="signals: &all\n  a: *all\n"))
    assert "CJO-E005" in [problem.code for problem in found]


def test_the_page_of_errors_is_made_from_the_table() -> None:
    written = (FOLDER / "errors.md").read_text(encoding="utf-8")
    assert written == page(), "regenerate: python -m cjo.spec.codes > docs/reference/errors.md"


@pytest.mark.parametrize("file", FILES)
def test_the_json_schemas_are_made_from_the_models(file: str) -> None:
    written = (FOLDER / file).read_text(encoding="utf-8")
    assert written == schema_text(file), "regenerate: python -m cjo.spec.schema"


def _signal_problems(folder: Path, signal: str) -> list[tuple[str, str, str]]:
    """(code, the text at the problem's place, hint) of every problem of this signal, beside a right workspace."""
    text = f"signals:\n  tried: {signal}\n---" + workspaces.FILES["shop/journey.yaml"]
    tracking = ("age: int}", "age: int, born: string, vip: bool, due: timestamp, time_zone: string}")
    lines = text.splitlines()
    found = problems_of(workspaces.write(folder, journey=text, tracking=tracking))
    return [(one.code, lines[one.place.line - 1][one.place.column - 1 :].split(",")[0], one.hint) for one in found]


@pytest.mark.parametrize(
    ("signal", "code", "offending", "hint"),
    [
        ("{kind: count, on: page_view, at_least: 2, window: 1 day}", "CJO-E012", "page_view", "'page_viewed'"),
        ("{kind: count, on: page_viewed, window: 1 day}", "CJO-E011", "tried", "at_least: 3"),
        ("{kind: count, on: page_viewed, at_least: 0, window: 1 day}", "CJO-E013", "0", "1"),
        ("{kind: count, on: page_viewed, at_least: 2, window: 1 dai}", "CJO-E014", "1 dai}", "7 days"),
        ("{kind: count, on: page_viewed, at_least: 2, windw: 1 day}", "CJO-E010", "windw", "'window'"),
        ("{kind: count, distinct: topik, on: page_viewed, at_least: 2, window: 1 day}", "CJO-E032", "topik", "'topic'"),
        ("{kind: count, distinct: amount, on: page_viewed, at_least: 2, window: 1 day}", "CJO-E033", "amount", "like"),
        (
            "{kind: count, on: page_viewed, at_least: 2, window: 1 day, collect: {count: topic}}",
            "CJO-E016",
            "count: topic}}",
            "another name",
        ),
        (
            "{kind: inactivity, on: page_viewed, silent: 1 day, collect: {n: count()}}",
            "CJO-E013",
            "count()}}",
            "active: {within",
        ),
        (
            "{kind: inactivity, on: page_viewed, silent: 1 day, active: {at_least: 3}}",
            "CJO-E011",
            "active",
            "within",
        ),
        (
            "{kind: inactivity, on: [page_viewed, order_completed], silent: 1 day, collect: {last: topic}}",
            "CJO-E032",
            "topic}}",
            "order_completed",
        ),
        (
            "{kind: change, on: page_viewed, recent: 7 days, baseline: 28 days}",
            "CJO-E013",
            "tried",
            "falls_to: 50%",
        ),
        (
            "{kind: change, on: page_viewed, recent: 7 days, baseline: 28 days, falls_to: 50%, rises_to: 200%}",
            "CJO-E013",
            "tried",
            "two signals",
        ),
        (
            "{kind: change, on: page_viewed, recent: 7 days, baseline: 28 days, falls_to: 150%}",
            "CJO-E013",
            "150%}",
            "rises_to",
        ),
        (
            "{kind: change, on: page_viewed, recent: 7 days, baseline: 28 days, rises_to: 50%}",
            "CJO-E013",
            "50%}",
            "falls_to",
        ),
        (
            "{kind: change, on: page_viewed, recent: 7 days, baseline: 28 days, falls_to: 0.5}",
            "CJO-E013",
            "0.5}",
            "",
        ),
        (
            "{kind: change, on: page_viewed, recent: 90 minutes, baseline: 1 day, falls_to: 50%}",
            "CJO-E013",
            "90 minutes",
            "every: 1 hour 30 minutes",
        ),
        (
            "{kind: change, on: page_viewed, recent: 7 days, baseline: 28 days, every: 1 hour, falls_to: 50%}",
            "CJO-E013",
            "tried",
            "every: 3 hours",
        ),
        (
            "{kind: change, on: page_viewed, recent: 1 day, baseline: 28 days, falls_to: 50%, baseline_spans: 28 days}",
            "CJO-E013",
            "28 days}",
            "less than 28 days",
        ),
        (
            "{kind: change, on: page_viewed, recent: 7 days, baseline: 28 days, falls_to: 50%, of: count()}",
            "CJO-E034",
            "count()}",
            "sum(amount)",
        ),
        (
            "{kind: change, on: page_viewed, recent: 7 days, baseline: 28 days, falls_to: 50%, of: sum(topic)}",
            "CJO-E033",
            "sum(topic)}",
            "",
        ),
        (
            "{kind: change, on: page_viewed, recent: 7 days, baseline: 28 days, falls_to: 50%, baseline_at_least: 0}",
            "CJO-E013",
            "0}",
            "",
        ),
        (
            "{kind: count, on: page_viewed, at_least: 2, window: 1 day, collect: {a: {each: topic, minus: x}}}",
            "CJO-E010",
            "minus",
            "each",
        ),
        ("{kind: profile, when: profile.age > 'x'}", "CJO-E033", "'x'}", "single quotes"),
        ("{kind: profile, when: profile.agee > 3}", "CJO-E032", "profile.agee > 3}", "'profile.age'"),
        ("{kind: profile, when: age > 3}", "CJO-E032", "age > 3}", "'profile.age'"),
        ("{kind: profile, when: moment.at > 3}", "CJO-E032", "moment.at > 3}", "profile."),
        ("{kind: profile, when: 1 = 1}", "CJO-E013", "1 = 1}", "name what has to change"),
        ("{kind: profile, when: profile.vip, first: never}", "CJO-E013", "never}", "counts"),
        ("{kind: profile, when: profile.vip, collect: [emial]}", "CJO-E032", "emial]}", "'email'"),
        ("{kind: profile, when: profile.vip, per: age}", "CJO-E010", "per", "collect"),
        ("{kind: profile}", "CJO-E011", "tried", "when: profile.segment"),
        ("{kind: date, date: profile.bron}", "CJO-E032", "profile.bron}", "'profile.born'"),
        ("{kind: date, date: born}", "CJO-E032", "born}", "'profile.born'"),
        ("{kind: date, date: profile.age}", "CJO-E033", "profile.age}", "timestamp"),
        ("{kind: date, date: profile.born, every: month}", "CJO-E013", "month}", "year"),
        ("{kind: date, date: profile.born, before: 36 hours}", "CJO-E014", "36 hours}", "days"),
        ("{kind: date, date: profile.born, before: 400 days}", "CJO-E014", "400 days}", "days"),
        ("{kind: date, date: profile.born, at: 9:00}", "CJO-E015", "9:00}", "09:00"),
        ("{kind: date, date: profile.born, at: '24:00'}", "CJO-E015", "'24:00'}", "09:00"),
        ("{kind: date, date: profile.born, collect: [time_zone]}", "CJO-E016", "time_zone]}", "another name"),
        ("{kind: dates, date: profile.born}", "CJO-E013", "dates", "'date'"),
    ],
)
def test_a_mistake_in_a_signal_is_one_problem_with_its_place_and_a_next_step(
    signal: str, code: str, offending: str, hint: str, tmp_path: Path
) -> None:
    ((found, at_place, said),) = _signal_problems(tmp_path, signal)

    assert (found, at_place.split(":")[0] if offending.isidentifier() else at_place) == (code, offending)
    assert hint in said


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("per: basket_id", "on_repeat:"), "on_repeat"),
        (("per: basket_id", "per: ~"), "per"),
        (("exit: order_completed", "exit:"), "exit"),
        (("unless: order_completed", "unless: {on: order_completed, where: null}"), "where"),
    ],
)
def test_a_key_that_was_left_empty_is_no_absent_one(change: tuple[str, str], key: str, tmp_path: Path) -> None:
    (problem,) = problems_of(workspaces.write(tmp_path, journey=change))

    assert (problem.code, problem.message) == ("CJO-E013", f"`{key}` is empty")
    lines = (tmp_path / "shop" / "journey.yaml").read_text().splitlines()
    assert lines[problem.place.line - 1][problem.place.column - 1 :].startswith(key)


def test_a_signal_without_a_kind_is_told_which_there_are(tmp_path: Path) -> None:
    (problem,) = problems_of(workspaces.write(tmp_path, journey=("    kind: absence\n", "")))

    assert (problem.code, problem.message) == ("CJO-E011", "missing 'kind'")
    assert "absence, change, count" in problem.hint


@pytest.mark.parametrize("name", ["kind", "start", "within", "per"])
def test_what_a_signal_is_made_of_is_no_value_of_its_moments(name: str, tmp_path: Path) -> None:
    text = workspaces.FILES["shop/journey.yaml"].replace("    collect: {total: sum(amount)}\n", "")
    text = text.replace("where: moment.total > 20", f"where: moment.{name} = 'x'").replace(
        ", with: {total: moment.total}", ""
    )
    heard = text.replace(
        "signals:", f"signals:\n  heard: {{kind: event, on: signal.basket_abandoned, where: {name} = 'x'}}"
    )

    found = problems_of(workspaces.write(tmp_path, journey=heard, template=("{{ total }} ", "")))

    assert [problem.code for problem in found if problem.code.startswith("CJO-E")] == ["CJO-E032", "CJO-E032"]


def test_a_journey_knows_what_each_kind_of_moment_carries(tmp_path: Path) -> None:
    many = "many: {kind: count, on: page_viewed, at_least: 2, window: 1 day, collect: {topics: {each: topic}}}"
    text = workspaces.FILES["shop/journey.yaml"].replace("signals:", f"signals:\n  {many}")
    text = text.replace("on: basket_abandoned, where: moment.total > 20", "on: many, where: moment.cuont > 20")
    text = text.replace("with: {total: moment.total}", "with: {total: moment.topics}")

    (problem,) = problems_of(workspaces.write(tmp_path, journey=text))

    assert (problem.code, "'moment.count'" in problem.hint) == ("CJO-E032", True)
