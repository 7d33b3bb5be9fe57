"""F1, S5: a moment of a household reaches its contact through the log, and its action comes once, through kills.

Members, contact and household stand in different partitions. The job writes what it hands on into the log that it
reads; a TaskManager that is killed makes it write some again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from cjo.avro.codec import Writer, load_schema
from cjo.avro.registry import Registry
from cjo.avro.rows import row_of
from cjo.client.partition import partition_of
from cjo.client.reader import Record, read
from cjo.demo.filler import Filler
from cjo.engine import Engine
from cjo.simulate.replay import Replay
from cjo.simulate.subject import among, run_subject
from cjo.stack.heartbeat import heartbeat
from cjo.topics import DECISIONS, MOMENTS, TOUCHPOINTS
from tests.cluster.logs import BEGIN_MS
from tests.cluster.running import Run
from tests.cluster.waiting import wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]

HOMES = 240
SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000
KILLS = 3


class Homes:
    """The log of some households: two members look at mortgages, a third speaks for them."""

    def __init__(self, run: Run) -> None:
        registry, schema = Registry(run.settings.registry_url), load_schema("touchpoint")
        self._write = Writer(schema, registry.register(f"{TOUCHPOINTS}-value", schema))
        self._filler = Filler(run.settings.broker, TOUCHPOINTS)
        self._partitions = run.partitions
        self._serial = 0
        self.told: list[tuple[int, dict[str, Any]]] = []

    def people(self) -> None:
        for home in range(HOMES):
            self._put(f"contact{home}", BEGIN_MS - MINUTE, "profile_updated", {"phone": f"+41{home}"})
            self._put(f"contact{home}", BEGIN_MS - MINUTE, "consent_given", {"purpose": "advice"})
        self.time(BEGIN_MS)

    def looks(self, begin_ms: int = BEGIN_MS) -> Iterator[None]:
        """One home after the other, a minute each; every third time the later look is in the log first."""
        for home in range(HOMES):
            at_ms = begin_ms + home * MINUTE
            about = {"topic": "mortgage", "household_id": f"h{home}", "household_contact": f"contact{home}"}
            both = [(f"anna{home}", at_ms), (f"ben{home}", at_ms + 3 * SECOND)]
            for customer, when in reversed(both) if home % 3 == 0 else both:
                self._put(customer, when, "page_viewed", about)
            self.time(at_ms + 30 * SECOND)
            yield

    def time(self, at_ms: int) -> None:
        """A heartbeat in each partition."""
        for partition in range(self._partitions):
            self._filler.send(partition, at_ms, None, self._write(heartbeat(partition, at_ms)))
        self._filler.flush()

    def _put(self, customer: str, at_ms: int, kind: str, attributes: dict[str, str]) -> None:
        self._serial += 1
        touchpoint = {
            "event_id": f"home-{self._serial}", "customer_id": customer, "channel": "web", "type": kind,
            "occurred_at": at_ms, "attributes": attributes,
        }  # fmt: skip
        self.told.append((at_ms, touchpoint))
        partition = partition_of(customer, self._partitions)
        self._filler.send(partition, at_ms, customer.encode(), self._write(touchpoint))


def test_f1_s5_a_households_moment_calls_its_contact_once_through_kills(run: Run) -> None:
    homes, chance = Homes(run), random.Random(5)
    run.stack.up(supervise=True, heartbeats=False)
    run.submit()
    homes.people()
    looks = homes.looks()
    hits = 0
    for _ in range(KILLS):
        run.await_checkpoint()
        hits += run.kill_in_mid_transaction(chance.randint(1, 2), lambda: next(looks, None))
    for _ in looks:
        pass
    homes.time(BEGIN_MS + HOMES * MINUTE)

    wait_for(
        "every household's moment in the log", lambda: len({one.value["event_id"] for one in handed_on(run)}) >= HOMES
    )
    homes.time(BEGIN_MS + 2 * DAY)
    run.await_time(BEGIN_MS + 2 * DAY)
    run.await_checkpoint()
    run.stop()
    found = run.output()

    written = handed_on(run)
    moments = {key: one for key, kept in found[MOMENTS].items() for one in kept if key.startswith("@household:")}
    assert len(moments) == HOMES
    assert sum(len(found[MOMENTS][key]) for key in moments) == HOMES
    assert {one.value["event_id"] for one in written} == {one["event_id"] for one in expected(run, homes)}
    assert all(one.partition == partition_of(str(one.key), run.partitions) for one in written)
    reached = Counter(str(one.key).replace("contact", "@household:h") for one in once(written))
    assert reached == dict.fromkeys(moments, 1)
    calls = found["actions.call"]
    assert {key: len(kept) for key, kept in calls.items()} == {f"contact{home}": 1 for home in range(HOMES)}
    for key, (call,) in calls.items():
        assert call["moment_id"] == moments[f"@household:h{key.removeprefix('contact')}"]["moment_id"]
    assert_replays(run, found)
    print(f"{len(written)} records handed on, {len(written) - HOMES} of them again; {hits} of {KILLS} kills hit")
    assert len(written) > HOMES, f"none of {KILLS} kills made the job write a moment again: nothing is shown"


def handed_on(run: Run) -> list[Record]:
    """What the job has written into the log, as a consumer reads it."""
    return [one for one in read(TOUCHPOINTS, run.settings) if one.value and one.value["type"] == "moment_reached"]


def once(records: list[Record]) -> list[Record]:
    return list({one.value["event_id"]: one for one in records if one.value}.values())


def expected(run: Run, homes: Homes) -> list[dict[str, Any]]:
    """What is handed on by pure Python, which is told the same in order of time."""
    plan = run.part([]).plan
    replay, found = Replay(Engine(plan)), []
    for at_ms, touchpoint in sorted(homes.told, key=lambda one: one[0]):
        found += replay.take(*row_of(touchpoint, at_ms, plan["columns"], plan["subjects"]))  # type: ignore[misc]
    found += [effect for _, effects in replay.advance(BEGIN_MS + DAY) for effect in effects]
    return [record for kind, record in found if kind == "touchpoint"]


def assert_replays(run: Run, found: dict[str, dict[str, list[dict[str, Any]]]]) -> None:
    """T1: each contact's decisions are those of their own log, what was handed on to them included."""
    plan = run.part([]).plan
    engine, rows = Engine(plan), {}
    for record in read(TOUCHPOINTS, run.settings):
        if record.key and record.key.startswith("contact") and record.value:
            taken = row_of(record.value, record.timestamp_ms, plan["columns"], plan["subjects"])
            rows.setdefault(record.key, []).append(taken[1])  # type: ignore[index]
    for customer, own in rows.items():
        story = run_subject(engine, customer, among(own, (), {}, 0), BEGIN_MS + 2 * DAY)
        wanted = [record["decision_id"] for kind, record in story.effects if kind == "decision"]
        assert [one["decision_id"] for one in found[DECISIONS][customer]] == wanted
