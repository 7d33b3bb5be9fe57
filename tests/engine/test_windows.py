"""T5: quiet hours and send windows in local time, and what is held by them (D2, D5, D6)."""

from datetime import UTC, datetime

import pytest

from cjo.engine.windows import Rules, opens_at
from cjo.reasons import sentence
from tests.engine.build import (
    DAY,
    HOUR,
    MINUTE,
    at,
    event,
    journey,
    leave,
    plan,
    play,
    reachable,
    send,
    tp,
    types,
    wait,
)  # fmt: skip

SEEN = {"on": "seen", "exit": types("order_completed")}
# The test's log begins on Tuesday 2023-11-14 at 22:13:20 UTC: minute 0.
TO_EIGHT = 9 * 60 + 46 + 40 / 60


def hours(begin, end, days=None, name="night", channels=None, purposes=None):
    (begin_hour, begin_minute), (end_hour, end_minute) = (map(int, clock.split(":")) for clock in (begin, end))
    return {
        "name": name, "from_minute": begin_hour * 60 + begin_minute, "to_minute": end_hour * 60 + end_minute,
        "days": days, "channels": channels, "purposes": purposes,
    }  # fmt: skip


def quietly(*parts, rules=None, **change):
    return plan(event(), *parts, quiet_hours=rules or [hours("21:00", "08:00")], **change)


