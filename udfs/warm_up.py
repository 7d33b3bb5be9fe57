"""What the keyed operator asks Python in the warm-up job: touchpoints of the log in, records for `memory` at its end.

The same calls as those of udfs/orchestrate.py. What is due is decided with the touchpoints that come after it, or by
the worker that goes on from the memory; the one timer of a customer is for the end of what is read. Of whom nothing is
left where the orchestrator's watermark is, there is no record.

A subject beyond the customer takes what is queued when the watermark has passed it, but nothing that the orchestrator's
has not passed yet: where reading ends the watermark says that all has come, and workers may still get what happened
before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from cjo.engine import Engine
from cjo.engine.beside import beside
from cjo.engine.warming import WarmUp
from cjo.topics import MEMORY
from udfs import sections
from udfs.orchestrate import Host
from udfs.transition import OutRow, answer, earlier

END_MS = 1 << 62
RECORD_BYTES_MAX = 4_000_000
"""A little less than the topic takes, for a key and what stands around a record."""


class WarmUpMemory:
    """Carries on the group's signals for one subject at a time, and hands out what they remember."""

    def __init__(
        self, plan: Mapping[str, Any], control: Sequence[Mapping[str, Any]], group: str, passed_ms: int
    ) -> None:
        """`control` has the group's `warm` record, and what else the orchestrator knows beside its plan.

        `passed_ms` is a time that the orchestrator's watermark had passed before the end of what is read was known.
        """
        self._passed_ms = passed_ms
        self._plan = plan
        self._control = control
        self._group = group

    def open(self, host: Host) -> None:
        """Called before anything else."""
        self._host = host
        engine = Engine(dict(self._plan))
        for record in self._control:
            added = beside(self._plan, record)
            if added is not None:
                engine.publish(added)
        self._job = WarmUp(engine, self._group)

    def on_input(self, data: bytes, head: bytes | None) -> bytes | None:
        """One record of the log, with the state of its subject; a dead one is the orchestrator's to tell."""
        row = orjson.loads(data)
        subject = row.pop("subject", None)
        if subject is None:
            return None
        before, armed_ms = sections.load(head, self._host)
        state = self._job.take(before, subject, row)
        if state is None and before is None:
            return None
        timer_ms = earlier(self._timer_ms(state), armed_ms)
        return answer(sections.save(state, timer_ms or armed_ms, self._host, head), timer_ms)

    def on_time(self, subject: str, time_ms: int, head: bytes | None) -> bytes | None:
        """A subject beyond the customer takes what is queued; or all is read, and the state goes where it is needed."""
        if head is None or not sections.is_armed_for(head, time_ms):
            return None
        state, _ = sections.load(head, self._host)
        if time_ms != END_MS:
            state = None if state is None else self._job.on_time(state, subject, min(time_ms, self._passed_ms))
            timer_ms = self._timer_ms(state)
            return answer(sections.save(state, timer_ms, self._host, head), timer_ms)
        memory = self._job.memory(subject, None if state is None else sections.plain(state), self._passed_ms)
        return answer(sections.save(None, None, self._host, head), None, self._rows(subject, memory))

    def _rows(self, subject: str, memory: dict[str, Any] | None) -> list[OutRow]:
        """The record for the topic; none that no broker would take, for one such subject would fail the job."""
        value = b"" if memory is None else orjson.dumps(memory)
        if len(value) > RECORD_BYTES_MAX:
            self._host.warn(
                f"memory_too_large: subject {subject!r} has memory of {len(value):,} bytes, a record takes "
                f"{RECORD_BYTES_MAX:,}: its signals begin with what came since the warm-up began; see `cjo why`"
            )
            return []
        return [OutRow(MEMORY, subject, value, exactly_once=False)] if value else []

    def _timer_ms(self, state: dict[str, Any] | None) -> int | None:
        wake_ms = self._job.wake_at_ms(state)
        if wake_ms is not None and wake_ms <= self._passed_ms:
            return wake_ms
        return None if state is None else END_MS

    def on_control(self, text: str) -> str:
        """No control comes while a bounded log is read."""
        raise NotImplementedError(text)

    def flush(self) -> None:
        """Called before each checkpoint."""
