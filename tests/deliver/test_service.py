"""Records become attempts, attempts verdicts, verdicts touchpoints; then the offset moves. Whatever fails, in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pytest

from cjo.deliver.intake import Taken
from cjo.deliver.journal import Journal
from cjo.deliver.mark import Mark
from cjo.deliver.outcome import ABSENT, DELIVERED, Action, Outcome, Verdict, failed, retry
from cjo.errors import StackError
from tests.deliver.worlds import (
    MINUTE,
    T0,
    TOPIC,
    ListLog,
    ListSource,
    MadeClock,
    Recorder,
    World,
    action,
    cancel,
    gate,
    taken,
)  # fmt: skip

PLACE = (TOPIC, 0)


def test_each_request_is_carried_out_reported_and_then_committed(tmp_path: Path) -> None:
    carrier = Recorder()
    world = World(tmp_path, [action(1), action(2, "c2"), action(3)], carrier).run()
    assert sorted(carrier.tried) == ["a1", "a2", "a3"]
    assert carrier.tried.index("a1") < carrier.tried.index("a3")
    assert sorted(world.log.said) == [("action_delivered", f"a{number}", None) for number in (1, 2, 3)]
    assert world.source.committed == {PLACE: 3}


def test_f1_a_request_that_comes_again_is_carried_out_once(tmp_path: Path) -> None:
    carrier = Recorder()
    World(tmp_path, [action(1), action(1)], carrier).run()
    world = World(tmp_path, [action(1)], carrier).run()
    assert carrier.tried == ["a1"]
    assert world.events == [("repeated", "a1")] and world.source.committed == {PLACE: 1}


def test_d4_what_has_expired_is_reported_as_failed(tmp_path: Path) -> None:
    carrier = Recorder()
    world = World(tmp_path, [action(1, expires_at=T0 - 1)], carrier).run()
    assert carrier.tried == []
    assert world.log.said == [("action_failed", "a1", "expired")]
    assert world.source.committed == {PLACE: 1}


def test_d9_a_cancel_that_comes_in_time_stops_the_request_for_good(tmp_path: Path) -> None:
    carrier = Recorder()
    held = action(1, not_before=T0 + MINUTE)
    world = World(tmp_path, [held, cancel(1)], carrier).run()
    assert world.log.said == [("action_failed", "a1", "cancelled")]
    assert world.source.committed == {PLACE: 2}
    again = World(tmp_path, [held], carrier, clock=MadeClock(T0 + 2 * MINUTE)).run()
    assert carrier.tried == [] and again.events == [("repeated", "a1")]


def test_d9_a_cancel_of_what_is_delivered_is_too_late_and_the_carrier_learns_of_it(tmp_path: Path) -> None:
    carrier = Recorder()
    World(tmp_path, [action(1)], carrier).run()
    world = World(tmp_path, [cancel(1)], carrier).run()
    assert world.events == [("too_late", "a1")] and carrier.withdrawn == ["a1"]
    assert world.log.said == []


def test_d9_a_cancel_that_comes_while_the_attempt_is_under_way(tmp_path: Path) -> None:
    class Slow(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            world.source.records += taken([action, cancel(1)])[1:]
            while world.source.given < 2:
                await asyncio.sleep(0.001)
            return await super().deliver(action)

    world = World(tmp_path, [action(1)], carrier := Slow())
    world.source.expected = 2
    world.run()
    assert ("too_late", "a1") in world.events and carrier.withdrawn == ["a1"]
    assert world.log.said == [("action_delivered", "a1", None)]


def test_d9_a_request_that_supersedes_another_takes_its_place(tmp_path: Path) -> None:
    carrier = Recorder()
    held = action(1, not_before=T0 + MINUTE)
    world = World(tmp_path, [held, action(2, kind="supersede", supersedes="a1")], carrier).run()
    assert carrier.tried == ["a2"]
    assert world.log.said == [("action_failed", "a1", "superseded"), ("action_delivered", "a2", None)]


def test_d9_what_supersedes_a_delivered_one_goes_out_too_and_says_so_itself(tmp_path: Path) -> None:
    carrier = Recorder()
    World(tmp_path, [action(1)], carrier).run()
    world = World(tmp_path, [action(2, kind="supersede", supersedes="a1")], carrier).run()
    assert carrier.tried == ["a1", "a2"] and carrier.withdrawn == []
    assert world.log.said == [("action_delivered", "a2", None)]


def test_d9_what_is_not_due_yet_stays_uncommitted_and_is_carried_out_by_the_next_run(tmp_path: Path) -> None:
    carrier = Recorder()
    records = [action(1), action(2, "c2", not_before=T0 + MINUTE), action(3, "c3")]
    world = World(tmp_path, records, carrier).run()
    assert sorted(carrier.tried) == ["a1", "a3"] and world.source.committed == {PLACE: 1}
    later = World(tmp_path, records, carrier, clock=MadeClock(T0 + MINUTE)).run()
    assert carrier.tried[2:] == ["a2"] and later.source.committed == {PLACE: 3}


@pytest.mark.parametrize(("mode", "address", "goes"), [
    ("live", "anna@example.org", True),
    ("shadow", "tester@example.org", False),
    ("test", "anna@example.org", False),
    ("test", "tester@example.org", True),
])  # fmt: skip
def test_only_live_actions_go_out_and_tests_to_those_who_are_listed(
    tmp_path: Path, mode: str, address: str, goes: bool
) -> None:
    carrier = Recorder()
    world = World(tmp_path, [action(1, mode=mode, address=address)], carrier).run()
    assert bool(carrier.tried) == goes
    assert bool(world.log.lines) == goes and world.source.committed == {PLACE: 1}


def test_a_record_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    carrier = Recorder()
    world = World(tmp_path, [None, action(1)], carrier).run()
    assert carrier.tried == ["a1"] and world.source.committed == {PLACE: 2}
    assert world.events[0] == ("unreadable", None)


def test_attempts_are_repeated_after_ever_longer_waits(tmp_path: Path) -> None:
    clock = MadeClock()
    carrier = Recorder([retry("HTTP 500")] * 3, clock)
    world = World(tmp_path, [action(1)], carrier, clock=clock).run()
    assert carrier.times == [0.0, 1.0, 3.0, 7.0]
    assert [event for event, _ in world.events] == ["retrying"] * 3 + ["delivered"]


def test_an_action_that_no_attempt_delivers_is_reported(tmp_path: Path) -> None:
    carrier = Recorder([retry("HTTP 500")] * 9)
    world = World(tmp_path, [action(1)], carrier, made_gate=gate(attempts=3)).run()
    assert len(carrier.tried) == 3 and world.log.said == [("action_failed", "a1", "gave_up")]


def test_a_carriers_own_mistake_is_an_attempt_that_failed(tmp_path: Path) -> None:
    carrier = Recorder([KeyError("subject")])
    world = World(tmp_path, [action(1)], carrier).run()
    assert [event for event, _ in world.events] == ["retrying", "delivered"]
    assert world.details[0]["detail"] == "KeyError in carrier mail"


def test_d11_attempts_keep_to_the_rate(tmp_path: Path) -> None:
    clock = MadeClock()
    carrier = Recorder(clock=clock)
    actions = [action(number, f"c{number}") for number in range(8)]
    World(tmp_path, actions, carrier, made_gate=gate(rate=2.0), clock=clock).run()
    assert carrier.times == pytest.approx([number / 2 for number in range(8)], abs=1e-3)


def test_reading_pauses_where_too_much_waits(tmp_path: Path) -> None:
    class Full(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            while not world.source.pauses:
                await asyncio.sleep(0.001)
            world.source.records = records
            return await super().deliver(action)

    records = taken([action(number, f"c{number}") for number in range(4)])
    world = World(tmp_path, [one.action for one in records[:3]], carrier := Full(), pending=3)
    world.source.expected = 4
    world.run()
    assert sorted(carrier.tried) == ["a0", "a1", "a2", "a3"] and world.source.committed == {PLACE: 4}


def test_f1_killed_between_carrier_and_journal_it_is_carried_out_again_with_the_same_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one window in which an action can be delivered twice."""
    carrier = Recorder()

    def fails(self: Journal, verdicts: Iterable[tuple[Verdict, dict[str, Any]]], at_ms: int) -> None:
        raise OSError("the machine is gone")

    with monkeypatch.context() as broken:
        broken.setattr(Journal, "record", fails)
        world = World(tmp_path, [action(1)], carrier)
        with pytest.raises(OSError, match="the machine is gone"):
            world.run()
    assert world.log.lines == [] and not world.source.committed.get(PLACE)
    world = World(tmp_path, [action(1)], carrier).run()
    assert carrier.tried == ["a1", "a1"]
    assert world.log.said == [("action_delivered", "a1", None)]