def ms(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def opens(text, zone="UTC", quiet=(), windows=()):
    found, name = opens_at(ms(text), Rules(tuple(quiet), tuple(windows)), zone)
    return found and f"{datetime.fromtimestamp(found / 1000, UTC):%Y-%m-%dT%H:%M:%S}", name


def test_d5_what_falls_into_quiet_hours_is_held_until_they_end_and_the_decision_says_by_whose_clock():
    found = play(quietly(journey(steps=[send(expires_ms=DAY)], **SEEN)), [*reachable(), tp("page_viewed", 0)])

    assert found.decisions("hold", "send") == [("hold", "done", "send_window"), ("send", "accepted", "sent")]
    (held,) = [one for one in found.of("decision") if one["kind"] == "hold"]
    assert held["inputs"] == {
        "window": "night", "time_zone": "UTC", "time_zone_of": "workspace", "until": str(at(TO_EIGHT))
    }  # fmt: skip
    (action,) = found.actions
    assert action["decided_at"] == at(TO_EIGHT)
    assert action["expires_at"] == at(0) + DAY  # from when it fell due, not from when it went


def test_d2_what_would_expire_before_it_may_go_is_refused_at_once():
    found = play(quietly(journey(steps=[send(expires_ms=2 * HOUR)], **SEEN)), [*reachable(), tp("page_viewed", 0)])

    (refused,) = [one for one in found.of("decision") if one["kind"] == "send"]
    assert (refused["outcome"], refused["reason"], refused["decided_at"]) == ("refused", "expired", at(0))
    assert refused["inputs"]["expires"] == str(at(120))


def test_a_channel_that_opens_too_late_is_passed_over_for_one_that_is_open():
    rules = [hours("21:00", "08:00", channels=["sms"])]
    one = journey(steps=[send(channels=("sms", "email"), expires_ms=2 * HOUR)], **SEEN)
    phone = tp("profile_updated", -50, attributes={"phone": "+41790000000"})

    found = play(quietly(one, rules=rules), [*reachable(), phone, tp("page_viewed", 0)])

    assert [action["channel"] for action in found.actions] == ["email"]


def test_d5_a_step_may_say_that_it_does_not_wait():
    one = journey(steps=[send(expires_ms=DAY, refused={"send_window": "exit"})], **SEEN)

    found = play(quietly(one), [*reachable(), tp("page_viewed", 0)])

    assert found.decisions("hold", "send", "end") == [
        ("send", "refused", "send_window"),
        ("end", "done", "send_window"),
    ]
    *_, refused, end = found.of("decision")
    assert sentence(refused) == "email is closed by night until 2023-11-15 08:00:00 UTC"
    assert sentence(end) == "the run ends: the channel is closed by night until 2023-11-15 08:00:00 UTC"


def test_d2_after_a_hold_everything_is_asked_again():
    one = journey(steps=[send(expires_ms=DAY)], goal={"name": "bought", "on": types("paid"), "within_ms": DAY}, **SEEN)
    caps = [{"name": "one", "at_most": 1, "per": None, "window_ms": DAY, "channels": None, "purposes": None}]
    other = journey("other", on="clicked", steps=[send(expires_ms=DAY)], exit=[])
    made = plan(
        event(), event("clicked", on=types("clicked")), one, other,
        quiet_hours=[hours("21:00", "08:00", purposes=["marketing"])], caps=caps,
    )  # fmt: skip
    # Both are held until eight, and the cap has room for one of them.
    found = play(made, [*reachable(), tp("page_viewed", 0), tp("clicked", 5)])
    assert found.reasons("send") == ["sent", "cap_reached"]


def test_d6_withdrawing_consent_ends_what_quiet_hours_hold():
    rows = [*reachable(), tp("page_viewed", 0), tp("consent_withdrawn", 10, attributes={})]

    found = play(quietly(journey(steps=[send(expires_ms=DAY)], **SEEN)), rows)

    (refused,) = [one for one in found.of("decision") if one["kind"] == "send"]
    assert (refused["reason"], refused["decided_at"]) == ("no_consent", at(10))


def test_r3_an_exit_ends_what_quiet_hours_hold():
    rows = [*reachable(), tp("page_viewed", 0), tp("order_completed", 10)]

    found = play(quietly(journey(steps=[send(expires_ms=DAY)], **SEEN)), rows)

    assert (found.actions, found.reasons("end")) == ([], ["exit_event"])


def test_what_the_step_waits_for_meanwhile_ends_the_hold():
    bought = {**types("paid")[0], "match": "customer", "then": "too-late"}
    steps = [send(expires_ms=DAY, until=[bought]), leave("done"), leave("too-late")]

    found = play(quietly(journey(steps=steps, **SEEN)), [*reachable(), tp("page_viewed", 0), tp("paid", 10)])

    assert found.actions == []
    assert found.reasons("move") == ["wait_event"]


@pytest.mark.parametrize(("urgent", "minutes"), [(False, TO_EIGHT), (True, 0)])
def test_d6_a_transactional_message_keeps_quiet_hours_unless_it_is_urgent(urgent, minutes):
    one = journey(steps=[send(expires_ms=DAY)], purpose="transactional", urgent=urgent, **SEEN)

    found = play(quietly(one), [reachable()[0], tp("page_viewed", 0)])

    assert [action["decided_at"] for action in found.actions] == [at(minutes)]


def test_t5_the_customers_zone_goes_before_the_journeys_and_the_workspaces():
    profile = {"email": "string", "time_zone": "string"}
    zoned = journey(steps=[send(expires_ms=DAY)], time_zone="America/New_York", **SEEN)
    rows = [*reachable(), tp("page_viewed", 0)]
    theirs = tp("profile_updated", -10, attributes={"time_zone": "Asia/Tokyo"})

    of_journey = play(quietly(zoned, profile=profile), rows)
    of_customer = play(quietly(zoned, profile=profile), [theirs, *rows])

    assert [one["decided_at"] for one in of_journey.actions] == [at(0)]  # 17:13 in New York
    assert [one["decided_at"] for one in of_customer.actions] == [at(TO_EIGHT - 9 * 60)]  # 07:13 in Tokyo
    (held,) = [one for one in of_customer.of("decision") if one["kind"] == "hold"]
    assert (held["inputs"]["time_zone"], held["inputs"]["time_zone_of"]) == ("Asia/Tokyo", "customer")


def test_t3_a_send_window_is_closed_at_both_ends_and_quiet_hours_end_with_their_last_minute():
    office, night = [hours("09:00", "18:00", name="office")], [hours("21:00", "08:00")]
    assert opens("2026-01-07T18:00:00", windows=office) == ("2026-01-07T18:00:00", "")
    assert opens("2026-01-07T18:00:01", windows=office) == ("2026-01-08T09:00:00", "office")
    assert opens("2026-01-07T21:00:00", quiet=night) == ("2026-01-08T08:00:00", "night")
    assert opens("2026-01-07T08:00:00", quiet=night) == ("2026-01-07T08:00:00", "")


def test_days_are_those_on_which_a_time_begins():
    friday_night = [hours("22:00", "06:00", days=[4])]
    assert opens("2026-01-10T05:00:00", quiet=friday_night) == ("2026-01-10T06:00:00", "night")  # a Saturday
    assert opens("2026-01-11T05:00:00", quiet=friday_night)[1] == ""
    weekdays = [hours("09:00", "17:00", days=[0, 1, 2, 3, 4], name="office")]
    assert opens("2026-01-09T17:30:00", windows=weekdays) == ("2026-01-12T09:00:00", "office")


def test_a_whole_day_is_quiet_from_midnight_to_midnight():
    sunday = [hours("00:00", "00:00", days=[6], name="sunday")]
    assert opens("2026-01-11T12:00:00", quiet=sunday) == ("2026-01-12T00:00:00", "sunday")


def test_one_rule_leads_to_the_next_until_something_is_open():
    quiet = [hours("20:00", "09:30", name="night"), hours("00:00", "00:00", days=[5, 6], name="weekend")]
    windows = [hours("09:00", "17:00", name="office")]
    assert opens("2026-01-09T20:00:00", quiet=quiet, windows=windows) == ("2026-01-12T09:30:00", "night")


def test_rules_that_never_open_are_told_by_none():
    assert opens("2026-01-09T20:00:00", quiet=[hours("00:00", "00:00")])[0] is None
    assert opens("2026-01-09T20:00:00", windows=[hours("09:00", "10:00", days=[])])[0] is None


# The night on which the clocks change, and how long quiet hours from 21:00 to 08:00 are in it.
NIGHTS = {
    "Europe/Zurich": [("2026-03-28T20:00:00", 10), ("2026-10-24T19:00:00", 12)],
    "America/New_York": [("2026-03-08T02:00:00", 10), ("2026-11-01T01:00:00", 12)],
    "America/Santiago": [("2026-04-05T00:00:00", 12), ("2026-09-06T01:00:00", 10)],
    "Australia/Lord_Howe": [("2026-04-04T10:00:00", 11.5), ("2026-10-03T10:30:00", 10.5)],
    "Africa/Casablanca": [("2026-02-14T20:00:00", 12), ("2026-03-21T21:00:00", 10)],
    "Asia/Kolkata": [("2026-03-28T15:30:00", 11), ("2026-10-24T15:30:00", 11)],
    "Pacific/Apia": [("2026-03-28T08:00:00", 11)],
}


@pytest.mark.parametrize(("zone", "night"), [(zone, night) for zone, nights in NIGHTS.items() for night in nights])
def test_t5_a_night_is_as_long_as_the_clocks_of_the_zone_make_it(zone, night):
    begins, lasts_hours = night
    until, name = opens(begins, zone, quiet=[hours("21:00", "08:00")])
    assert name == "night"
    assert (ms(until) - ms(begins)) / HOUR == lasts_hours
    a_minute_before = f"{datetime.fromtimestamp(ms(begins) / 1000 - 60, UTC):%Y-%m-%dT%H:%M:%S}"
    assert opens(a_minute_before, zone, quiet=[hours("21:00", "08:00")])[1] == ""


def test_t5_quiet_hours_that_end_at_a_time_which_does_not_exist_end_at_the_next_that_does():
    night = [hours("22:00", "02:30")]
    assert opens("2026-03-28T23:00:00", "Europe/Zurich", quiet=night)[0] == "2026-03-29T01:00:00"  # 03:00 there
    assert opens("2026-10-24T23:00:00", "Europe/Zurich", quiet=night)[0] == "2026-10-25T00:30:00"  # the first 02:30


def test_t5_the_29th_of_february_has_its_night():
    assert opens("2028-02-29T22:00:00", quiet=[hours("21:00", "08:00")])[0] == "2028-03-01T08:00:00"


def test_r6_a_run_whose_time_is_over_ends_while_its_send_is_held():
    one = journey(steps=[wait(minutes=1), send(expires_ms=DAY)], run_ms_max=HOUR, **SEEN)

    found = play(quietly(one), [*reachable(), tp("page_viewed", 0)])

    assert (found.actions, found.reasons("end")) == ([], ["run_expired"])
    assert {one["decided_at"] for one in found.of("decision") if one["kind"] == "end"} == {at(0) + 60 * MINUTE}
