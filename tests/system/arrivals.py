"""The log as it comes in: delays, repeats, conflicts, late and misdated records, and feedback on what was sent."""

from __future__ import annotations

import heapq
from typing import Any

from cjo.avro.rows import row_of
from cjo.client.partition import partition_of
from cjo.engine import Engine
from cjo.errors import RecordError
from cjo.simulate.replay import Replay
from tests.system.chance import Chance
from tests.system.customers import Customers, Touchpoint
from tests.system.lengths import DAY, HOUR, MINUTE, SECOND, ms
from tests.system.story import Record

Arriving = tuple[int, int, Touchpoint]
"""(when it is written to the log, a serial number, the touchpoint)."""
_FEEDBACK = ("action_failed", "action_failed", "action_delivered", "action_opened", "action_clicked")


class Arrivals:
    """Makes the log of some customers, in order of arrival. `wild`: records come later than the declared bound."""

    def __init__(self, chance: Chance, customers: Customers, workspace: dict[str, Any], wild: bool) -> None:
        self._chance = chance
        self._customers = customers
        self._workspace = workspace
        self._bound_ms = ms(workspace["bound"])
        self._wild = wild
        self._coming: list[Arriving] = []
        self._serial = 0

    def log(self, engine: Engine, columns: set[str]) -> list[Record]:
        """The records; the engine is asked along the way, so that feedback can be on what it really sent."""
        for touchpoint in list(self._customers.touchpoints()):
            self._write(touchpoint)
        self._beat()
        replay, log = Replay(engine), []
        while self._coming:
            at_ms, _, touchpoint = heapq.heappop(self._coming)
            log.append({"partition": self._partition(touchpoint), "ts": at_ms, "touchpoint": touchpoint})
            if touchpoint["type"] == "heartbeat":
                continue
            try:
                effects = replay.take(*row_of(touchpoint, at_ms, columns))  # type: ignore[misc]
            except RecordError:
                continue
            for kind, record in effects:
                if kind == "action" and record["kind"] == "request" and self._chance.maybe(0.4):
                    self._report(touchpoint, record, at_ms)
        return log

    def _put(self, at_ms: int, touchpoint: Touchpoint) -> None:
        self._serial += 1
        heapq.heappush(self._coming, (at_ms, self._serial, touchpoint))

    def _write(self, touchpoint: Touchpoint) -> None:
        chance, at_ms = self._chance, touchpoint["occurred_at"]
        arrival_ms = at_ms + self._delay()
        form = chance.random()
        if form < 0.04:
            return self._write_late(touchpoint)
        if form < 0.06:
            touchpoint = self._by_a_wrong_clock(touchpoint, arrival_ms)
        self._put(arrival_ms, touchpoint)
        if chance.maybe(0.4):
            self._beat_at(touchpoint, at_ms + chance.choice([0, 1, self._bound_ms // 2, self._bound_ms]))
        if chance.maybe(0.08):
            self._put(arrival_ms + chance.choice([0, 1, SECOND, HOUR]), self._repeat(touchpoint))
        return None

    def _delay(self) -> int:
        if self._wild and self._chance.maybe(0.1):
            return self._chance.choice([2 * self._bound_ms + 1, HOUR, 6 * HOUR, 2 * DAY])
        return self._chance.choice([0, 0, 0, self._bound_ms, self._chance.randint(0, self._bound_ms)])

    def _write_late(self, touchpoint: Touchpoint) -> None:
        """Right behind a newer record of the same customer: late for everybody in the same way, whatever time it is."""
        late_ms = self._chance.choice([self._bound_ms + 1, 10 * MINUTE, HOUR, 7 * HOUR, DAY])
        at_ms = touchpoint["occurred_at"]
        customer = touchpoint.get("customer_id", "")
        newer = self._customers.made(customer, "profile_updated", at_ms + late_ms, attributes={"score": "1"})
        self._put(at_ms + late_ms, newer)
        self._put(at_ms + late_ms, touchpoint)

    def _by_a_wrong_clock(self, touchpoint: Touchpoint, arrival_ms: int) -> Touchpoint:
        """A device whose clock is wrong, and knows when it sent (T6); or a record that claims to be of the future."""
        if self._chance.maybe(0.7):
            wrong_ms = self._chance.choice([-DAY, 3 * HOUR, 400 * DAY])
            times = {"occurred_at": touchpoint["occurred_at"] + wrong_ms, "sent_at": arrival_ms + wrong_ms}
            return {**touchpoint, **times, "received_at": arrival_ms}
        ahead_ms = self._chance.choice([MINUTE, HOUR, HOUR + 1, DAY]) if self._wild else HOUR + 1
        return {**touchpoint, "occurred_at": arrival_ms + ahead_ms}

    def _repeat(self, touchpoint: Touchpoint) -> Touchpoint:
        if self._chance.maybe(0.7):
            return touchpoint
        return {**touchpoint, "attributes": {**touchpoint["attributes"], "n": "9"}}

    def _report(self, about: Touchpoint, action: dict[str, Any], now_ms: int) -> None:
        at_ms = max(now_ms, action["decided_at"]) + self._chance.choice([0, 1, SECOND, MINUTE, HOUR, 6 * HOUR])
        said = {"action_id": action["action_id"]}
        kind = self._chance.choice(_FEEDBACK)
        self._put(at_ms, self._customers.made(about.get("customer_id", ""), kind, at_ms, attributes=said))

    def _beat_at(self, touchpoint: Touchpoint, at_ms: int) -> None:
        """Others in the partition move its time on, perhaps before this record has come."""
        self._put(at_ms, heartbeat(self._partition(touchpoint), at_ms))

    def _beat(self) -> None:
        every_ms = self._chance.choice([HOUR, 6 * HOUR, DAY])
        for partition in range(self._workspace["partitions"]):
            at_ms = self._customers.begin_ms
            while at_ms <= self._customers.begin_ms + (self._customers.days + 3) * DAY:
                self._put(at_ms, heartbeat(partition, at_ms))
                at_ms += every_ms

    def _partition(self, touchpoint: Touchpoint) -> int:
        if touchpoint["type"] == "heartbeat":
            return int(touchpoint["event_id"].split("-")[1])
        subject = touchpoint.get("customer_id") or "device:" + touchpoint["device_id"]
        return partition_of(subject, self._workspace["partitions"])


def heartbeat(partition: int, at_ms: int) -> Touchpoint:
    """A record that only moves the time of a partition."""
    event_id = f"heartbeat-{partition}-{at_ms}"
    return {"event_id": event_id, "channel": "system", "type": "heartbeat", "occurred_at": at_ms, "attributes": {}}
