"""Lengths of time in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjo.spec.durations import in_words, parse_duration_ms


@pytest.mark.parametrize(
    ("text", "length_ms"),
    [
        ("30 minutes", 1_800_000),
        ("7 days", 604_800_000),
        ("1 day 12 hours", 129_600_000),
        ("90 s", 90_000),
        ("90s", 90_000),
        ("1.5 hours", 5_400_000),
        ("250 ms", 250),
        ("2 weeks", 1_209_600_000),
        ("0 s", 0),
    ],
)
def test_words_are_a_length(text: str, length_ms: int) -> None:
    assert parse_duration_ms(text) == length_ms


@pytest.mark.parametrize(
    "text", ["", "7", "days", "7 dys", "-1 day", "1 month", "1.5 ms", "1 m", "9999 weeks", "1e3 s"]
)
def test_other_words_are_not(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_duration_ms(text)


@given(st.integers(0, 10**12))
def test_a_length_in_words_is_read_back(length_ms: int) -> None:
    assert parse_duration_ms(in_words(length_ms)) == length_ms
