"""What a condition may not be: everything that is not in the tables of cjo/compile/conditions.py."""

from __future__ import annotations

import pytest

from cjo.compile.conditions import parse_condition, parse_ref
from cjo.compile.scopes import MomentScope
from tests.compile.test_conditions_as_closures import SCOPE


@pytest.mark.parametrize(
    "text",
    [
        "years = (SELECT 1)",
        "years IN (SELECT 1)",
        "EXISTS (SELECT 1)",
        "ABS(years) = 1",
        "SUM(years) = 1",
        "COUNT(*) > 1",
        "NOW() > due",
        "RAND() > 0.5",
        "CAST(topic AS INT) = 1",
        "topic::int = 1",
        "CASE WHEN years = 1 THEN TRUE ELSE FALSE END",
        "topic || page = 'a'",
        "topic ILIKE 'a'",
        "topic RLIKE 'a'",
        "topic SIMILAR TO 'a'",
        "topic LIKE 'a' ESCAPE '!'",
        "topic LIKE page",
        "topic IN (page)",
        "topic IN ()",
        "topic = NULL",
        "returning IS TRUE",
        "years IS NOT DISTINCT FROM 1",
        "years / 2 = 1",
        "years % 2 = 1",
        "years & 1 = 1",
        "topic = 'a' 'b'",
        "topic = ?",
        "topic = :name",
        "topic = @name",
        "years = 1; DROP TABLE log",
        "topic = 'a' -- and nothing else",
        "/* */ topic = 'a'",
        "attributes['topic'] = 'a'",
        "a.b.c.topic = 'a'",
        "moment.total = 1",
        "profile.topic = 'a'",
        "* = 1",
        "years BETWEEN 1",
        "years BETWEEN SYMMETRIC 3 AND 1",
        "topic LIKE ANY ('a', 'b')",
        "returning = ANY (TRUE)",
        "topic COLLATE x = 'b'",
        "due = DATE '2026-05-01'",
        "topic = N'a'",
        "topic =",
        "",
        "   ",
        "topic = 'a",
        "SELECT 1",
        "years = 1e3",
        "years = 1234567890123456789",
        "years = 0x1F",
        "returning < TRUE",
        "due > 5",
        "due > '2026-05-01'",
        "topic",
        "years",
        "topic AND returning",
        "topic + 1 = 2",
        "LOWER(years) = '1'",
        "years LIKE '1%'",
        "years = '1'",
        "topic = 1",
        "returning = 'true'",
        "COALESCE(topic, 1) = 'a'",
        'topic = "mortgage"',
    ],
)
def test_what_is_not_on_the_list_is_refused(text: str) -> None:
    cond, complaints = parse_condition(text, SCOPE)
    assert cond is None
    assert complaints


@pytest.mark.parametrize(
    ("text", "names"),
    [("order = 'x' AND date > 3", {"order": "string", "date": "int"}), ("NOT (end)", {"end": "bool"})],
)
def test_a_name_may_be_a_word_of_sql(text: str, names: dict[str, str]) -> None:
    class Keywords:
        def resolve(self, parts: list[str]) -> list[str]:
            return ["attr", parts[0], names[parts[0]]]

    assert parse_condition(text, Keywords())[1] == []


def test_a_list_can_only_be_tested_for_null() -> None:
    scope = MomentScope({"items": "list"}, {})
    assert parse_condition("moment.items IS NOT NULL", scope)[1] == []
    assert [c.name for c in parse_condition("moment.items = moment.items", scope)[1]] == ["type-mismatch"]


def test_a_mistake_is_placed_inside_the_text() -> None:
    _, complaints = parse_condition("years = 1 AND topc = 'a' AND LOWER(loan) = 'x'", SCOPE)
    assert [(complaint.name, complaint.offset) for complaint in complaints] == [
        ("unknown-name", 14),
        ("type-mismatch", 29),
    ]
    assert complaints[0].hint is not None and "did you mean 'topic'?" in complaints[0].hint


@pytest.mark.parametrize("text", ["sum(topic)", "a b", "", "a.b.c", "1", "'topic'"])
def test_a_reference_is_one_name(text: str) -> None:
    ref, complaint = parse_ref(text, SCOPE)
    assert ref is None and complaint is not None
