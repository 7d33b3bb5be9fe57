"""The page of rules and tests is what the tests say, and no rule that is built goes without a test."""

from __future__ import annotations

from tests.docs.rules import NOT_BUILT, PAGE, named_in, page, rules, shown

WHOLE = "T1"
MISSING = {"P1", "P2", "P3"}
"""Rules of which nothing is built."""


def test_each_rule_has_a_test_that_names_it() -> None:
    assert set(rules()) - set(shown()) == MISSING
    assert set(NOT_BUILT) >= MISSING


def test_no_test_names_a_rule_that_is_none() -> None:
    assert set(shown()) - set(rules()) == set()


def test_the_page_is_what_the_tests_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(rules(), shown()), "write it: python -m tests.docs.rules"


def test_a_rule_is_named_by_name_comment_docstring_or_module() -> None:
    tests = "def test_r2_is_kept():\n    pass\n\ndef test_the_f1_score():  # S3, S5\n    'D1.'\n"
    found = dict(named_in(f"'All of it ({WHOLE}).'\n\n{tests}"))
    assert found == {"test_r2_is_kept": {WHOLE, "R2"}, "test_the_f1_score": {WHOLE, "S3", "S5", "D1"}}
