"""Actions that wait to be carried out: each customer's in order, within their times, as fast as the carriers' gates.

Requests of one topic and customer form a lane. The first whose `not_before` has come is carried out alone; while it is
under way or waits for another attempt, those behind it wait. Knows no clock: every call says what time it is.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Mapping

from cjo.deliver.gate import Gate
from cjo.deliver.offsets import Place
from cjo.deliver.outcome import Outcome, Verdict
from cjo.deliver.request import DONE, FLYING, READY, WAITING, Now, Request

_TIDY_FROM = 1000


class Desk:
    """Requests that have no verdict yet, with the gates of their carriers by name."""

    def __init__(self, gates: Mapping[str, Gate]) -> None:
        self._gates = gates
        self._requests: dict[str, Request] = {}
        self._lanes: dict[tuple[str, str], list[Request]] = {}
        self._ready: dict[str, list[tuple[int, Request]]] = {name: [] for name in gates}
        self._wall: list[tuple[int, int, Request]] = []
        self._mono: list[tuple[float, int, Request]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._requests)

    def __contains__(self, action_id: str) -> bool:
        return action_id in self._requests

    def add(self, request: Request, now: Now) -> None:
        """Take a request that is not known yet."""
        self._count += 1
        request.seq = self._count
        self._requests[request.action["action_id"]] = request
        self._lanes.setdefault(request.lane, []).append(request)
        heapq.heappush(self._wall, (request.action["expires_at"] + 1, request.seq, request))
        if request.action["not_before"] > now.wall_ms:
            heapq.heappush(self._wall, (request.action["not_before"], request.seq, request))
        self._look(request.lane, now)

    def withdraw(self, action_id: str, reason: str, now: Now) -> Request | None:
        """Stop a request that no attempt is under way for, and return it; one under way is not tried again."""
        request = self._requests.get(action_id)
        if request is None:
            return None
        if request.state == FLYING:
            request.stop = reason
            return None
        self._finish(request, now)
        return request

    def due(self, now: Now) -> tuple[list[Request], list[Request]]:
        """The requests whose attempt begins now, and those that have expired."""
        expired = self._pass_time(now)
        started = []
        for name, gate in self._gates.items():
            ready = self._ready[name]
            while ready:
                request = ready[0][1]
                if request.state == READY:
                    if not gate.take(now.mono_s):
                        break
                    request.state = FLYING
                    request.attempts += 1
                    started.append(request)
                heapq.heappop(ready)
        return started, expired

    def judge(self, request: Request, outcome: Outcome, now: Now) -> Verdict | None:
        """What an attempt has come to: the verdict, or None where there will be another attempt. To be asked once."""
        if outcome.kind in ("delivered", "failed"):
            return request.verdict(outcome.reason, outcome.detail)
        if request.stop:
            return request.verdict(request.stop, outcome.detail)
        if now.wall_ms > request.action["expires_at"]:
            return request.verdict("expired", outcome.detail)
        request.failures += outcome.kind == "retry" and not outcome.whole
        gave_up = request.failures >= self._gates[request.carrier].attempts
        return request.verdict("gave_up", outcome.detail) if gave_up else None

    def land(self, request: Request, outcome: Outcome, verdict: Verdict | None, now: Now) -> None:
        """The attempt is over, and its verdict, if it has one, is where nothing forgets it: others may begin."""
        gate = self._gates[request.carrier]
        gate.land(outcome, now.mono_s)
        request.state = WAITING
        if verdict is not None:
            self._finish(request, now)
        else:
            self._wait(request, outcome, gate, now)

    def nudge(self, customer: str, carrier: str, topics: Collection[str], now: Now) -> None:
        """The customer can be reached again by a carrier that had found them absent."""
        for topic in topics:
            for request in self._lanes.get((topic, customer), ()):
                if request.carrier == carrier:
                    request.nudged = request.state == FLYING
                    request.retry_at_s = 0.0 if math.isinf(request.retry_at_s) else request.retry_at_s
            self._look((topic, customer), now)

    def drop(self, places: Collection[Place]) -> list[Request]:
        """Forget what is not under way of these partitions; returns what is."""
        of_them = [request for request in self._requests.values() if request.place in places]
        for request in of_them:
            if request.state != FLYING:
                self._remove(request)
        return [request for request in of_them if request.state == FLYING]

    def wake_in_s(self, now: Now) -> float | None:
        """Seconds until `due` may have something new to say; None where only an input or a landing can change that."""
        waits = [(self._wall[0][0] - now.wall_ms) / 1000] if self._wall else []
        waits += [self._mono[0][0] - now.mono_s] if self._mono else []
        for name, gate in self._gates.items():
            opens_s = gate.opens_in_s(now.mono_s) if self._ready[name] else None
            waits += [] if opens_s is None else [opens_s]
        return max(min(waits), 0.0) if waits else None

    def is_idle(self, now: Now) -> bool:
        """True where nothing is under way or waits for another attempt: what is left waits for its time or customer."""
        firsts = (self._first_due(lane, now) for lane in self._lanes)
        return all(first is None or (first.state == WAITING and math.isinf(first.retry_at_s)) for first in firsts)

    def _wait(self, request: Request, outcome: Outcome, gate: Gate, now: Now) -> None:
        wait_s = 0.0  # where the carrier is in trouble as a whole, its gate waits
        if outcome.kind == "absent":
            wait_s = 0.0 if request.nudged else math.inf
        elif not outcome.whole:
            wait_s = max(gate.wait_s(request.failures), outcome.after_s)
        request.nudged = False
        request.retry_at_s = now.mono_s + wait_s if wait_s else 0.0
        if 0.0 < wait_s < math.inf:
            heapq.heappush(self._mono, (request.retry_at_s, request.seq, request))
        self._look(request.lane, now)

    def _pass_time(self, now: Now) -> list[Request]:
        expired = []
        while self._wall and self._wall[0][0] <= now.wall_ms:
            request = heapq.heappop(self._wall)[2]
            if request.state in (WAITING, READY) and now.wall_ms > request.action["expires_at"]:
                self._finish(request, now)
                expired.append(request)
            self._look(request.lane, now)
        while self._mono and self._mono[0][0] <= now.mono_s:
            self._look(heapq.heappop(self._mono)[2].lane, now)
        return expired

    def _look(self, lane: tuple[str, str], now: Now) -> None:
        """Make the first request of a lane whose time has come ready, where it waits for nothing else."""
        first = self._first_due(lane, now)
        if first is not None and first.state == WAITING and first.retry_at_s <= now.mono_s:
            first.state = READY
            heapq.heappush(self._ready[first.carrier], (first.seq, first))

    def _first_due(self, lane: tuple[str, str], now: Now) -> Request | None:
        lane_now = self._lanes.get(lane, ())
        return next((request for request in lane_now if request.action["not_before"] <= now.wall_ms), None)

    def _finish(self, request: Request, now: Now) -> None:
        self._remove(request)
        self._look(request.lane, now)

    def _remove(self, request: Request) -> None:
        request.state = DONE
        del self._requests[request.action["action_id"]]
        lane = self._lanes[request.lane]
        lane.remove(request)
        if not lane:
            del self._lanes[request.lane]
        if len(self._wall) > _TIDY_FROM + 3 * len(self._requests):  # times of requests that are done long since
            self._wall = [entry for entry in self._wall if entry[2].state != DONE]
            heapq.heapify(self._wall)
