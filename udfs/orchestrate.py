"""What the keyed operator (`io.cjo.flink.DecideOperator`) asks Python: rows and states in, transitions out.

No name of Flink's is used here: what hosts it gives bytes and takes bytes, so a test can be the host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import orjson

from cjo.engine import Engine, Transition
from cjo.engine.beside import beside, control_record
from cjo.engine.warming import VERSION
from cjo.errors import StateError
from udfs import sections
from udfs.counters import Counters, Metrics
from udfs.held import Busy, Held
from udfs.measured import Gauges, Measured
from udfs.notices import Log, Notices
from udfs.records import Records
from udfs.transition import OutRow, answer, earlier, held, rows_only

_MEMORY: Final = b'{"memory":'
"""How a record of the topic memory begins: what comes then is as it stands there, which need not be JSON."""
_FIELDS: Final = {"warm": str, "subject": str, "state": dict}
"""What is in a record of this version."""
_loads: Final = orjson.loads


class Host(sections.Store, Metrics, Gauges, Log, Protocol):
    """What the operator offers for the current key: parts of a large state, metrics, and its log."""


class OrchestrateJourneys:
    """Decides for one subject at a time. Made where the job is submitted, opened once a subtask and attempt.

    A subject needs at most one timer: the time for which it is armed is kept with the state, and a timer that fires at
    any other time is stale and changes nothing. Registering only an earlier one keeps timers few.
    """

    def __init__(
        self,
        plan: Mapping[str, Any],
        contracts: Mapping[str, Mapping[str, Any]],
        schema_ids: Mapping[str, int],
        control: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """`control`: records that must be known before the first touchpoint, beside those of the control topic."""
        self._plan = plan
        self._control = control
        self._contracts = contracts
        self._schema_ids = schema_ids

    def __reduce__(self) -> tuple[Any, ...]:
        """How it goes from the client to the workers: compiled classes do not say it by themselves."""
        return type(self), (self._plan, self._contracts, self._schema_ids, self._control)

    def open(self, host: Host) -> None:
        """Called before anything else. Control records of a restored job come next, one by one, to `on_control`."""
        self._host = host
        self._engine = Engine(dict(self._plan))
        self._measured = Measured(host, self._plan)
        self._notices = Notices(host, self._plan)
        self._busy = Busy()
        for record in self._control:
            self._obey(record)
        self._records = Records(self._plan, self._contracts, self._schema_ids)
        self._counters = Counters(host, self._plan)

    def on_input(self, data: bytes, head: bytes | None) -> bytes | None:
        """One record of the query in `jobs`, with the state of its subject; None where nothing comes of it.

        `data` is JSON: a touchpoint's row with its `subject`, or `{"dead": …}` (a record that could not be read, keyed
        by partition and offset), or `{"memory": …}`. Where Python holds the subject, `head` is not looked at.
        """
        if data.startswith(_MEMORY):
            return self._on_memory(data, head)
        row = _loads(data)
        subject = row.get("subject")
        if subject is None:
            return rows_only([self._dead(row["dead"])])
        del row["subject"]
        self._counters.inputs += 1
        busy = self._busy.get(subject)
        if busy is not None:
            return self._input_of_busy(busy, subject, row)
        state, armed_ms = sections.load(head, self._host)
        after, effects, wake_at_ms, changed = self._engine.on_input(state, subject, row)
        if not changed:
            return rows_only(self._rows(subject, effects)) if effects else None
        timer_ms = earlier(wake_at_ms, armed_ms)
        rows = self._rows(subject, effects) if effects else ()
        if self._busy.wants(subject, state, head):
            self._busy[subject] = Held(after, timer_ms or armed_ms, head)
            return held(timer_ms, rows)
        kept = self._save(subject, after, timer_ms or armed_ms, head)
        return answer(kept, timer_ms, rows)

    def on_time(self, subject: str, time_ms: int, head: bytes | None) -> bytes | None:
        """The watermark has passed `time_ms`: everything that happened before it has been handled."""
        busy = self._busy.get(subject)
        if busy is not None:
            return self._time_of_busy(busy, subject, time_ms)
        if head is None or not sections.is_armed_for(head, time_ms):
            return None
        state, _ = sections.load(head, self._host)
        step = self._engine.on_time(state, subject, time_ms)
        kept = self._save(subject, step.state, step.wake_at_ms, head)
        return answer(kept, step.wake_at_ms, self._rows(subject, step.effects))

    def on_checkpoint(self, subject: str) -> bytes:
        """The state of a subject that was held, which it is not any more; called before `flush`."""
        busy = self._busy.pop(subject)
        self._measured.take(busy.state)
        return answer(sections.save(busy.state, busy.armed_ms, self._host, busy.head), None)

    def on_control(self, text: str) -> str:
        """One record of the control topic, new or restored; returns the name under which it is kept for ever.

        What is no control record is passed over, and the newest of it kept under no name.
        """
        record = control_record(text)
        if record is None:
            self._host.warn(f"what stands in the topic control is no control record and changes nothing: {text[:200]}")
            return ""
        self._obey(record)
        return f"{record['name']}@{record['revision']}"

    def flush(self) -> None:
        """Called before each checkpoint."""
        self._busy.begin_again()
        self._measured.flush()
        self._notices.flush()
        self._counters.flush()

    def _input_of_busy(self, busy: Held, subject: str, row: dict[str, Any]) -> bytes | None:
        step = self._engine.on_input(busy.state, subject, row)
        timer_ms = None
        if step.changed:
            timer_ms = earlier(step.wake_at_ms, busy.armed_ms)
            busy.state, busy.armed_ms = step.state, timer_ms or busy.armed_ms
            self._forget_parts(busy)
        if timer_ms is None and not step.effects:
            return None
        return held(timer_ms, self._rows(subject, step.effects))

    def _time_of_busy(self, busy: Held, subject: str, time_ms: int) -> bytes | None:
        if busy.state is None or busy.armed_ms != time_ms:
            return None
        step = self._engine.on_time(busy.state, subject, time_ms)
        busy.state, busy.armed_ms = step.state, step.wake_at_ms
        self._forget_parts(busy)
        return held(step.wake_at_ms, self._rows(subject, step.effects))

    def _forget_parts(self, busy: Held) -> None:
        """Nothing is kept of the subject any more: what is known of it later does not name the parts of before."""
        if busy.state is None:
            busy.head = sections.save(None, None, self._host, busy.head)

    def _save(
        self, subject: str, state: dict[str, Any] | None, armed_ms: int | None, before: bytes | None
    ) -> bytes | None:
        head = sections.save(state, armed_ms, self._host, before)
        self._measured.take(state)
        return head

    def _obey(self, record: Mapping[str, Any]) -> None:
        added = beside(self._plan, record)
        if added is not None:
            self._engine.publish(added)
            self._measured.know(added.get("plan") or {})

    def _rows(self, subject: str, effects: list[tuple[str, Any]]) -> list[OutRow]:
        for kind, record in effects:
            self._counters.effect(kind, record)
            if kind == "count":
                self._notices.take(subject, record)
        return [self._records.of_effect(kind, record) for kind, record in effects if kind != "count"]

    def _on_memory(self, data: bytes, head: bytes | None) -> bytes | None:
        """What a warm-up has found of a subject in the log (S4)."""
        record = _memory(data)
        if record is None:
            self._foreign(data)
            return None
        if record["v"] != VERSION:
            raise StateError(
                f"a record of the memory topic cannot be merged by this cjo: {orjson.dumps(record)[:200].decode()}",
                "it comes from a warm-up job of a newer cjo: submit the orchestrator of that version",
            )
        subject = record["subject"]
        busy = self._busy.get(subject)
        if busy is not None:
            return self._memory_of_busy(busy, subject, record)
        state, armed_ms = sections.load(head, self._host)
        step = self._merge(state, subject, record)
        if not step.changed:
            return None
        timer_ms = earlier(step.wake_at_ms, armed_ms)
        return answer(self._save(subject, step.state, timer_ms or armed_ms, head), timer_ms)

    def _foreign(self, data: bytes) -> None:
        """What no warm-up has written to the memory topic is nobody's memory."""
        self._counters.add("memories", "merged=foreign")
        text = data[:200].decode(errors="replace")
        self._host.warn(f"what stands in the topic memory is no warm-up's record and changes nothing: {text}")

    def _memory_of_busy(self, busy: Held, subject: str, record: dict[str, Any]) -> bytes | None:
        step = self._merge(busy.state, subject, record)
        if not step.changed:
            return None
        timer_ms = earlier(step.wake_at_ms, busy.armed_ms)
        busy.state, busy.armed_ms = step.state, timer_ms or busy.armed_ms
        return held(timer_ms, ())

    def _merge(self, state: dict[str, Any] | None, subject: str, record: dict[str, Any]) -> Transition:
        step = self._engine.on_memory(state, subject, record)
        self._counters.add("memories", f"merged={'yes' if step.changed else 'no'}")
        return step

    def _dead(self, dead: Mapping[str, Any]) -> OutRow:
        """A record that could not be read concerns no subject's state."""
        self._counters.add("deadletters", f"kind={dead['kind']}")
        return self._records.of_dead(dead)


def _memory(data: bytes) -> dict[str, Any] | None:
    """The record of the topic memory in an input; None where no warm-up, of this or another version, has written it."""
    try:
        record = orjson.loads(data[len(_MEMORY) : -1])
    except orjson.JSONDecodeError:
        return None
    if not isinstance(record, dict) or type(record.get("v")) is not int:
        return None
    is_whole = all(isinstance(record.get(name), kind) for name, kind in _FIELDS.items())
    return record if is_whole or record["v"] != VERSION else None