def test_f1_no_more_than_parallel_are_delivered_and_not_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            unwritten.append(len(self.tried) - len(written))
            return await super().deliver(action)

    unwritten, written = list[int](), list[str]()
    record = Journal.record

    def slow(self: Journal, verdicts: Iterable[tuple[Verdict, dict[str, Any]]], at_ms: int) -> None:
        found = list(verdicts)
        time.sleep(0.005)
        record(self, found, at_ms)
        written.extend(verdict.action["action_id"] for verdict, _ in found)

    monkeypatch.setattr(Journal, "record", slow)
    World(tmp_path, [action(number, f"c{number}") for number in range(20)], Slow(), made_gate=gate(parallel=3)).run()
    assert len(written) == 20 and max(unwritten) <= 3 - 1


def test_f1_killed_between_journal_and_log_it_is_reported_by_the_next_start_and_not_delivered_again(
    tmp_path: Path,
) -> None:
    carrier = Recorder()
    world = World(tmp_path, [action(1)], carrier)
    world.log.broken = True
    with pytest.raises(StackError, match="the broker does not answer"):
        world.run()
    assert carrier.tried == ["a1"] and not world.source.committed.get(PLACE)
    world = World(tmp_path, [action(1)], carrier).run()
    assert carrier.tried == ["a1"]
    assert world.log.said == [("action_delivered", "a1", None)]
    assert world.source.committed == {PLACE: 1}


