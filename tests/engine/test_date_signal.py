"""T2, T3, T4, T5, S3: date signals. Zone of the workspace: UTC."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import Engine
from cjo.simulate.replay import Replay
from tests.engine.build import BOUND, PROFILE, date, journey, plan, reachable, send, wait

MONDAY = "2026-03-02"


def ms(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def iso(at_ms):
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


_serial = iter(range(10**9))


def update(when, **attributes):
    return {"event_id": f"u{next(_serial)}", "type": "profile_updated", "at": ms(when), "attributes": attributes}


def seen(when):
    return {"event_id": f"v{next(_serial)}", "type": "consent_given", "at": ms(when), "attributes": {"purpose": "x"}}


class Played:
    def __init__(self, rows, until, *parts, **workspace):
        self.replay = Replay(Engine(plan(*parts, **{"profile": PROFILE} | workspace)))
        self.effects = [effect for _, effect in self.replay.run((("c1", row) for row in rows), ms(until))]
        self.moments = self.of("moment")
        self.times = [iso(moment["at"]) for moment in self.moments]

    def of(self, kind):
        return [record for name, record in self.effects if name == kind]


def test_a_birthday_fires_every_year_at_nine_with_the_years_and_what_it_collects():
    rows = [update("2026-03-02 12:00", birth_date="1990-05-01", first_name="Ada")]

    found = Played(rows, "2029-01-01", date())

    assert found.times == ["2026-05-01 09:00", "2027-05-01 09:00", "2028-05-01 09:00"]
    assert found.moments[1]["values"] == {
        "first_name": "Ada", "date": "2027-05-01", "years": 37, "time_zone": "UTC",
    }  # fmt: skip
    assert found.moments[1]["late_ms"] == 0


def test_a_date_without_every_comes_once_and_years_are_not_told():
    rows = [update("2026-03-02 12:00", birth_date="2026-05-01")]

    found = Played(rows, "2029-01-01", date(every=None))

    assert found.times == ["2026-05-01 09:00"]
    assert "years" not in found.moments[0]["values"]


def test_a_date_that_is_over_when_it_becomes_known_gives_no_moment():
    rows = [update("2026-05-01 09:00:01", birth_date="2026-05-01")]

    assert Played(rows, "2029-01-01", date(every=None)).times == []
    assert Played(rows, "2027-12-01", date()).times == ["2027-05-01 09:00"]


def test_t3_a_date_known_at_the_very_time_is_in_time():
    assert Played([update("2026-05-01 09:00", birth_date="2026-05-01")], "2026-06-01", date()).times == [
        "2026-05-01 09:00"
    ]


def test_a_yearly_date_ahead_begins_with_itself():
    rows = [update("2026-03-02 12:00", birth_date="2027-05-01")]

    found = Played(rows, "2028-12-01", date())

    assert [(one["values"]["date"], one["values"]["years"]) for one in found.moments] == [
        ("2027-05-01", 0),
        ("2028-05-01", 1),
    ]


def test_days_before_are_days_of_the_calendar_where_the_customer_is():
    rows = [update("2026-03-02 12:00", birth_date="1990-04-01", time_zone="Europe/Zurich")]

    found = Played(rows, "2026-12-01", date(before_days=7, at="18:30"))

    assert found.times == ["2026-03-25 17:30"]  # the clocks change on 29 March
    assert found.moments[0]["values"]["date"] == "2026-04-01"


def test_days_before_the_first_of_january_lie_in_the_year_before():
    rows = [update("2026-03-02 12:00", birth_date="1990-01-03")]

    assert Played(rows, "2028-01-01", date(before_days=7)).times == ["2026-12-27 09:00", "2027-12-27 09:00"]


@pytest.mark.parametrize(
    ("zone", "expected", "recorded"),
    [
        ("Europe/Zurich", "2026-05-01 07:00", "Europe/Zurich"),
        ("Pacific/Kiritimati", "2026-04-30 19:00", "Pacific/Kiritimati"),
        ("Mars/Olympus", "2026-05-01 00:00", "Asia/Tokyo"),
        ("", "2026-05-01 00:00", "Asia/Tokyo"),
    ],
)
def test_t5_the_customers_zone_else_the_workspaces(zone, expected, recorded):
    rows = [update("2026-03-02 12:00", birth_date="1990-05-01", time_zone=zone)]

    found = Played(rows, "2026-12-01", date(), time_zone="Asia/Tokyo")

    assert (found.times, found.moments[0]["values"]["time_zone"]) == ([expected], recorded)


def test_t5_a_time_that_the_clocks_skip_is_the_next_that_exists():
    rows = [update("2026-03-02 12:00", birth_date="1990-03-29", time_zone="Europe/Zurich")]

    assert Played(rows, "2026-12-01", date(at="02:30")).times == ["2026-03-29 01:00"]


def test_29_february_comes_on_the_28th_in_other_years():
    rows = [update("2026-01-02 12:00", birth_date="2000-02-29")]

    assert Played(rows, "2029-01-01", date()).times == ["2026-02-28 09:00", "2027-02-28 09:00", "2028-02-29 09:00"]


def test_an_unreadable_date_gives_no_moment_and_is_counted():
    found = Played([update("2026-03-02 12:00", birth_date="1 May 1990")], "2029-01-01", date())

    assert (found.times, found.of("count")) == ([], ["date_unreadable"])


def test_an_unreadable_date_takes_the_earlier_ones_place():
    rows = [update("2026-03-02 12:00", birth_date="1990-05-01"), update("2026-03-02 12:01", birth_date="x")]

    assert Played(rows, "2029-01-01", date()).times == []


def test_a_timestamp_is_a_date_where_the_customer_is():
    rows = [update("2026-03-02 12:00", renews="2026-05-01T23:30:00Z", time_zone="Europe/Zurich")]

    found = Played(rows, "2029-01-01", date(date=["profile", "renews", "timestamp"], every=None))

    assert found.times == ["2026-05-02 07:00"]


def test_s3_a_repeated_profile_makes_no_second_moment_before_at_or_after_the_time():
    rows = [update("2026-04-30 10:00", birth_date="1990-05-01")]
    rows += [
        update(f"2026-05-01 {time}", birth_date="1990-05-01") for time in ("08:59:59", "09:00", "09:00:02", "11:00")
    ]
    rows += [update("2026-05-02 08:00", birth_date="1990-05-01")]

    assert Played(rows, "2027-05-02", date()).times == ["2026-05-01 09:00", "2027-05-01 09:00"]


def test_s3_a_move_to_a_zone_where_the_time_is_still_to_come_makes_no_second_moment():
    rows = [
        update("2026-03-02 12:00", birth_date="1990-05-01", time_zone="Europe/Zurich"),
        update("2026-05-01 10:00", time_zone="America/Los_Angeles"),
    ]

    assert Played(rows, "2027-06-01", date()).times == ["2026-05-01 07:00", "2027-05-01 16:00"]


def test_s3_the_id_is_of_signal_subject_and_day_whatever_made_it_known():
    one = Played([update("2026-03-02 12:00", birth_date="1990-05-01")], "2026-06-01", date())
    other = Played(
        [update("2026-04-02 12:00", birth_date="1985-05-01", time_zone="Europe/Zurich")], "2026-06-01", date()
    )
    another = Played([update("2026-03-02 12:00", birth_date="1990-05-02")], "2026-06-01", date())

    ids = [found.moments[0]["moment_id"] for found in (one, other, another)]
    assert ids[0] == ids[1] != ids[2]


def test_a_corrected_date_moves_the_moment():
    rows = [update("2026-03-02 12:00", birth_date="1990-05-01"), update("2026-04-02 12:00", birth_date="1990-06-01")]

    assert Played(rows, "2026-12-01", date()).times == ["2026-06-01 09:00"]


def test_a_date_that_is_taken_away_disarms():
    rows = [update("2026-03-02 12:00", birth_date="1990-05-01"), update("2026-04-02 12:00", birth_date="")]

    found = Played(rows, "2026-12-01", date())

    assert (found.times, found.of("count")) == ([], [])


@pytest.mark.parametrize("change", [{"birth_date": ""}, {"birth_date": "1990-06-01"}, {"time_zone": "Asia/Tokyo"}])
def test_t3_a_change_after_the_time_but_handled_before_it_does_not_touch_it(change):
    rows = [update("2026-03-02 12:00", birth_date="1990-05-01", first_name="Ada")]
    rows += [update("2026-05-01 09:00:02", first_name="Eve", **change)]

    found = Played(rows, "2026-05-30", date())

    assert found.times == ["2026-05-01 09:00"]
    assert found.moments[0]["values"]["first_name"] == "Ada"


def test_t3_what_such_a_change_brings_counts_from_then_on():
    rows = [update("2026-03-02 12:00", birth_date="1990-05-01"), update("2026-05-01 09:00:02", birth_date="1990-06-01")]

    assert Played(rows, "2026-12-01", date()).times == ["2026-05-01 09:00", "2026-06-01 09:00"]


def test_t4_a_late_change_that_moves_the_date_away_takes_the_moment_back():
    steps = [send(expires_ms=86_400_000), wait(minutes=300)]
    rows = [*reachable(), update("2026-03-02 12:00", birth_date="1990-05-01"), seen("2026-05-01 10:00")]
    rows += [update("2026-04-20 12:00", birth_date="1990-06-01")]

    found = Played(rows, "2026-05-30", date(), journey(on="birthday", steps=steps, exit=[]))

    assert [one["kind"] for one in found.of("action")] == ["request", "cancel"]
    assert [one["reason"] for one in found.of("decision") if one["kind"] == "end"] == ["moment_void"]


def test_t4_a_late_profile_gives_the_moment_its_own_time_and_says_how_late_it_is():
    rows = [update("2026-03-02 12:00", first_name="Ada"), seen("2026-05-01 12:00")]
    rows += [update("2026-04-20 12:00", birth_date="1990-05-01")]

    (moment,) = Played(rows, "2026-05-30", date()).moments

    assert (iso(moment["at"]), moment["late_ms"]) == ("2026-05-01 09:00", 3 * 3_600_000)


def test_t4_a_late_profile_reaches_back_no_further_than_the_late_horizon():
    rows = [update("2026-03-02 12:00", first_name="Ada"), seen("2026-05-03 12:00")]
    rows += [update("2026-04-20 12:00", birth_date="1990-05-01")]

    assert Played(rows, "2026-12-01", date()).times == []


def test_t4_a_late_zone_does_not_reach_back_to_before_the_date_was_known():
    rows = [update("2026-03-02 12:00", first_name="Ada"), update("2026-05-01 09:30", birth_date="1990-05-01")]
    rows += [update("2026-05-01 08:00", time_zone="Africa/Abidjan")]

    assert Played(rows, "2026-12-01", date()).times == []


def test_t4_a_change_older_than_what_is_on_record_moves_nothing():
    rows = [update("2026-03-02 12:00", birth_date="1990-05-01"), update("2026-03-01 12:00", birth_date="1990-06-01")]

    assert Played(rows, "2026-12-01", date()).times == ["2026-05-01 09:00"]


def test_t4_fresh_holds_for_dates_as_for_all():
    rows = [*reachable(), update("2026-03-02 12:00", first_name="Ada"), seen("2026-05-01 12:00")]
    rows += [update("2026-04-20 12:00", birth_date="1990-05-01")]

    found = Played(rows, "2026-05-30", date(), journey(on="birthday", enter={"fresh_ms": 3_600_000}))

    assert [one["reason"] for one in found.of("decision")] == ["stale"]


def test_r9_live_from_holds_for_dates_as_for_all():
    rows = [*reachable(), update("2026-03-02 12:00", birth_date="1990-05-01")]

    found = Played(rows, "2027-06-01", date(), journey(on="birthday"), live_from_ms=ms("2026-06-01"))

    assert [one["reason"] for one in found.of("decision") if one["kind"] == "entry"] == ["not_live", "entered"]


def test_a_journey_sends_on_the_date():
    rows = [*reachable(), update("2026-03-02 12:00", birth_date="1990-05-01")]

    found = Played(rows, "2028-01-01", date(), journey(on="birthday"))

    assert [iso(one["decided_at"]) for one in found.of("action")] == ["2026-05-01 09:00", "2027-05-01 09:00"]


def test_a_date_signal_that_comes_later_is_armed_at_the_customers_next_input():
    before, after = plan(profile=PROFILE), plan(date(), profile=PROFILE)
    old = Replay(Engine(before))
    old.take("c1", update("2026-03-02 12:00", birth_date="1990-05-01"))
    new = Replay(Engine(after))
    new.states = old.states

    effects = [*new.run([("c1", seen("2026-04-01 12:00"))], ms("2026-06-01"))]

    assert [iso(record["at"]) for _, (kind, record) in effects if kind == "moment"] == ["2026-05-01 09:00"]


def test_a_date_signal_that_has_changed_is_armed_anew_and_does_not_fire_as_it_was():
    old = Replay(Engine(plan(date(), profile=PROFILE)))
    old.take("c1", update("2026-03-02 12:00", birth_date="1990-05-01"))
    new = Replay(Engine(plan(date(version="s2", before_days=3), profile=PROFILE)))
    new.states = old.states

    effects = [*new.run([("c1", seen("2026-04-01 12:00"))], ms("2026-06-01"))]

    assert [iso(record["at"]) for _, (kind, record) in effects if kind == "moment"] == ["2026-04-28 09:00"]


def test_two_date_signals_of_one_customer_do_not_disturb_each_other():
    rows = [update("2026-03-02 12:00", birth_date="1990-05-01")]

    found = Played(rows, "2026-12-01", date(), date("week_before", before_days=7))

    assert [(one["signal"], iso(one["at"])) for one in found.moments] == [
        ("week_before", "2026-04-24 09:00"),
        ("birthday", "2026-05-01 09:00"),
    ]


def test_what_has_fired_is_forgotten_and_the_wake_up_for_next_year_stays():
    rows = [update("2026-03-02 12:00", birth_date="1990-05-01")]

    found = Played(rows, "2026-07-01", date())

    state = found.replay.states["c1"]
    assert b'"sig":{}' in state
    assert f'"wakes":[[{ms("2027-05-01 09:00")},0,"s:birthday:"]]'.encode() in state


@pytest.mark.parametrize("held", ["9999-12-31", "0001-01-01"])
def test_dates_at_the_ends_of_the_calendar(held):
    rows = [update("2026-03-02 12:00", birth_date=held)]

    Played(rows, "2026-12-01", date(before_days=366))
    Played(rows, "2026-12-01", date(before_days=366, every=None))


# --- against a reference: every minute of interest, looked at one by one ---

ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "birth_date": st.sampled_from(["1990-03-03", "1990-03-04", "2026-03-03", "", "x"]),
        "time_zone": st.sampled_from(["UTC", "Europe/Zurich", "America/New_York", "nowhere"]),
    },
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5 * 24 * 4), ATTRIBUTES), min_size=1, max_size=6, unique_by=lambda one: one[0]),
    st.sampled_from(["year", None]),
    st.integers(0, 2),
    st.booleans(),
)
def test_s3_dates_are_those_of_the_reference(changes, every, before_days, watermarks):
    begin = ms(f"{MONDAY} 00:00")
    rows = []
    for quarter, attributes in sorted(changes, key=lambda one: one[0]):
        when = (datetime(2026, 3, 2) + timedelta(minutes=15 * quarter, seconds=1)).isoformat()
        rows.append(update(when, **attributes))
    replay = Replay(Engine(plan(date(every=every, before_days=before_days), profile=PROFILE)))
    effects = []
    for row in rows:
        effects += replay.take("c1", row)
        if watermarks:
            effects += [one for _, found in replay.advance(row["at"] - BOUND - 1) for one in found]
    effects += [one for _, found in replay.advance(begin + 10 * 86_400_000) for one in found]

    found = [(record["at"], record["values"]["date"]) for kind, record in effects if kind == "moment"]
    assert found == reference(rows, every, before_days, begin)


def reference(rows, every, before_days, begin):
    """Quarter of an hour by quarter: what is on record then, and is it nine in that zone on the right day?"""
    from zoneinfo import ZoneInfo

    found, days = [], set()
    for number in range(9 * 24 * 4):
        now = begin + number * 900_000
        held = {}
        for row in rows:
            if row["at"] <= now:
                held |= row["attributes"]
        zone = held.get("time_zone", "UTC")
        there = datetime.fromtimestamp(now / 1000, ZoneInfo("UTC" if zone == "nowhere" else zone))
        day = (there + timedelta(days=before_days)).date()
        born = held.get("birth_date") or "x"
        same = born[5:] == day.isoformat()[5:] if every else born == day.isoformat()
        if born != "x" and same and (there.hour, there.minute) == (9, 0) and day not in days:
            days.add(day)
            found.append((now, day.isoformat()))
    return found
