"""Actions that wait to be carried out: each customer's in order, within their times, as fast as the carriers' gates.

Requests of one topic and customer form a lane. The first whose `not_before` has come is carried out alone; while it is
under way or waits for another attempt, those behind it wait. Knows no clock: every call says what time it is.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import Counter
from collections.abc import Collection, Mapping

from cjo.deliver.gate import Gate
from cjo.deliver.lane import Lane
from cjo.deliver.offsets import Place
from cjo.deliver.outcome import Outcome, Verdict
from cjo.deliver.request import DONE, FLYING, READY, WAITING, Now, Request

_TIDY_FROM = 1000
#: So many times as much may wait for customers who are away as for anything else.
AWAY = 5

_Queue = list[tuple[float, int, Request]]
"""A heap: what it is ordered by, a ticket that nothing else has, the request."""


class Desk:
    """Requests that have no verdict yet, with the gates of their carriers by name."""

    def __init__(self, gates: Mapping[str, Gate]) -> None:
        self._gates = gates
        self._requests: dict[str, Request] = {}
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._ready: dict[str, _Queue] = {name: [] for name in gates}
        self._wall: _Queue = []
        self._mono: _Queue = []
        self._tickets = itertools.count()
        self._held: Counter[str] = Counter()
        self._away: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._requests)

    def __contains__(self, action_id: str) -> bool:
        return action_id in self._requests

    def full(self, most: int) -> set[str]:
        """The carriers that have so many requests waiting, or with those for absent customers AWAY times as many."""
        held, away = self._held, self._away
        return {name for name in self._gates if held[name] >= most * AWAY or held[name] - away[name] >= most}

    def oldest_ms(self) -> int | None:
        """When the oldest of the requests was decided on."""
        return min((request.action["decided_at"] for request in self._requests.values()), default=None)

    def add(self, request: Request, now: Now) -> None:
        """Take a request that is not known yet."""
        request.turn = next(self._tickets)
        self._requests[request.action["action_id"]] = request
        lane = self._lanes.setdefault(request.lane, Lane())
        lane.requests.append(request)
        self._held[request.carrier] += 1
        self._away[request.carrier] += lane.is_away
        self._push(self._wall, request.action["expires_at"] + 1, request)
        if request.action["not_before"] > now.wall_ms:
            self._push(self._wall, request.action["not_before"], request)
        self._look(request.lane, now)

    def repeat(self, action_id: str, place: Place, offset: int) -> bool:
        """Tie another record of a request to the one that is here; False where none is."""
        request = self._requests.get(action_id)
        if request is None:
            return False
        request.repeats.append((place, offset))
        request.lost = False  # where the partition has come back while the attempt was under way
        return True

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

    def due(self, now: Now, but: Collection[str] = ()) -> tuple[list[Request], list[Request]]:
        """The requests whose attempt begins now, of all carriers `but` these, and those that have expired."""
        expired = self._pass_time(now)
        started = []
        for name, gate in self._gates.items():
            ready = self._ready[name]
            while ready and name not in but:
                turn, _, request = ready[0]
                if request.state == READY and request.turn == turn:
                    if not gate.take(now.mono_s):
                        break
                    request.state = FLYING
                    request.attempts += 1
                    started.append(request)
                heapq.heappop(ready)
        return started, expired

    def judge(self, request: Request, outcome: Outcome, now: Now) -> Verdict | None:
        """What an attempt has come to: the verdict, or None where there will be another attempt. To be asked once.

        What is lost and not delivered has its next attempt with another member.
        """
        if outcome.kind in ("delivered", "failed"):
            return request.verdict(outcome.reason, outcome.detail)
        if request.lost:
            return None
        if request.stop:
            return request.verdict(request.stop, outcome.detail)
        if now.wall_ms > request.action["expires_at"]:
            return request.verdict("expired", outcome.detail)
        gate = self._gates[request.carrier]
        request.failures += outcome.kind == "retry" and _is_its_own(request, outcome, gate)
        return request.verdict("gave_up", outcome.detail) if request.failures >= gate.attempts else None

    def land(self, request: Request, outcome: Outcome, verdict: Verdict | None, now: Now) -> None:
        """The attempt is over, and its verdict, if it has one, is where nothing forgets it: others may begin."""
        gate = self._gates[request.carrier]
        gate.land(outcome, now.mono_s)
        request.state = WAITING
        self._lanes[request.lane].ahead = None
        if verdict is not None or request.lost:
            self._finish(request, now)
        else:
            self._wait(request, outcome, gate, now)

    def nudge(self, customer: str, carrier: str, topics: Collection[str], now: Now) -> None:
        """The customer can be reached again by a carrier that had found them absent."""
        for topic in topics:
            lane = self._lanes.get((topic, customer))
            for request in lane.requests if lane else ():
                if request.carrier == carrier:
                    request.nudged = request.state == FLYING
                    request.retry_at_s = 0.0 if math.isinf(request.retry_at_s) else request.retry_at_s
            self._look((topic, customer), now)

    def drop(self, places: Collection[Place]) -> list[Request]:
        """Forget what is not under way of these partitions alone; returns what is, lost from now on."""
        gone = set(places)
        of_them = [one for one in self._requests.values() if gone.issuperset(place for place, _ in one.records)]
        flying = [request for request in of_them if request.state == FLYING]
        for request in of_them:
            if request.state == FLYING:
                request.lost = True
            else:
                self._remove(request)
        return flying

    def wake_in_s(self, now: Now, but: Collection[str] = ()) -> float | None:
        """Seconds until `due` may have something new to say; None where only an input or a landing can change that."""
        waits = [(self._wall[0][0] - now.wall_ms) / 1000] if self._wall else []
        waits += [self._mono[0][0] - now.mono_s] if self._mono else []
        for name, gate in self._gates.items():
            opens_s = gate.opens_in_s(now.mono_s) if self._ready[name] and name not in but else None
            waits += [] if opens_s is None else [opens_s]
        return max(min(waits), 0.0) if waits else None

    def is_idle(self, now: Now) -> bool:
        """True where nothing is under way or waits for another attempt: what is left waits for its time or customer."""
        return all(
            lane.ahead is None and (lane.first_due(now) is None or lane.waits_for_customer(now))
            for lane in self._lanes.values()
        )

    def _wait(self, request: Request, outcome: Outcome, gate: Gate, now: Now) -> None:
        wait_s = 0.0
        if outcome.kind == "absent":
            wait_s = 0.0 if request.nudged else math.inf
        elif outcome.whole:  # its gate waits, and then another one asks
            request.turn = next(self._tickets)
            wait_s = gate.wait_s(request.failures) if request.failures else 0.0
        else:
            wait_s = max(gate.wait_s(request.failures), outcome.after_s)
        request.nudged = False
        request.retry_at_s = now.mono_s + wait_s if wait_s else 0.0
        if 0.0 < wait_s < math.inf:
            self._push(self._mono, request.retry_at_s, request)
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

    def _look(self, key: tuple[str, str], now: Now) -> None:
        """Make the first request of a lane whose time has come ready, where it waits for nothing else."""
        lane = self._lanes.get(key)
        if lane is None:
            return
        away = lane.waits_for_customer(now)
        if away != lane.is_away:
            lane.is_away = away
            self._away[lane.requests[0].carrier] += len(lane.requests) if away else -len(lane.requests)
        fresh = lane.advance(now)
        if fresh is not None:
            self._push(self._ready[fresh.carrier], fresh.turn, fresh)

    def _push(self, queue: _Queue, at: float, request: Request) -> None:
        heapq.heappush(queue, (at, next(self._tickets), request))

    def _finish(self, request: Request, now: Now) -> None:
        self._remove(request)
        self._look(request.lane, now)

    def _remove(self, request: Request) -> None:
        request.state = DONE
        del self._requests[request.action["action_id"]]
        lane = self._lanes[request.lane]
        lane.requests.remove(request)
        lane.ahead = None if lane.ahead is request else lane.ahead
        self._held[request.carrier] -= 1
        self._away[request.carrier] -= lane.is_away
        if not lane.requests:
            del self._lanes[request.lane]
        for queue in (self._wall, self._mono, self._ready[request.carrier]):
            self._tidy(queue)

    def _tidy(self, queue: _Queue) -> None:
        if len(queue) > _TIDY_FROM + 3 * len(self._requests):  # of requests that are done long since
            queue[:] = [entry for entry in queue if entry[2].state != DONE]
            heapq.heapify(queue)


def _is_its_own(request: Request, outcome: Outcome, gate: Gate) -> bool:
    """True where a failed attempt says something about this message: one that finds the carrier as a whole in trouble
    does only where the carrier has answered to others since it last did so."""
    if not outcome.whole or outcome.busy:
        return not outcome.whole
    before, request.answers = request.answers, gate.answers
    return before is not None and gate.answers > before
