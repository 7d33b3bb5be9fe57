"""Points in a scenario's time: every form, and the two nights a year that are odd (T5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cjo.scenarios.calendar import Calendar
from cjo.spec.whens import parse_when


def at(text: str, zone: str = "Europe/Zurich", start: str = "2026-01-05 09:00", before: str | None = None) -> str:
    calendar = Calendar(zone, parse_when(start))
    before_ms = calendar.at_ms(parse_when(before), 0) if before else calendar.start_ms
    found_ms = calendar.at_ms(parse_when(text), before_ms)
    return f"{datetime.fromtimestamp(found_ms / 1000, UTC):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("0 min", "2026-01-05 08:00"),
        ("2 h", "2026-01-05 10:00"),
        ("1 day 30 minutes", "2026-01-06 08:30"),
        ("-3 days", "2026-01-02 08:00"),
        ("day 1 09:00", "2026-01-05 08:00"),
        ("day 2 7:30", "2026-01-06 06:30"),
        ("2026-02-01 00:00", "2026-01-31 23:00"),
        ("2026-02-01T00:00:00Z", "2026-02-01 00:00"),
        ("2026-02-01T00:00:00+05:30", "2026-01-31 18:30"),
    ],
)
def test_each_form_of_a_time(text: str, utc: str) -> None:
    assert at(text) == utc


def test_a_plus_counts_from_the_line_before() -> None:
    assert at("+2 h", before="day 2 09:00") == "2026-01-06 10:00"


def test_t5_a_local_time_that_does_not_exist_is_the_next_one_that_does() -> None:
    assert at("2026-03-29 02:30") == "2026-03-29 01:00"
    assert at("2026-03-29 01:59") == "2026-03-29 00:59"
    assert at("2026-03-29 03:00") == "2026-03-29 01:00"


def test_t5_a_local_time_that_exists_twice_is_the_first() -> None:
    assert at("2026-10-25 02:30") == "2026-10-25 00:30"


def test_t5_a_day_of_23_hours_is_one_day_later() -> None:
    assert at("day 2 09:00", start="2026-03-28 09:00") == "2026-03-29 07:00"
    assert at("24 h", start="2026-03-28 09:00") == "2026-03-29 08:00"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0 min", "day 1 09:00 (0 min)"),
        ("day 2 09:30", "day 2 09:30 (1 day 30 minutes)"),
        ("-1 min", "day 1 08:59 (-1 minute)"),
        ("5 s", "day 1 09:00:05 (5 seconds)"),
        ("1500 ms", "day 1 09:00:01.500 (1 second 500 ms)"),
    ],
)
def test_times_as_words(text: str, words: str) -> None:
    calendar = Calendar("Europe/Zurich", parse_when("2026-01-05 09:00"))
    assert calendar.words(calendar.at_ms(parse_when(text), 0)) == words
