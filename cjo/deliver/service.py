"""`cjo deliver` at work: reads, carries out, writes down, until it is told to stop.

Three loops share the desk: one reads records, one begins attempts that are due, one reports verdicts. All run in one
event loop, so that nothing here needs a lock. A carrier begins nothing before its topics were read to where they ended
when this process got them: what is on them may be cancelled further on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from cjo.deliver.books import Books
from cjo.deliver.desk import Desk
from cjo.deliver.intake import CANCELLED, Intake, Said, Taken
from cjo.deliver.mark import Mark
from cjo.deliver.offsets import Offsets, Place
from cjo.deliver.outcome import Carrier, Outcome, Verdict, retry
from cjo.deliver.request import Request
from cjo.deliver.surroundings import Clock, Source, Tell


class Service:
    """Carries out what a source gives. `carriers` are open; `topics` names the topics that each of them serves."""

    def __init__(
        self,
        source: Source,
        desk: Desk,
        intake: Intake,
        books: Books,
        offsets: Offsets,
        carriers: Mapping[str, Carrier],
        topics: Mapping[str, Collection[str]],
        clock: Clock,
        tell: Tell,
        pending_max: int = 20_000,
        stop_within_s: float = 20.0,
    ) -> None:
        self._source = source
        self._desk = desk
        self._intake = intake
        self._books = books
        self._offsets = offsets
        self._carriers = carriers
        self._topics = topics
        self._clock = clock
        self._tell = tell
        self._pending_max = pending_max
        self._stop_within_s = stop_within_s
        self._flights: dict[asyncio.Task[None], Request] = {}
        self._held: set[str] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._read_all = False
        self._once = False
        self._failure: Exception | None = None
        self._land_until_s: float | None = None

    def stop(self) -> None:
        """Begin nothing more; `run` returns when what is under way has landed and is reported."""
        self._stopping = True
        self._wake.set()

    def arrived(self, carrier: str, customer: str) -> None:
        """The customer can be reached by a carrier again."""
        self._desk.nudge(customer, carrier, self._topics[carrier], self._clock.now())
        self._wake.set()

    async def needed_from_ms(self) -> int | None:
        """Outcomes since then may be asked for by records that are read again; None while that is not known."""
        if not await self._source.is_at_end():
            return None
        oldest = self._desk.oldest_ms()
        return self._clock.now().wall_ms if oldest is None else oldest

    async def run(self, once: bool = False) -> None:
        """Works until `stop`; with `once`, until everything that is there now has a verdict or waits for its time.

        Raises StackError or RegistryError where broker or registry fail: then everything that is done is in the
        journal, and the next start goes on from there.
        """
        self._once = once
        await self._books.clear()  # what an earlier start has left unreported: no offset may pass it before
        self._source.begin(self._give_up)
        reporting = asyncio.create_task(self._report())
        work = [asyncio.create_task(self._read()), asyncio.create_task(self._carry())]
        working = asyncio.gather(*work)
        waits: list[asyncio.Future[Any]] = [working, reporting]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if reporting.done():  # it never ends but by a failure
                reporting.result()
            await working
            await self._books.clear()
            await self._commit()
        finally:
            self.stop()  # also after a failure: what begins while the rest lands would be cut off before the journal
            await self._land()
            tasks = [*work, reporting, *self._flights]
            for task in tasks:
                task.cancel()
            await asyncio.gather(working, *tasks, return_exceptions=True)

    async def _read(self) -> None:
        behind: set[str] = set()
        while not self._stopping and not self._read_all:
            full = self._desk.full(self._pending_max)
            came = await self._source.poll(pause={topic for carrier in full for topic in self._topics[carrier]})
            behind, before = await self._source.behind(), behind
            self._held = self._serving(behind | before)
            for taken in came:
                await self._take(taken)
            self._held = self._serving(behind)
            self._read_all = self._once and await self._source.is_at_end()
            self._wake.set()
            await self._commit()

    def _serving(self, topics: set[str]) -> set[str]:
        return {carrier for carrier, served in self._topics.items() if not topics.isdisjoint(served)}

    async def _take(self, taken: Taken) -> None:
        if taken.is_ahead:
            for one in self._intake.foresee(taken, self._clock.now()):
                await self._hear(one, self._intake.carrier_of(taken.place))
            return
        self._offsets.begin(taken.place, taken.offset)
        said, done = self._intake.take(taken, self._clock.now())
        for one in said:
            await self._hear(one, self._intake.carrier_of(taken.place))
        if done:
            self._offsets.end(taken.place, taken.offset)

    async def _hear(self, said: Said, carrier: str) -> None:
        if said.verdict is not None:
            await self._settle([said.verdict])
        if said.event is not None:
            self._tell(said.event, said.action, {"detail": said.detail} if said.detail else {})
        if said.event == "too_late" and said.action is not None:
            await self._carriers[carrier].withdraw(said.action)

    async def _carry(self) -> None:
        while not self._is_over():
            now = self._clock.now()
            started, expired = self._desk.due(now, but=self._held)
            for request in started:
                self._flights[asyncio.create_task(self._fly(request))] = request
            await self._settle([(request, request.verdict("expired")) for request in expired])
            if started or expired:
                continue
            await self._rest(self._desk.wake_in_s(self._clock.now(), but=self._held))
        await self._land()
        if self._failure is not None:
            raise self._failure

    async def _land(self) -> None:
        """Wait for what is under way, so long as there is time, reckoned from the first call."""
        now_s = asyncio.get_running_loop().time()
        if self._land_until_s is None:
            self._land_until_s = now_s + self._stop_within_s
        if self._flights:
            await asyncio.wait(self._flights, timeout=max(self._land_until_s - now_s, 0.0))

    def _is_over(self) -> bool:
        if self._stopping or self._failure:
            return True
        return self._read_all and not self._flights and self._desk.is_idle(self._clock.now())

    async def _rest(self, seconds: float | None) -> None:
        """Until something happens, or for so long."""
        waits: list[asyncio.Task[Any]] = [asyncio.create_task(self._wake.wait())]
        if seconds is not None:
            waits.append(asyncio.create_task(self._clock.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
        self._wake.clear()

    async def _fly(self, request: Request) -> None:
        """One attempt."""
        try:
            outcome = await self._attempt(request)
            verdict = self._desk.judge(request, outcome, self._clock.now())
            if verdict is not None:  # the attempt holds its place until the journal has it: so few can be repeated
                await asyncio.shield(self._settle([(request, verdict)]))
            self._desk.land(request, outcome, verdict, self._clock.now())
            if verdict is None and not request.lost:
                event = "waiting" if outcome.kind == "absent" else "retrying"
                self._tell(event, request.action, _about(request, outcome))
            elif verdict is not None and request.stop == CANCELLED and verdict.outcome == "delivered":
                await self._hear(Said("too_late", request.action, "it was under way"), request.carrier)
        except Exception as error:  # of the journal: nothing may be delivered that can't be remembered
            self._failure = self._failure or error
        finally:
            del self._flights[asyncio.current_task()]  # type: ignore[arg-type]
            self._wake.set()

    async def _attempt(self, request: Request) -> Outcome:
        try:
            return await self._carriers[request.carrier].deliver(request.action)
        except Exception as error:  # a carrier's mistake about one message must not stop the others
            return retry(f"{type(error).__name__} in carrier {request.carrier}")

    async def _settle(self, found: list[tuple[Request, Verdict]]) -> None:
        if not found:
            return
        await self._books.write(found, self._clock.now().wall_ms)
        for request, verdict in found:
            details = {"reason": verdict.reason, "detail": verdict.detail, "attempts": verdict.attempts}
            told = {name: value for name, value in details.items() if value}
            self._tell(verdict.outcome, verdict.action, {"carrier": request.carrier, **told})

    async def _report(self) -> None:
        while True:
            await self._books.news.wait()
            await self._books.report()

    async def _commit(self) -> None:
        marks = self._offsets.to_commit()
        if marks and await self._source.commit(marks):
            self._offsets.committed(marks)

    async def _give_up(self, places: Collection[Place]) -> dict[Place, Mark]:
        """These partitions are another's from now on: what is under way for them may land first, for the last time."""
        flying = self._desk.drop(places)
        tasks = [task for task, request in self._flights.items() if request in flying]
        if tasks:
            await asyncio.wait(tasks, timeout=self._stop_within_s)
        await self._books.clear()
        marks = self._offsets.to_commit(places)
        self._offsets.forget(places)
        self._intake.forget(places)
        return marks


def _about(request: Request, outcome: Outcome) -> dict[str, Any]:
    return {"carrier": request.carrier, "detail": outcome.detail, "attempts": request.attempts}
