"""Signals that use other signals: what they may name of a moment, in which order they come, circles."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from cjo.compile import compile_with_warnings, compile_workspace
from cjo.compile.needs import asked_of
from cjo.engine.inputs import inputs_of, looks_back_ms, users_of
from cjo.resources import data_dir
from cjo.spec.problems import SpecErrors
from tests.engine.build import MINUTE
from tests.spec import workspaces

TWICE = """signals:
  twice:
    kind: count
    on: signal.basket_abandoned
    where: total >= 20 AND key LIKE 'b%'
    at_least: 2
    window: 30 days
    collect: {newest: total, baskets: {each: basket_id}}
"""


def compiled(folder: Path, signals: str) -> dict:
    return compile_workspace(workspaces.write(folder, journey=("signals:\n", signals)))


def wrong(folder: Path, signals: str) -> list[str]:
    with pytest.raises(SpecErrors) as caught:
        compiled(folder, signals)
    return [f"{problem.code} {problem.message}; {problem.hint}" for problem in caught.value.problems]


def test_a_signal_that_uses_another_comes_after_it_and_reads_what_its_moments_carry(tmp_path: Path) -> None:
    plan = compiled(tmp_path, TWICE)

    first, second = plan["signals"]
    assert (first["name"], second["name"]) == ("basket_abandoned", "twice")
    total, key = ["attr", "total", "decimal"], ["attr", "key", "string"]
    (on,) = second["on"]
    assert on == {"type": "signal.basket_abandoned", "where": ["and", [">=", total, ["lit", "20", "decimal"]],
                                                               ["like", key, "b%"]]}  # fmt: skip
    assert second["collect"]["newest"] == {"value": total}
    assert second["collect"]["baskets"]["each"] == ["field", "basket_id", "string"]


def test_what_follows_moments_alone_asks_for_no_touchpoint_and_no_column(tmp_path: Path) -> None:
    for name in ("with", "without"):
        (tmp_path / name).mkdir()
    without = compile_workspace(workspaces.write(tmp_path / "without"))
    plan = compiled(tmp_path / "with", TWICE.replace("    window", "    per: basket_id\n    window"))

    assert plan["filter"] == without["filter"]
    assert plan["columns"] == without["columns"]
    assert asked_of({"signals": [plan["signals"][1]], "journeys": []}) == {}


def test_one_key_can_follow_touchpoints_and_moments(tmp_path: Path) -> None:
    signals = """signals:
  left_for_good:
    kind: absence
    start: signal.basket_abandoned
    unless: [product_added, order_completed]
    within: 1 day
    per: basket_id
    collect: {total: total}
"""
    plan = compiled(tmp_path, signals)

    later = plan["signals"][1]
    assert later["per"] == ["field", "basket_id", "string"]
    assert plan["filter"].count("product_added") == 1


def test_the_inputs_of_a_signal_are_told_through_all_that_stands_between_it_and_touchpoints(tmp_path: Path) -> None:
    deeper = TWICE + "  thrice: {kind: first, on: signal.twice, since: 60 days}\n"
    plan = compiled(tmp_path, deeper)

    assert inputs_of(plan["signals"], "thrice") == ["basket_abandoned", "twice"]
    assert inputs_of(plan["signals"], "basket_abandoned") == []
    assert users_of(plan["signals"], "basket_abandoned") == ["twice", "thrice"]
    assert looks_back_ms(plan["signals"], "thrice") == 90 * 24 * 60 * MINUTE + 30 * MINUTE


def test_a_circle_is_refused_with_its_path(tmp_path: Path) -> None:
    found = wrong(
        tmp_path,
        """signals:
  a: {kind: event, on: signal.b}
  b: {kind: count, on: signal.c, at_least: 2, window: 1 day}
  c: {kind: absence, start: product_added, unless: signal.a, within: 1 hour}
  d: {kind: event, on: [signal.d, page_viewed]}
""",
    )

    circles = [one for one in found if one.startswith("CJO-E048")]
    assert len(found) == len(circles)
    assert ["a -> b -> c -> a" in circles[0], "d -> d" in circles[1]] == [True, True]


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        ("on: signal.basket_abandond", "unknown signal 'basket_abandond'; did you mean 'basket_abandoned'?"),
        ("on: signal.basket_abandoned, where: totl > 2", "unknown name 'totl' for signal.basket_abandoned; did you"),
        ("on: signal.basket_abandoned, where: moment.total > 2", "write 'total' alone: it is of the moment heard"),
        (
            "on: signal.basket_abandoned, where: topic = 'a'",
            "a moment of basket_abandoned carries: basket_id, key, total",
        ),
        ("on: [signal.basket_abandoned, page_viewed], collect: {a: total}", "unknown name 'total' for page_viewed"),
        ("on: signal.basket_abandoned, where: late_ms > 2", "unknown name 'late_ms' for signal.basket_abandoned"),
    ],
)
def test_what_a_moment_has_not_is_named_with_what_it_has(tmp_path: Path, signals: str, said: str) -> None:
    (found,) = wrong(tmp_path, f"signals:\n  uses: {{kind: event, {signals}}}\n")

    assert said in found


def test_a_list_is_no_single_value(tmp_path: Path) -> None:
    text = """signals:
  many: {kind: count, on: page_viewed, at_least: 2, window: 1 day, collect: {topics: {each: topic}}}
  more: {kind: count, on: signal.many, at_least: 2, window: 1 day, collect: {all: {each: topics}}}
"""
    (found,) = wrong(tmp_path, text)

    assert "each takes single values, 'topics' is a list" in found


def test_only_signals_follow_signals(tmp_path: Path) -> None:
    with pytest.raises(SpecErrors) as caught:
        compile_workspace(
            workspaces.write(tmp_path, journey=("exit: order_completed", "exit: signal.basket_abandoned"))
        )

    (found,) = caught.value.problems
    assert "'signal.basket_abandoned' is no touchpoint: only signals follow signals" in found.message


def test_a_signal_that_another_uses_is_not_idle(tmp_path: Path) -> None:
    idle = "  idle: {kind: event, on: page_viewed}\n  uses: {kind: event, on: signal.idle}\n"
    folder = workspaces.write(tmp_path, journey=("signals:\n", f"signals:\n{idle}"))

    assert [problem.who for problem in compile_with_warnings(folder)[1]] == ["signal uses"]


def test_the_example_of_the_reference_compiles_as_it_stands(tmp_path: Path) -> None:
    page = (data_dir("docs") / "reference" / "signals.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.S)
    shutil.copy(data_dir("journeys") / "workspace.yaml", tmp_path)
    shutil.copy(data_dir("journeys") / "tracking.yaml", tmp_path)
    (tmp_path / "signals.yaml").write_text(example, encoding="utf-8")

    assert [signal["name"] for signal in compile_workspace(tmp_path)["signals"]] == [
        "basket_abandoned",
        "abandons_often",
    ]


def test_the_version_of_a_signal_changes_with_what_it_uses(tmp_path: Path) -> None:
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
    before = compiled(tmp_path / "before", TWICE)
    changed = workspaces.write(tmp_path / "after", journey=("signals:\n", TWICE))
    journey = changed / "shop" / "journey.yaml"
    journey.write_text(journey.read_text().replace("30 minutes", "31 minutes"))

    versions = [[one["version"] for one in plan["signals"]] for plan in (before, compile_workspace(changed))]
    assert all(one != other for one, other in zip(*versions, strict=True))
