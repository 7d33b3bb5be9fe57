"""What the message of one mistake says of the way out, and that it says nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.cli.main import main
from cjo.compile.tracking import SYSTEM_TYPES
from cjo.spec.nodes import read_documents
from cjo.spec.problems import Problem, Problems
from tests.spec import workspaces
from tests.spec.test_problems import Change, problems_of

ZONE = ("locale: en", "locale: en\ntime_zone: {zone}")
ARMS = ("{wait: 1 day}", "{experiment: {one: {share: 0}, two: {share: 0}}}")
FIXED = "a fixed one is set by a step before, `- set: {{update: {{total: {written}}}}}`, and named as run.total"

WAYS_OUT: list[tuple[Change, str, str]] = [
    ({"journey": ("{total: moment.total}", "{total: 5}")}, "CJO-E013", FIXED.format(written="5")),
    ({"journey": ("{total: moment.total}", "{total: true}")}, "CJO-E013", FIXED.format(written="true")),
    ({"journey": ("{total: moment.total}", "{total: \"'5'\"}")}, "CJO-E034", FIXED.format(written="\"'5'\"")),
    (
        {"journey": ("{total: moment.total}", "{total: 2026-05-01}")},
        "CJO-E034",
        FIXED.format(written="\"'2026-05-01'\""),
    ),
    (
        {"journey": ("{total: moment.total}", '{total: "it\'s: this"}')},
        "CJO-E034",
        FIXED.format(written="\"'it''s: this'\""),
    ),
    (
        {"journey": ("{total: moment.total}", "{total: 'coalesce(moment.total, 0)'}")},
        "CJO-E034",
        'what is reckoned is set by a step before, `- set: {update: {total: "coalesce(moment.total, 0)"}}`',
    ),
    (
        {"journey": ("{total: moment.total}", "{total: moment.total, my-part: 5}")},
        "CJO-E013",
        "`- set: {update: {my_part: 5}}`, and named as run.my_part",
    ),
    (
        {"journey": ("- pause: {wait: 1 day}", "- pause: {update: {my-part: 5}}")},
        "CJO-E016",
        "use letters, digits and `_`, and",
    ),
    ({"journey": ("{total: moment.total}", "{total: [1, 2]}")}, "CJO-E013", "name a value, such as moment.total"),
    ({"journey": ("{wait: 1 day}", "{wait: until weekdays 9}")}, "CJO-E018", "did you mean `until weekday 09:00`?"),
    ({"journey": ("{wait: 1 day}", "{wait: until 9.30}")}, "CJO-E018", "did you mean `until 09:30`?"),
    ({"journey": ("{wait: 1 day}", "{wait: until 25}")}, "CJO-E018", "`until 09:00`"),
    ({"journey": ARMS}, "CJO-E013", "give at least one arm a `share` of 1 or more"),
    ({"workspace": (ZONE[0], ZONE[1].format(zone="Europe/Zuerich"))}, "CJO-E015", "did you mean 'Europe/Zurich'?"),
    ({"workspace": (ZONE[0], ZONE[1].format(zone="here"))}, "CJO-E015", "write region and city, like `Europe/Zurich`"),
    ({"policies": "hold_outs: {all: {share: 110%}}\n"}, "CJO-E013", "from 0.01% to 100%"),
    ({"policies": 'quiet_hours: {night: {from: "9:00", to: "07:00"}}\n'}, "CJO-E015", "from `00:00` to `23:59`"),
]


@pytest.mark.parametrize(("change", "code", "hint"), WAYS_OUT)
def test_a_mistake_is_told_once_with_the_way_out(change: Change, code: str, hint: str, tmp_path: Path) -> None:
    (found,) = [one for one in problems_of(workspaces.write(tmp_path, **change)) if one.level == "error"]
    assert (found.code, hint in found.hint) == (code, True), found


def test_types_of_ones_own_are_listed_before_those_of_cjo(tmp_path: Path) -> None:
    (found,) = problems_of(workspaces.write(tmp_path, journey=("exit: order_completed", "exit: xyz")))
    listed = found.hint.rpartition(": ")[2].split(", ")
    assert listed[:3] == ["order_completed", "page_viewed", "product_added"]
    assert set(listed[3:-1]) <= set(SYSTEM_TYPES)


@pytest.mark.parametrize(
    ("text", "line", "said", "hint"),
    [
        ("a: {b: 1\nc: 2\n", 2, "the `{` of line 1 is not closed", "close it with `}`"),
        ("a: [1\nb: 2\n", 2, "the `[` of line 1 is not closed", "close it with `]`"),
        ("a:\n\tb: 1\n", 2, "a tab", "spaces"),
        ("a: b: c\n", 1, "a `:` where no key can stand", "in quotes"),
        ("a:\n  b: 1\n c: 2\n", 3, "does not belong to what begins in line 1", "in one column"),
        ("- a\nb: 1\n", 2, "does not belong to what begins in line 1", "in one column"),
        ("a: 'x\nb: 1\n", 3, "the quote of line 1 is not closed", "close it"),
        ('a: "x\\q"\n', 1, "a `\\` in double quotes", "single quotes"),
        ('a: "Hi" there\n', 1, "text behind a value", "in quotes"),
        ("a: @x\n", 1, "no value begins with `@`", "in quotes"),
        ("a: {x: 1}}\n", 1, "a `}` that nothing opens", "remove it"),
        ("a: *no\n", 1, "undefined alias 'no'", "at the place named"),
    ],
)
def test_what_is_no_yaml_is_told_without_the_parsers_words(text: str, line: int, said: str, hint: str) -> None:
    problems = Problems()
    read_documents(text, "journey.yaml", problems)
    found: Problem
    (found,) = problems
    assert (found.code, found.place.line, said in found.message, hint in found.hint) == ("CJO-E001", line, True, True)


def test_validate_says_what_a_change_is_measured_against(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signal = "fewer: {kind: change, on: page_viewed, recent: 7 days, baseline: 28 days, falls_to: 50%}"
    assert main(["validate", str(workspaces.write(tmp_path, journey=("signals:", f"signals:\n  {signal}")))]) == 0
    assert "signal fewer: change, 7 days against the 28 days before, version" in capsys.readouterr().out
