"""T5: dates as a profile holds them."""

from datetime import date

import pytest

from cjo.engine.calendar import in_year, read_date


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("1990-05-01", "string", date(1990, 5, 1)),
        ("2024-02-29", "string", date(2024, 2, 29)),
        ("2026-05-01T23:30:00Z", "timestamp", date(2026, 5, 2)),  # where the customer is
        ("1777678200000", "timestamp", date(2026, 5, 2)),
        (None, "string", None),
        ("", "string", None),
        ("1990-5-1", "string", None),
        ("1990-02-29", "string", None),
        ("0000-01-01", "string", None),
        ("1990-05-01T00:00:00Z", "string", None),
        ("01.05.1990", "string", None),
        ("١٩٩٠-٠٥-٠١", "string", None),
        ("1990-05-01\n", "string", None),
        ("2026-05-01", "timestamp", None),
        ("999999999999999", "timestamp", None),  # beyond the calendar
        ("-999999999999999", "timestamp", None),
    ],
)
def test_what_is_read_as_a_date(text, kind, expected):
    assert read_date(text, kind, "Europe/Zurich") == expected


def test_29_february_is_the_28th_where_there_is_none():
    leap = date(2000, 2, 29)

    assert [in_year(leap, year) for year in (2025, 2028, 2100)] == [
        date(2025, 2, 28),
        date(2028, 2, 29),
        date(2100, 2, 28),
    ]
    assert in_year(date(2001, 2, 28), 2028) == date(2028, 2, 28)
