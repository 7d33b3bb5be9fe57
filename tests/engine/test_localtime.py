"""T5: local times as UTC."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjo.engine.localtime import is_zone, local_date, local_to_utc_ms


def utc_ms(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        ((2026, 1, 15, 9, 0), "Europe/Zurich", "2026-01-15T08:00:00+00:00"),
        ((2026, 7, 15, 9, 0), "Europe/Zurich", "2026-07-15T07:00:00+00:00"),
        ((2026, 3, 29, 2, 0), "Europe/Zurich", "2026-03-29T01:00:00+00:00"),  # is skipped: 03:00 is the next
        ((2026, 3, 29, 2, 59), "Europe/Zurich", "2026-03-29T01:00:00+00:00"),
        ((2026, 3, 29, 3, 0), "Europe/Zurich", "2026-03-29T01:00:00+00:00"),
        ((2026, 10, 25, 2, 30), "Europe/Zurich", "2026-10-25T00:30:00+00:00"),  # exists twice: the first
        ((2026, 10, 4, 2, 15), "Australia/Lord_Howe", "2026-10-03T15:30:00+00:00"),  # a jump of half an hour
        ((2011, 12, 30, 9, 0), "Pacific/Apia", "2011-12-30T10:00:00+00:00"),  # a day that was left out
        ((2026, 9, 6, 0, 0), "America/Santiago", "2026-09-06T04:00:00+00:00"),  # midnight is skipped
    ],
)
def test_t5_a_local_time(local, zone, expected):
    assert local_to_utc_ms(*local, zone) == utc_ms(expected)


ZONES = ["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"]


@given(st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31)), st.sampled_from(ZONES))
def test_t5_is_the_first_instant_whose_local_time_is_not_before_it(local, zone):
    local = local.replace(second=0, microsecond=0)
    found = local_to_utc_ms(local.year, local.month, local.day, local.hour, local.minute, zone)

    # Looks at every minute around it. A local time that exists twice is met first at its first instant.
    start = local.replace(tzinfo=UTC) - timedelta(hours=16)
    minutes = (start + timedelta(minutes=number) for number in range(32 * 60 + 25 * 60))
    shown = ((one, one.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for one in minutes)
    first = next(one for one, there in shown if there >= local)
    assert found == int(first.timestamp() * 1000)


def test_the_local_date_of_an_instant():
    assert str(local_date(utc_ms("2026-05-01T23:30:00+00:00"), "Europe/Zurich")) == "2026-05-02"
    assert str(local_date(utc_ms("2026-05-01T23:30:00+00:00"), "America/New_York")) == "2026-05-01"


@pytest.mark.parametrize("name", [None, "", "Europe/Zurigo", "../etc/passwd", "/etc/passwd", "Europe", "a\0b", "ü"])
def test_what_is_no_zone(name):
    assert not is_zone(name)


def test_what_is_a_zone():
    assert is_zone("Europe/Zurich")
