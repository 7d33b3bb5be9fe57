"""Lints across journeys: each says what it is for, finds it, and leaves alone what only looks like it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

from cjo.cli.main import main
from cjo.compile import compile_with_warnings, lints
from cjo.compile.conditions import parse_condition
from cjo.compile.lints.conditions import contradictory, exclusive
from cjo.spec.codes import CODES, page
from tests.compile.test_conditions_as_closures import SCOPE
from tests.spec import workspaces
from tests.spec.test_problems import CASES, GOAL, SECOND, Change

OVER_FIVE = SECOND.format(where="moment.total > 5")
HELPERS = {"base", "conditions"}
STEPS = "exit: order_completed\nsteps:"
ARMS = """exit: order_completed
goal: {{name: seen, within: 1 day, on: page_viewed}}
steps:
  - before: {{wait: 2 days}}
  - arms: {{experiment: {{now: {{share: 1}}, none: {{share: 1, then: exit}}, late: {{share: 1, steps: [
      {{ask: {{wait: {hours}}}}}]}}}}}}"""

#: what is near to a lint's case and right: the lint must be silent
RIGHT: list[tuple[str, Change]] = [
    ("same-day", {"journey": ("  - done: {exit: over}", OVER_FIVE.replace("email", "web", 1)),
                  "template": "{email: {en: {body: a}}, web: {en: {body: a}}}"}),
    ("goal-unreachable", {"journey": ("exit: order_completed", GOAL.format(on="page_viewed, where: channel = 'web'"))}),
    ("goal-unreachable", {"journey": ("exit: order_completed", GOAL.format(on="order_completed"))}),
    ("never-happens", {"journey": ("exit: order_completed", "exit: {on: order_completed, where: channel = 'store'}")}),
    ("never-happens", {"journey": ("exit: order_completed", "exit: {on: page_viewed, where: topic LIKE 'a%'}")}),
    ("exit-comes-first", {"journey": ("{wait: 1 day}", "{wait: 1 day, until: page_viewed}")}),
    ("outlives-wait", {"journey": ("{wait: 1 day}", "{wait: 1 hour}\n  - again: {send: email, template: reminder, "
                                   "with: {total: moment.total}}")}),
    ("goal-ends-first", {"journey": (STEPS, ARMS.format(hours="24 hours"))}),
    ("goal-ends-first", {"journey": (STEPS, ARMS.format(hours="25 hours, until: page_viewed"))}),
    ("goal-ends-first", {"journey": (STEPS, ARMS.format(hours="25 hours").replace("before: {wait: 2 days}",
                         "before: {send: email, template: reminder, with: {total: moment.total}}"))}),
    ("run-too-short", {"journey": ("{wait: 1 day}", "{wait: 9 days, until: page_viewed}\n  - more: {wait: 2 days}")}),
    ("run-too-short", {"journey": ("{wait: 1 day}", "{wait: 9 days}\n  - more: {wait: 1 day}")}),
]  # fmt: skip


SIGNALS_THAT_NEVER_FIRE = [
    "{kind: score, at_least: 1, window: 1 h, points: [{on: page_viewed, add: 0}, {on: product_added, add: -1}]}",
    "{kind: absence, start: page_viewed, unless: page_viewed, within: 1 h}",
    "{kind: absence, start: {on: page_viewed, where: topic = 'a'}, unless: [product_added, page_viewed], within: 1 h}",
    "{kind: sequence, within: 1 h, steps: [page_viewed, {on: page_viewed, where: channel = 'store'}]}",
    "{kind: session, on: page_viewed, gap: 1 h, counts: {n: {on: page_viewed, where: topic = 'a' AND topic = 'b'}},"
    " where: n > 1}",
]
SIGNALS_THAT_FIRE = [
    "{kind: score, at_least: 1, window: 1 h, points: [{on: page_viewed, add: 1}, {on: product_added, add: -1}]}",
    "{kind: absence, start: page_viewed, unless: {on: page_viewed, where: topic = 'a'}, within: 1 h}",
    "{kind: absence, start: [page_viewed, product_added], unless: page_viewed, within: 1 h}",
    "{kind: sequence, within: 1 h, steps: [page_viewed, {on: page_viewed, where: channel = 'web'}]}",
]


@pytest.mark.parametrize(
    ("signal", "expected"),
    [*((one, 1) for one in SIGNALS_THAT_NEVER_FIRE), *((one, 0) for one in SIGNALS_THAT_FIRE)],
)
def test_a_signal_that_can_not_fire_is_told(signal: str, expected: int, tmp_path: Path) -> None:
    folder = workspaces.write(tmp_path, journey=("signals:", f"signals:\n  tried: {signal}"))

    assert names_found(folder).count("never-happens") == expected


def names_found(folder: Path) -> list[str]:
    by_code = {code.code: code.name for code in CODES.values()}
    return [by_code[problem.code] for problem in compile_with_warnings(folder)[1]]


def test_every_file_of_the_folder_is_a_lint_with_a_code_a_page_and_a_case() -> None:
    files = {module.name for module in pkgutil.iter_modules(lints.__path__)} - HELPERS
    modules = [importlib.import_module(f"cjo.compile.lints.{name}") for name in sorted(files)]
    assert {module.__name__ for module in modules} == {module.__name__ for module in lints.LINTS}
    for module in modules:
        code = CODES[module.NAME]
        assert code.level == "warning"
        assert code.meaning == inspect.getdoc(module)
        assert f"| `{code.code}` | {code.name} | {code.meaning} |" in page()
        assert module.NAME in CASES


def test_the_small_workspace_has_no_warning(tmp_path: Path) -> None:
    assert names_found(workspaces.write(tmp_path)) == []


@pytest.mark.parametrize(("name", "change"), [(lint.NAME, CASES[lint.NAME][0]) for lint in lints.LINTS])
def test_a_lint_finds_its_case_and_no_other_lint_does(name: str, change: Change, tmp_path: Path) -> None:
    found = names_found(workspaces.write(tmp_path, **change))
    also = {"unused-template"} if name == "goal-unreachable" else set()
    assert set(found) - also == {name}


@pytest.mark.parametrize(("name", "change"), RIGHT)
def test_a_lint_leaves_alone_what_only_looks_like_its_case(name: str, change: Change, tmp_path: Path) -> None:
    assert name not in names_found(workspaces.write(tmp_path, **change))


def test_journeys_whose_conditions_exclude_each_other_never_meet(tmp_path: Path) -> None:
    text = workspaces.FILES["shop/journey.yaml"]
    text = text.replace("moment.total > 20", "profile.email = 'a' AND moment.total > 20")
    second = SECOND.format(where="\"moment.total > 5 AND profile.email IN ('b', 'c')\"")
    text = text.replace("  - done: {exit: over}", second)
    assert names_found(workspaces.write(tmp_path, journey=text)) == []
    both = text.replace("('b', 'c')", "('b', 'a')")
    assert names_found(workspaces.write(tmp_path, journey=both)) == ["same-day"]


@pytest.mark.parametrize("place", ["journey: second   # lint: allow CJO-W001: months lie between them",
                                   "# lint: allow CJO-W008, CJO-W001\njourney: second"])  # fmt: skip
def test_a_comment_allows_a_finding(place: str, tmp_path: Path) -> None:
    second = OVER_FIVE.replace("journey: second", place)
    folder = workspaces.write(tmp_path, journey=("  - done: {exit: over}", second))
    assert names_found(folder) == []


def test_a_comment_allows_any_warning(tmp_path: Path) -> None:
    lines = "email:\n  en: {subject: a, body: b, preheader: c}\n  # lint: allow CJO-W057 there is no more to say\n"
    assert names_found(workspaces.write(tmp_path, template=f"{lines}  de: {{subject: a, body: b}}\n")) == []


def test_a_comment_that_would_allow_an_error_is_told(tmp_path: Path) -> None:
    folder = workspaces.write(tmp_path, journey=("owner: shop", "owner: shop   # lint: allow CJO-E012"))
    (found,) = compile_with_warnings(folder)[1]
    assert (found.code, found.message) == ("CJO-W010", "'CJO-E012' is an error, which nothing allows")


def test_a_comment_for_another_lint_allows_nothing(tmp_path: Path) -> None:
    second = OVER_FIVE.replace("journey: second", "journey: second   # lint: allow CJO-W002")
    assert names_found(workspaces.write(tmp_path, journey=("  - done: {exit: over}", second))) == ["same-day"]


def test_a_goal_of_a_journey_that_sends_nothing_is_told(tmp_path: Path) -> None:
    text = workspaces.FILES["shop/journey.yaml"].replace("exit: order_completed", GOAL.format(on="page_viewed"))
    text = text.replace("{send: email, template: reminder, with: {total: moment.total}}", "{wait: 1 h}")
    assert names_found(workspaces.write(tmp_path, journey=text)) == ["goal-unreachable", "unused-template"]


def test_d10_a_goal_of_a_journey_that_only_divides_customers_over_arms_can_be_reached(tmp_path: Path) -> None:
    text = workspaces.FILES["shop/journey.yaml"].replace("exit: order_completed", GOAL.format(on="page_viewed"))
    text = text.replace(
        "{send: email, template: reminder, with: {total: moment.total}}", "{experiment: {a: {share: 1}, b: {share: 1}}}"
    )
    assert names_found(workspaces.write(tmp_path, journey=text)) == ["unused-template"]


def test_validate_shows_lints_as_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(workspaces.write(tmp_path, **CASES["unused-signal"][0]))
    assert main(["validate", folder]) == 0
    assert "warning CJO-W005 signal idle: no journey enters on 'idle'" in capsys.readouterr().err
    assert main(["validate", "--strict", folder]) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("topic = 'a' AND topic = 'b'", True),
        ("topic = 'a' AND topic IN ('a', 'b')", False),
        ("topic IS NULL AND topic = 'a'", True),
        ("topic IS NULL AND NOT topic IS NULL", True),
        ("FALSE OR (topic = 'a' AND topic = 'b')", True),
        ("topic = 'a' AND (topic = 'b' OR topic = 'a')", False),
        ("topic <> 'a' AND topic = 'b'", False),
        ("years > 3 AND years < 2", False),
    ],
)
def test_a_contradiction_is_seen_only_where_it_is_certain(text: str, expected: bool) -> None:
    cond, complaints = parse_condition(text, SCOPE)
    assert not complaints
    assert contradictory(cond) is expected


def test_no_condition_excludes_nothing() -> None:
    cond, _ = parse_condition("topic = 'a'", SCOPE)
    assert not exclusive(None, cond)
    assert not exclusive(cond, cond)
