"""Which attempt begins when: within the action's times (D9), in the customer's order, as fast as the carrier may go."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cjo.deliver.desk import AWAY, Desk
from cjo.deliver.outcome import ABSENT, DELIVERED, Outcome, Verdict, failed, retry
from cjo.deliver.request import Now, Request
from tests.deliver.worlds import MINUTE, T0, TOPIC, action, gate


def at(seconds: float) -> Now:
    """So long after T0, on both clocks."""
    return Now(T0 + round(seconds * 1000), seconds)


def desk(*actions: dict[str, Any], now: Now | None = None, **limits: Any) -> Desk:
    made = Desk({"mail": gate(**limits)})
    for number, one in enumerate(actions):
        made.add(Request(one, "mail", (TOPIC, 0), number), now or at(0))
    return made


def landed(made: Desk, request: Request, outcome: Outcome, now: Now) -> Verdict | None:
    """What an attempt comes to."""
    verdict = made.judge(request, outcome, now)
    made.land(request, outcome, verdict, now)
    return verdict


def begun(made: Desk, now: Now) -> list[str]:
    return [request.action["action_id"] for request in made.due(now)[0]]


def expired(made: Desk, now: Now) -> list[str]:
    return [request.action["action_id"] for request in made.due(now)[1]]


def test_actions_of_different_customers_are_under_way_together() -> None:
    assert begun(desk(action(1, "c1"), action(2, "c2")), at(0)) == ["a1", "a2"]


def test_d9_the_next_of_a_customer_waits_until_the_one_before_has_landed() -> None:
    made = desk(action(1), action(2))
    first = made.due(at(0))[0]
    assert begun(made, at(1)) == []
    landed(made, first[0], DELIVERED, at(2))
    assert begun(made, at(2)) == ["a2"]


def test_the_next_of_a_customer_waits_while_the_one_before_waits_for_another_attempt() -> None:
    made = desk(action(1), action(2), action(3, "c2"))
    first = made.due(at(0))[0][0]
    assert landed(made, first, retry("HTTP 500"), at(1)) is None
    assert begun(made, at(1.9)) == []
    assert begun(made, at(2)) == ["a1"]


def test_d9_nothing_begins_before_not_before_and_what_is_due_does_not_wait_for_it() -> None:
    made = desk(action(1, not_before=T0 + MINUTE), action(2))
    assert begun(made, at(0)) == ["a2"]
    assert made.wake_in_s(at(0)) == 60.0
    assert begun(made, at(59.999)) == []
    landed(made, made._requests["a2"], DELIVERED, at(59.999))
    assert begun(made, at(60)) == ["a1"]


def test_d9_expires_at_is_the_last_moment() -> None:
    assert begun(desk(action(1, expires_at=T0 + MINUTE)), at(60)) == ["a1"]
    made = desk(action(1, expires_at=T0 + MINUTE))
    assert expired(made, at(60.001)) == ["a1"]
    assert len(made) == 0


def test_d9_what_expires_while_it_waits_for_another_attempt_or_behind_one_is_dropped() -> None:
    made = desk(action(1), action(2, expires_at=T0 + 5000), attempts=50)
    first = made.due(at(0))[0][0]
    landed(made, first, retry("HTTP 500", after_s=3600.0 * 2), at(1))
    assert expired(made, at(6)) == ["a2"]
    assert expired(made, at(3600)) == []
    assert expired(made, at(3600.001)) == ["a1"]


def test_d9_an_attempt_that_fails_after_the_end_of_its_time_is_the_last() -> None:
    made = desk(action(1, expires_at=T0 + 5000))
    first = made.due(at(4))[0][0]
    assert begun(made, at(6)) == []
    verdict = landed(made, first, retry("HTTP 500"), at(6))
    assert verdict is not None and (verdict.outcome, verdict.reason) == ("failed", "expired")


def test_attempts_come_to_an_end() -> None:
    made = desk(action(1), attempts=3)
    verdicts = []
    for now_s in (0.0, 1.0, 3.0):
        request = made.due(at(now_s))[0][0]
        verdicts.append(landed(made, request, retry("HTTP 500"), at(now_s)))
    assert [verdict and verdict.reason for verdict in verdicts] == [None, None, "gave_up"]


def test_trouble_of_the_carrier_as_a_whole_uses_up_no_attempts_and_stops_the_others() -> None:
    made = desk(*(action(number, f"c{number}") for number in range(4)), parallel=2, attempts=1)
    flying = made.due(at(0))[0]
    assert len(flying) == 2
    assert [landed(made, request, retry("no connection", whole=True), at(1)) for request in flying] == [None, None]
    assert begun(made, at(1)) == []
    assert made.wake_in_s(at(1)) == 2.0  # the second failure in a row
    assert begun(made, at(3)) == ["a2"]  # one asks: another one, for the message may have been to blame
    landed(made, made._requests["a2"], DELIVERED, at(4))
    assert begun(made, at(4)) == ["a3", "a0"]


def test_a_message_that_breaks_the_carrier_each_time_comes_to_an_end_and_holds_up_nobody() -> None:
    made = desk(*(action(number, f"c{number}") for number in range(20)), parallel=1, attempts=3)
    tried, now_s, reason = list[str](), 0.0, None
    for number in range(20, 40):  # another one every 5 seconds
        made.add(Request(action(number, f"c{number}", not_before=T0 + number * 5000), "mail", (TOPIC, 0), 0), at(0))
    while len(made):
        for request in made.due(at(now_s))[0]:
            tried.append(request.action["action_id"])
            broken = tried[-1] == "a0"
            verdict = landed(made, request, retry("it broke", whole=True) if broken else DELIVERED, at(now_s))
            reason = verdict.reason if verdict and broken else reason
        now_s += 0.5
    assert set(tried) == {f"a{number}" for number in range(40)} and reason == "gave_up"
    assert tried.index("a0", 1) == 20  # it asks again behind all that were there
    assert now_s < 210


def test_a_carrier_that_says_that_it_is_busy_blames_no_message() -> None:
    made = desk(*(action(number, f"c{number}") for number in range(5)), parallel=1, attempts=1)
    asked, now_s = 0, 0.0
    while asked < 20:
        for request in made.due(at(now_s))[0]:
            busy = request.action["action_id"] == "a0"
            asked += busy
            verdict = landed(made, request, retry("HTTP 429", busy=True) if busy else DELIVERED, at(now_s))
            assert busy == (verdict is None)
        now_s += 5.0
        made.add(Request(action(100 + round(now_s), "c9"), "mail", (TOPIC, 0), 0), at(now_s))


def test_an_outage_that_nobody_gets_through_counts_against_no_message_however_often_they_ask() -> None:
    made = desk(*(action(number, f"c{number}") for number in range(3)), parallel=1, attempts=1)
    now_s = 0.0
    for _ in range(30):
        for request in made.due(at(now_s))[0]:
            assert landed(made, request, retry("no connection", whole=True), at(now_s)) is None
        now_s += 60.0
    assert len(made) == 3


def test_d9_a_cancel_stops_what_has_not_begun_and_the_next_attempt_of_what_has() -> None:
    made = desk(action(1), action(2, "c2"))
    stopped = made.withdraw("a2", "cancelled", at(0))
    assert stopped is not None and stopped.action["action_id"] == "a2"
    first = made.due(at(0))[0][0]
    assert made.withdraw("a1", "cancelled", at(0)) is None
    verdict = landed(made, first, retry("HTTP 500"), at(1))
    assert verdict is not None and (verdict.outcome, verdict.reason) == ("failed", "cancelled")
    assert len(made) == 0


def test_what_is_delivered_in_spite_of_a_cancel_is_delivered() -> None:
    made = desk(action(1))
    first = made.due(at(0))[0][0]
    made.withdraw("a1", "cancelled", at(0))
    verdict = landed(made, first, DELIVERED, at(1))
    assert verdict is not None and verdict.outcome == "delivered"


def test_who_is_absent_is_waited_for_without_attempts() -> None:
    made = desk(action(1), attempts=1)
    request = made.due(at(0))[0][0]
    assert landed(made, request, ABSENT, at(0)) is None
    assert made.is_idle(at(0)) and begun(made, at(1000)) == []
    made.nudge("c1", "mail", [TOPIC], at(1000))
    assert begun(made, at(1000)) == ["a1"]


def test_who_comes_while_the_carrier_finds_them_absent_is_not_missed() -> None:
    made = desk(action(1))
    request = made.due(at(0))[0][0]
    made.nudge("c1", "mail", [TOPIC], at(0))
    landed(made, request, ABSENT, at(0))
    assert begun(made, at(0)) == ["a1"]


def test_two_of_a_customer_are_never_under_way_together() -> None:
    made = desk(action(1, not_before=T0 + 1000), action(2))
    assert begun(made, at(0)) == ["a2"]
    assert begun(made, at(1)) == []
    landed(made, made._requests["a2"], retry("HTTP 500"), at(1))
    assert begun(made, at(1)) == ["a1"] and begun(made, at(2)) == []


def test_what_a_carrier_has_waiting_fills_that_carrier_alone_and_who_is_away_counts_less() -> None:
    made = Desk({"mail": gate(parallel=100), "site": gate(parallel=100)})
    for number in range(4):
        made.add(Request(action(number, f"c{number % 2}"), "site", ("actions.site", 0), number), at(0))
    made.add(Request(action(9), "mail", (TOPIC, 0), 0), at(0))
    assert made.full(4) == {"site"}
    for request in made.due(at(0))[0]:
        landed(made, request, ABSENT if request.carrier == "site" else DELIVERED, at(0))
    assert made.full(1) == set()  # four, with those behind, are away
    made.nudge("c0", "site", ["actions.site"], at(0))
    assert made.full(2) == {"site"}
    made.nudge("c1", "site", ["actions.site"], at(0))
    made.drop([("actions.site", 0)])
    assert made.full(1) == set() and not made._away["site"] and not made._held["site"]


def test_there_is_an_end_to_what_waits_for_customers_who_are_away() -> None:
    made = Desk({"mail": gate(parallel=100)})
    for number in range(AWAY * 2):
        assert made.full(2) == set()
        made.add(Request(action(number, f"c{number}"), "mail", (TOPIC, 0), number), at(0))
        landed(made, made.due(at(0))[0][0], ABSENT, at(0))
    assert made.full(2) == {"mail"}


def test_what_is_given_away_is_forgotten_but_for_what_is_under_way() -> None:
    made = desk(action(1), action(2), action(3, "c2", not_before=T0 + MINUTE))
    flying = made.due(at(0))[0]
    assert made.drop([(TOPIC, 0)]) == flying
    assert landed(made, flying[0], DELIVERED, at(1)) is not None
    assert len(made) == 0 and begun(made, at(60)) == []


def test_what_is_given_away_while_under_way_has_no_other_attempt_here() -> None:
    for outcome in (retry("HTTP 500"), retry("no connection", whole=True), ABSENT):
        made = desk(action(1, expires_at=T0 + 1000), attempts=1)
        flying = made.due(at(0))[0][0]
        made.drop([(TOPIC, 0)])
        assert landed(made, flying, outcome, at(2)) is None  # whether it has failed is the other's to say
        assert len(made) == 0 and made.due(at(3600)) == ([], [])


def test_what_comes_back_while_it_is_still_under_way_has_other_attempts() -> None:
    made = desk(action(1))
    flying = made.due(at(0))[0][0]
    made.drop([(TOPIC, 0)])
    assert made.repeat("a1", (TOPIC, 0), 7)
    assert landed(made, flying, retry("HTTP 500"), at(0)) is None
    assert begun(made, at(1)) == ["a1"] and flying.repeats == [((TOPIC, 0), 7)]


def test_times_of_what_is_done_are_not_kept() -> None:
    made = desk()
    for number in range(5000):
        made.add(Request(action(number, f"c{number}"), "mail", (TOPIC, 0), number), at(0))
        landed(made, made.due(at(0))[0][0], DELIVERED, at(0))
    assert len(made._wall) < 1500


def test_what_is_done_while_its_carrier_is_in_trouble_is_not_kept() -> None:
    made = desk(action("head", expires_at=T0 + 600 * MINUTE))
    head = made.due(at(0))[0][0]
    landed(made, head, retry("no connection", after_s=36_000.0, whole=True), at(0))
    for number in range(5000):
        made.add(Request(action(number, f"c{number}", expires_at=T0 + number), "mail", (TOPIC, 0), number), at(0))
    assert len(made.due(at(5))[1]) == 5000 and len(made) == 1
    assert len(made._ready["mail"]) < 1500


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "pass", "land", "fail", "retry", "cancel"]),
        st.integers(0, 3),
        st.integers(0, 40),
        st.integers(1, 60),
    ),
    max_size=60,
)


def _played(steps: list[tuple[str, int, int, int]], made: Desk) -> Iterator[tuple[float, dict[str, Any]]]:
    """Do what the steps say; yields each attempt that begins, with its time."""
    now_s, number, flying = 0.0, 0, list[Request]()
    for what, customer, delay, length in steps:
        now = at(now_s)
        if what == "add":
            begin = now.wall_ms + delay * 1000 - 20_000
            one = action(number, f"c{customer}", not_before=begin, expires_at=begin + length * 1000)
            made.add(Request(one, "mail", (TOPIC, 0), number), now)
            number += 1
        elif what == "pass":
            now_s += delay / 4
        elif what == "cancel":
            made.withdraw(f"a{delay}", "cancelled", now)
        elif flying:
            assert len({request.lane for request in flying}) == len(flying)
            request = flying.pop(customer % len(flying))
            landed(made, request, {"land": DELIVERED, "fail": failed("refused"), "retry": retry("x")}[what], now)
        started = made.due(at(now_s))[0]
        flying += started
        yield from ((now_s, request.action) for request in started)


@given(_STEPS)
def test_d9_no_attempt_begins_outside_its_times_out_of_turn_or_faster_than_the_rate(
    steps: list[tuple[str, int, int, int]],
) -> None:
    made = desk(rate=2.0, parallel=3)
    attempts = list(_played(steps, made))
    assert all(one["not_before"] <= at(now_s).wall_ms <= one["expires_at"] for now_s, one in attempts)
    assert all(late - early >= 0.5 - 1e-5 for (early, _), (late, _) in pairwise(attempts))
    for customer in {one["customer_id"] for _, one in attempts}:
        of_one = [(now_s, one) for now_s, one in attempts if one["customer_id"] == customer]
        for (then_s, before), (_, after) in pairwise(of_one):
            in_turn = int(before["action_id"][1:]) <= int(after["action_id"][1:])
            assert in_turn or after["not_before"] > at(then_s).wall_ms  # it was overtaken before its time


def test_what_was_read_in_two_partitions_is_done_in_each_and_dropped_with_both() -> None:
    made = desk(action(1))
    (request,) = made._requests.values()
    assert made.repeat("a1", (TOPIC, 1), 7)
    assert request.records == [((TOPIC, 0), request.offset), ((TOPIC, 1), 7)]
    assert made.drop([(TOPIC, 0)]) == [] and len(made) == 1
    assert made.drop([(TOPIC, 0), (TOPIC, 1)]) == [] and len(made) == 0