def test_a_broker_that_fails_lets_attempts_under_way_land_in_the_journal(tmp_path: Path) -> None:
    class Both(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            self.tried.append(action["action_id"])
            while action["action_id"] == "a2" and not failed_already():
                await asyncio.sleep(0.001)
            return DELIVERED

    def failed_already() -> bool:
        return world.journal.outcome("a1") is not None and world.log._open != []

    carrier = Both()
    world = World(tmp_path, [action(1), action(2, "c2")], carrier)
    world.log.broken = True
    with pytest.raises(StackError):
        world.run()
    journal = Journal(tmp_path / "journal.db")
    assert [journal.outcome(one) for one in ("a1", "a2")] == ["delivered", "delivered"]
    journal.close()


def test_told_to_stop_it_lets_what_is_under_way_land_and_begins_nothing_more(tmp_path: Path) -> None:
    class Stopping(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            world.service.stop()
            return await super().deliver(action)

    carrier = Stopping()
    world = World(tmp_path, [action(1), action(2)], carrier)
    world.run(once=False)
    assert carrier.tried == ["a1"] and world.log.said == [("action_delivered", "a1", None)]
    assert world.source.committed == {PLACE: 1}


def test_told_to_stop_it_waits_once_for_what_does_not_land(tmp_path: Path) -> None:
    class Hanging(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            world.service.stop()
            asyncio.get_running_loop().call_later(1.9 * stop_within_s, seen.append, "nearly twice as long")
            try:
                await asyncio.Event().wait()
            finally:
                seen.append("broken off")
            return DELIVERED

    stop_within_s, seen = 2.0, list[str]()
    world = World(tmp_path, [action(1)], Hanging())
    world.service._stop_within_s = stop_within_s
    world.run(once=False)
    assert seen == ["broken off"]
    assert world.log.said == [] and world.source.committed.get(PLACE, 0) == 0


def test_partitions_that_go_to_another_member_are_left_in_order(tmp_path: Path) -> None:
    """What is under way lands and is reported before they are given up; what waits is the other's."""
    offsets: dict[tuple[str, int], Mark] = {}

    class Losing(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            assert world.source.give_up is not None
            losing.append(asyncio.ensure_future(world.source.give_up([PLACE])))
            await asyncio.sleep(0.01)
            return await super().deliver(action)

    losing: list[asyncio.Future[dict[tuple[str, int], Mark]]] = []
    world = World(tmp_path, [action(1), action(2)], Losing())

    async def run() -> None:
        await world.service.run(once=True)
        offsets.update(await losing[0])

    asyncio.run(run())
    world.journal.close()
    assert offsets == {PLACE: Mark(1)}
    assert world.log.said == [("action_delivered", "a1", None)] and not world.source.committed.get(PLACE)


def test_an_attempt_of_a_partition_that_went_to_another_is_not_repeated_here(tmp_path: Path) -> None:
    class Losing(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            assert world.source.give_up is not None
            losing.append(asyncio.ensure_future(world.source.give_up([PLACE])))
            while not world.desk._requests["a1"].lost:
                await asyncio.sleep(0)
            return await super().deliver(action)

    losing: list[asyncio.Future[dict[tuple[str, int], Mark]]] = []
    world = World(tmp_path, [action(1)], carrier := Losing([retry("HTTP 500")]))

    async def run() -> dict[tuple[str, int], Mark]:
        await world.service.run(once=True)
        return await losing[0]

    assert asyncio.run(run()).get(PLACE, Mark(0)) == Mark(0)
    assert carrier.tried == ["a1"] and world.log.lines == [] and world.journal.outcome("a1") is None
    world.journal.close()


@pytest.mark.parametrize("stop_within_s", [60.0, 0.0])
def test_what_was_under_way_when_its_partition_went_and_came_back_is_carried_out_before_the_offset_passes(
    tmp_path: Path, stop_within_s: float
) -> None:
    """As with every change in the group; with so little time the attempt outlasts the change."""

    class Moving(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            if not self.tried:
                moving.append(asyncio.ensure_future(moved(action)))
                while not (world.desk._requests["a1"].lost if stop_within_s else world.source.given == 2):
                    await asyncio.sleep(0)
            committed.append(world.source.committed.get(PLACE, 0))
            return await super().deliver(action)

    async def moved(action: Action) -> None:
        assert world.source.give_up is not None
        await world.source.give_up([PLACE])
        world.source.records += taken([dict(action)])

    moving, committed = list[asyncio.Future[None]](), list[int]()
    world = World(tmp_path, [action(1)], carrier := Moving([retry("HTTP 500")] * 2))
    world.service._stop_within_s = stop_within_s
    world.source.expected = 2
    world.run()
    assert carrier.tried == ["a1"] * 3 and committed == [0] * 3
    assert world.log.said == [("action_delivered", "a1", None)] and world.source.committed == {PLACE: 1}


def test_a_repeat_of_what_still_waits_is_done_when_that_is(tmp_path: Path) -> None:
    class Slow(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            committed.append(world.source.committed.get(PLACE, 0))
            return await super().deliver(action)

    committed: list[int] = []
    world = World(tmp_path, [action(1), action(1)], Slow([retry("HTTP 500")]))
    world.run()
    assert committed == [0, 0] and world.source.committed == {PLACE: 2}
    assert world.events[0] == ("repeated", "a1")


def test_d9_cancels_that_are_on_the_topic_at_the_start_are_heeded(tmp_path: Path) -> None:
    class Pieces(ListSource):
        async def poll(self, pause: Collection[str]) -> list[Taken]:
            later, self.records = self.records[self.given + 3 :], self.records[: self.given + 3]
            found = await super().poll(pause)
            self.records += later
            return found

    carrier = Recorder()
    records = [*(action(number, f"c{number}") for number in range(10)), *(cancel(number) for number in range(8))]
    world = World(tmp_path, records, carrier)
    world.service._source = world.source = Pieces(world.source.records)
    world.run()
    assert sorted(carrier.tried) == ["a8", "a9"]
    assert len(world.log.lines) == 10 and world.source.committed == {PLACE: 18}


def test_f1_another_machine_knows_what_was_done_behind_an_action_that_still_waits(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    carrier = Recorder()
    held = action(1, not_before=T0 + MINUTE)
    stopped = action(9, "c9", not_before=T0 + MINUTE)
    records = [held, *(action(number, f"c{number}", expires_at=T0 + 2 * MINUTE) for number in range(2, 8)), stopped]
    first = World(tmp_path, records, carrier).run()
    mark = first.source.marks[PLACE]
    assert mark.offset == 0 and len(carrier.tried) == 6
    other = World(tmp_path / "other", [], carrier, clock=MadeClock(T0 + 3 * MINUTE))
    read = taken([*records, cancel(9, "c9")])
    other.source.records = [one._replace(is_done=one.offset in mark.done()) for one in read]
    other.source.expected = len(read)
    other.run()
    assert sorted(carrier.tried) == sorted(f"a{number}" for number in range(1, 8))
    assert other.log.said == [("action_failed", "a9", "cancelled"), ("action_delivered", "a1", None)]


def test_d9_what_is_taken_back_far_behind_a_full_queue_does_not_go_out(tmp_path: Path) -> None:
    """Neither what waits nor what is not even read; each is reported once, and nothing is remembered for good."""
    carrier = Recorder()
    requests = [action(number, f"c{number}") for number in range(40)]
    superseding = action(99, "c5", kind="supersede", supersedes="a5")
    back = [cancel(number, f"c{number}") for number in range(40) if number not in (0, 5, 39)]

    class Pieces(ListSource):
        async def poll(self, pause: Collection[str]) -> list[Taken]:
            limit = len(self.records) if pause else self.given + 2
            later, self.records = self.records[limit:], self.records[:limit]
            found = await super().poll(pause)
            self.records += later
            return found

    world = World(tmp_path, [*requests, superseding, *back], carrier, pending=4)
    world.service._source = world.source = Pieces(world.source.records)
    world.run()
    assert sorted(carrier.tried) == ["a0", "a39", "a99"]
    reasons = {about: reason for _, about, reason in world.log.said}
    assert len(world.log.said) == 41 and reasons["a5"] == "superseded" and reasons["a30"] == "cancelled"
    assert world.source.committed == {PLACE: 78} and not world.service._intake._foreseen


def test_what_waits_for_one_carrier_stops_reading_for_no_other(tmp_path: Path) -> None:
    class Away(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            self.tried.append(action["action_id"])
            return ABSENT

    pages = taken([action(f"w{number}", f"c{number}") for number in range(40)], "actions.site")
    mails = taken([action(number, f"c{number}") for number in range(10)])
    world = World(tmp_path, [], carrier := Recorder(), pending=2, others={"site": Away()})
    world.source.records = pages + mails
    world.source.expected = 10 + 2
    world.run()
    assert sorted(carrier.tried) == sorted(f"a{number}" for number in range(10))


def test_opened_messages_that_keep_coming_hold_up_neither_start_nor_stop(tmp_path: Path) -> None:
    class Busy(ListLog):
        flushes = 0

        def flush(self) -> None:
            super().flush()
            self.flushes += 1
            if self.flushes < 100:
                world.books.say(opened)

    opened = {"attributes": {"action_id": "a0"}, "type": "action_opened"}
    world = World(tmp_path, [], Recorder())
    world.books._log = log = Busy()

    async def run() -> None:
        world.books.say(opened)
        await world.books.clear()

    asyncio.run(run())
    world.journal.close()
    assert log.flushes == 1


def test_who_is_absent_gets_it_on_arrival_and_once_does_not_wait_for_them(tmp_path: Path) -> None:
    carrier = Recorder([ABSENT, ABSENT])
    world = World(tmp_path, [action(1)], carrier).run()
    assert world.log.lines == [] and not world.source.committed.get(PLACE)

    class Arriving(Recorder):
        async def deliver(self, action: Action) -> Outcome:
            asyncio.get_running_loop().call_soon(world.service.arrived, "mail", "c1")
            return await super().deliver(action)

    world = World(tmp_path, [action(1)], carrier := Arriving([ABSENT]))
    world.run()
    assert carrier.tried == ["a1", "a1"] and world.log.said == [("action_delivered", "a1", None)]


def test_final_refusals_are_reported_at_once(tmp_path: Path) -> None:
    carrier = Recorder([failed("refused", "HTTP 422")])
    world = World(tmp_path, [action(1)], carrier).run()
    assert world.log.said == [("action_failed", "a1", "refused")] and len(carrier.tried) == 1
