"""T5: waits until a local time; and until a time that the moment holds."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjo.engine.nextlocal import next_local_ms
from tests.engine.build import DAY, HOUR, at, event, journey, leave, plan, play, tp, types, until_local, wait

SEEN = {"on": "seen", "exit": []}
NINE = 9 * 60
HALF_PAST_TWO = 150
WEEK = [0, 1, 2, 3, 4]


def utc_ms(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("after", "days", "minute", "zone", "expected"),
    [
        ("2026-05-06T06:59:59+00:00", None, NINE, "Europe/Zurich", "2026-05-06T07:00:00+00:00"),
        ("2026-05-06T07:00:00+00:00", None, NINE, "Europe/Zurich", "2026-05-07T07:00:00+00:00"),  # strictly after
        ("2026-05-06T12:00:00+00:00", None, NINE, "America/New_York", "2026-05-06T13:00:00+00:00"),
        ("2026-05-06T23:00:00+00:00", [3], NINE, "Asia/Tokyo", "2026-05-07T00:00:00+00:00"),  # Thursday there already
        ("2026-05-07T00:00:00+00:00", [3], NINE, "Asia/Tokyo", "2026-05-14T00:00:00+00:00"),
        ("2026-05-08T09:00:00+00:00", WEEK, NINE, "Europe/Zurich", "2026-05-11T07:00:00+00:00"),  # Friday to Monday
        ("2026-05-06T00:00:00+00:00", None, NINE, "Asia/Kathmandu", "2026-05-06T03:15:00+00:00"),
        # spring forward: what the clocks skip is the next that exists
        ("2026-03-29T00:00:00+00:00", None, HALF_PAST_TWO, "Europe/Zurich", "2026-03-29T01:00:00+00:00"),
        ("2026-03-08T06:00:00+00:00", None, HALF_PAST_TWO, "America/New_York", "2026-03-08T07:00:00+00:00"),
        ("2026-10-03T15:00:00+00:00", None, 135, "Australia/Lord_Howe", "2026-10-03T15:30:00+00:00"),  # by 30 minutes
        # fall back: what exists twice is the first; after it comes tomorrow's
        ("2026-10-25T00:00:00+00:00", None, HALF_PAST_TWO, "Europe/Zurich", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T00:30:00+00:00", None, HALF_PAST_TWO, "Europe/Zurich", "2026-10-26T01:30:00+00:00"),
        ("2026-11-01T05:00:00+00:00", None, 90, "America/New_York", "2026-11-01T05:30:00+00:00"),
        # days of 23 and 25 hours
        ("2026-03-28T08:00:00+00:00", None, NINE, "Europe/Zurich", "2026-03-29T07:00:00+00:00"),
        ("2026-10-24T07:00:00+00:00", None, NINE, "Europe/Zurich", "2026-10-25T08:00:00+00:00"),
        # a day that was left out: its 09:00 is the midnight after it
        ("2011-12-30T09:00:00+00:00", None, NINE, "Pacific/Apia", "2011-12-30T10:00:00+00:00"),
        ("2011-12-30T10:00:00+00:00", None, NINE, "Pacific/Apia", "2011-12-30T19:00:00+00:00"),
    ],
)  # fmt: skip
def test_t5_the_next_local_time(after, days, minute, zone, expected):
    assert next_local_ms(utc_ms(after), days, minute, zone) == utc_ms(expected)


ZONES = ["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "UTC"]


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 1)),
    st.sampled_from(ZONES),
    st.integers(0, 1439),
    st.sampled_from([None, [0], [5, 6], WEEK]),
)
def test_t5_no_such_local_time_lies_between(after, zone, minute, days):
    after = after.replace(tzinfo=UTC, microsecond=0)
    there = ZoneInfo(zone)

    found_ms = next_local_ms(int(after.timestamp() * 1000), days, minute, zone)

    found = datetime.fromtimestamp(found_ms / 1000, UTC)
    assert found > after
    between, step = after.replace(second=0) + timedelta(minutes=1), timedelta(minutes=1)
    while between < found:  # looks at every minute: one that shows the wanted time is met a second time only
        shown = between.astimezone(there)
        wanted = shown.hour * 60 + shown.minute == minute and (days is None or shown.weekday() in days)
        assert not wanted or shown.fold == 1
        between += step


def zone_said(found):
    (waiting,) = [one for one in found.of("decision") if one["reason"] == "waiting"]
    return waiting["inputs"]["time_zone"], waiting["inputs"]["time_zone_of"], int(waiting["inputs"]["until"])


@pytest.mark.parametrize(
    ("customers", "journeys", "expected"),
    [
        ("Asia/Tokyo", "America/New_York", ("Asia/Tokyo", "customer")),
        (None, "America/New_York", ("America/New_York", "journey")),
        ("Europe/Zurigo", "America/New_York", ("America/New_York", "journey")),
        (None, None, ("Europe/Zurich", "workspace")),
    ],
)
def test_t5_the_customers_zone_else_the_journeys_else_the_workspaces_and_the_decision_says_which(
    customers, journeys, expected
):
    profile = {"email": "string", "time_zone": "string"}
    wanted = plan(
        event(), journey(steps=[until_local()], time_zone=journeys, **SEEN), time_zone="Europe/Zurich", profile=profile
    )
    known = [tp("profile_updated", -1, attributes={"time_zone": customers})] if customers else []

    found = play(wanted, [*known, tp("page_viewed", 0)])

    zone, whose, until_ms = zone_said(found)
    assert (zone, whose) == expected
    assert until_ms == next_local_ms(at(0), None, NINE, zone)
    assert found.of("decision")[-1]["decided_at"] == until_ms


def with_time(value, add_ms=-24 * HOUR):
    starts = event(collect={"starts_at": {"value": ["attr", "starts_at", "timestamp"]}})
    time = {"of": ["moment", "starts_at", "timestamp"], "add_ms": add_ms}
    step = {"id": "pause", "kind": "wait", "time": time, "until": [], "timeout_then": "after"}
    wanted = plan(starts, journey(steps=[step, leave("wrong"), leave("after")], **SEEN))
    attributes = {} if value is None else {"attributes": {"starts_at": value}}
    return play(wanted, [tp("page_viewed", 0, **attributes)])


def test_a_wait_until_a_time_of_the_moment_ends_so_long_before_it():
    found = with_time(str(at(0) + 3 * DAY))

    over = next(one for one in found.of("decision") if one["reason"] == "wait_over")
    assert over["decided_at"] == at(0) + 2 * DAY
    assert found.of("decision")[-1]["step"] == "after"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (str(at(0) + DAY), "wait_past"),
        (str(at(0) - DAY), "wait_past"),
        (None, "wait_no_time"),
        ("soon", "wait_no_time"),
    ],
)
def test_a_time_that_is_past_or_not_known_is_not_waited_for_and_the_decision_says_so(value, reason):
    found = with_time(value)

    assert found.reasons("move") == [reason]
    assert {one["decided_at"] for one in found.of("decision")} == {at(0)}
    assert found.of("decision")[-1]["step"] == "after"


def test_r6_a_wait_until_a_time_beyond_the_end_of_the_run_ends_with_the_run():
    found = with_time(str(at(0) + 90 * DAY))

    assert found.reasons("end") == ["run_expired"]


@pytest.mark.parametrize("at_ms", [-(10**15), 10**15 - 1])
def test_t5_a_log_time_outside_the_calendar_stops_nobody(at_ms):
    found = play(plan(event(), journey(steps=[until_local()], **SEEN)), [tp("page_viewed", 0, at=at_ms)])

    assert found.decisions("move", "end") == [("move", "done", "wait_no_time"), ("end", "done", "completed")]


def restarted(*minutes, step=None, until=()):
    again = [{**one, "match": "customer"} for one in types("touched")]
    ends = [{**one, "match": "customer", "then": "other"} for one in types("ended")]
    steps = [{**(step or wait(minutes=60)), "restart": again, "until": ends}, leave("over"), leave("other")]
    rows = [tp("page_viewed", 0), *(tp("touched", minute) for minute in minutes), *(tp("ended", one) for one in until)]
    found = play(plan(event(), journey(steps=steps, **SEEN)), rows)
    return [(one["step"], (one["decided_at"] - at(0)) / 60_000) for one in found.of("decision") if one["kind"] == "end"]


@pytest.mark.parametrize(
    ("touched", "ends"),
    [((), 60), ((30,), 90), ((30, 85), 145), ((60,), 120), ((60.001,), 60), ((30, 30), 90), ((20, 19.95), 80)],
)
def test_t3_a_wait_begins_anew_with_each_touchpoint_in_it(touched, ends):
    assert restarted(*touched) == [("over", ends)]


def test_r5_what_ends_the_wait_goes_before_what_begins_it_anew():
    assert restarted(50, until=(100,)) == [("other", 100)]


def test_a_wait_for_a_local_time_begins_anew_too():
    # 22:13:20 UTC: nine o'clock of the next day, and of the day after it from 10 hours 50 minutes later
    nine = 10 * 60 + 46 + 40 / 60
    assert restarted(5, step=until_local()) == [("over", nine)]
    assert restarted(nine, step=until_local()) == [("over", nine + 24 * 60)]


def test_r6_a_wait_that_begins_anew_for_ever_ends_with_its_run():
    again = [{**one, "match": "customer"} for one in types("touched")]
    steps = [{**wait(minutes=60), "restart": again}, leave("over")]
    rows = [tp("page_viewed", 0), *(tp("touched", 30 * number) for number in range(1, 20))]
    found = play(plan(event(), journey(steps=steps, run_ms_max=5 * HOUR, **SEEN)), rows)
    assert found.reasons("end") == ["run_expired"]


def test_d1_two_touchpoints_that_begin_a_wait_anew_at_one_instant_are_two_decisions():
    again = [{**one, "match": "customer"} for one in types("touched")]
    rows = [tp("page_viewed", 0), tp("page_viewed", 20), tp("touched", 10), tp("touched", 15)]
    spec = journey(steps=[{**wait(minutes=60), "restart": again}], **SEEN)
    found = play(plan(event(), spec), rows, until_minutes=21)
    begun = [one for one in found.of("decision") if "event_id" in one["inputs"]]
    assert [one["decided_at"] for one in begun] == [at(20), at(20)]
    assert len({one["decision_id"] for one in found.of("decision")}) == len(found.of("decision"))
