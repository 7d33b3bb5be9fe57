"""Writing down verdicts: first to the journal, then as touchpoints to the log, and only then the offset may move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from cjo.deliver.feedback import report
from cjo.deliver.journal import Journal
from cjo.deliver.offsets import Offsets
from cjo.deliver.outcome import Verdict
from cjo.deliver.request import Request
from cjo.errors import RecordError

Line = tuple[str | None, dict[str, Any], Request | None]
"""An action's id where the journal has it, the touchpoint that reports it, the request where its record is known."""


class Log(Protocol):
    """Where touchpoints go; `cjo.client.TouchpointProducer` is one."""

    def send(self, touchpoint: Mapping[str, Any]) -> None:
        """Publish, some time soon."""
        ...

    def flush(self) -> None:
        """Wait until all of them are acknowledged. Raises StackError."""
        ...


class Books:
    """The journal and what is still to be reported. Verdicts that come together are written together.

    `refused` is told of touchpoints that the log can't take, in another thread.
    """

    def __init__(
        self, journal: Journal, log: Log, offsets: Offsets, refused: Callable[[Mapping[str, Any], str], None]
    ) -> None:
        self._journal = journal
        self._log = log
        self._offsets = offsets
        self._refused = refused
        self._writing = asyncio.Lock()
        self._fresh: list[tuple[Request, Verdict, dict[str, Any]]] = []
        self._lines: list[Line] = [(action_id, line, None) for action_id, line in journal.unreported()]
        self._reporting = asyncio.Lock()
        self.news = asyncio.Event()
        if self._lines:
            self.news.set()

    async def write(self, found: Iterable[tuple[Request, Verdict]], at_ms: int) -> None:
        """Verdicts are in the journal when this returns."""
        self._fresh += [(request, verdict, report(verdict, at_ms)) for request, verdict in found]
        async with self._writing:
            batch, self._fresh = self._fresh, []
            if batch:
                verdicts = [(verdict, line) for _, verdict, line in batch]
                try:
                    await asyncio.to_thread(self._journal.record, verdicts, at_ms)
                except BaseException:
                    self._fresh = batch + self._fresh  # others wait for these, too
                    raise
                self._lines += [(verdict.action["action_id"], line, request) for request, verdict, line in batch]
                self.news.set()

    def say(self, touchpoint: dict[str, Any]) -> None:
        """Report something that the journal does not keep: an opened or clicked message."""
        self._lines.append((None, touchpoint, None))
        self.news.set()

    async def report(self) -> None:
        """Publish what there is; it has reached the log when this returns. Raises StackError."""
        async with self._reporting:
            self.news.clear()
            lines, self._lines = self._lines, []
            try:
                await asyncio.to_thread(self._publish, lines)
            except BaseException:
                self._lines = lines + self._lines
                raise
            for _, _, request in lines:
                if request is not None:
                    for place, offset in request.records:
                        self._offsets.end(place, offset)

    async def clear(self) -> None:
        """What has come before the call is reported when this returns. Raises StackError."""
        async with self._writing:  # in turn: who has come before has written
            pass
        await self.report()

    def _publish(self, lines: list[Line]) -> None:
        if not lines:
            return
        for _, touchpoint, _ in lines:
            try:
                self._log.send(touchpoint)
            except RecordError as error:  # the next try would fail alike: it must not stop the others
                self._refused(touchpoint, error.message)
        self._log.flush()
        self._journal.reported(action_id for action_id, _, _ in lines if action_id is not None)
