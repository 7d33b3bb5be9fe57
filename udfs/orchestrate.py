"""What the keyed operator (`io.cjo.flink.DecideOperator`) asks Python: rows and states in, transitions out.

No name of Flink's is used here: what hosts it gives bytes and takes bytes, so a test can be the host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import orjson

from cjo.engine import Engine
from cjo.engine.beside import beside
from cjo.errors import StateError
from udfs import sections
from udfs.counters import Counters, Metrics
from udfs.recent import Recent
from udfs.records import Records
from udfs.transition import OutRow, answer, rows_only


class Host(sections.Store, Metrics, Protocol):
    """What the operator offers for the current key: parts of a large state, and counting."""


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

    def open(self, host: Host) -> None:
        """Called before anything else. Control records of a restored job come next, one by one, to `on_control`."""
        self._host = host
        self._engine = Engine(dict(self._plan))
        for record in self._control:
            self._obey(record)
        self._records = Records(self._plan, self._contracts, self._schema_ids)
        self._counters = Counters(host, self._plan)
        self._recent = Recent()

    def on_input(self, text: str, head: bytes | None) -> bytes | None:
        """One record of the query in `jobs`, with the state of its subject; None where nothing comes of it.

        `text` is JSON: a touchpoint's row with its `subject`, or `{"dead": …}` (a record that could not be read, keyed
        by partition and offset), or `{"memory": …}`.
        """
        row = orjson.loads(text)
        subject = row.pop("subject", None)
        if subject is None:
            return rows_only([self._outside(row)])
        self._counters.inputs += 1
        state, armed_ms = self._recent.take(subject, head) or sections.load(head, self._host)
        step = self._engine.on_input(state, subject, row)
        if not step.changed:
            self._recent.keep(subject, head, state, armed_ms)
            return rows_only(self._rows(step.effects)) if step.effects else None
        timer_ms = _earlier(step.wake_at_ms, armed_ms)
        kept = self._save(subject, step.state, timer_ms or armed_ms, head)
        return answer(kept, timer_ms, self._rows(step.effects) if step.effects else ())

    def on_time(self, subject: str, time_ms: int, head: bytes) -> bytes | None:
        """The watermark has passed `time_ms`: everything that happened before it has been handled."""
        state, armed_ms = self._recent.take(subject, head) or sections.load(head, self._host)
        if state is None or armed_ms != time_ms:
            self._recent.keep(subject, head, state, armed_ms)
            return None
        step = self._engine.on_time(state, subject, time_ms)
        kept = self._save(subject, step.state, step.wake_at_ms, head)
        return answer(kept, step.wake_at_ms, self._rows(step.effects))

    def on_control(self, text: str) -> str:
        """One record of the control topic, new or restored; returns the name under which it is kept for ever."""
        record = orjson.loads(text)
        self._obey(record)
        return f"{record['name']}@{record['revision']}"

    def flush(self) -> None:
        """Called before each checkpoint."""
        self._counters.flush()

    def _save(
        self, subject: str, state: dict[str, Any] | None, armed_ms: int | None, before: bytes | None
    ) -> bytes | None:
        head = sections.save(state, armed_ms, self._host, before)
        self._recent.keep(subject, head, state, armed_ms)
        return head

    def _obey(self, record: Mapping[str, Any]) -> None:
        added = beside(self._plan, record)
        if added is not None:
            self._engine.publish(added)

    def _rows(self, effects: list[tuple[str, Any]]) -> list[OutRow]:
        for kind, record in effects:
            self._counters.effect(kind, record)
        return [self._records.of_effect(kind, record) for kind, record in effects if kind != "count"]

    def _outside(self, row: dict[str, Any]) -> OutRow:
        """What concerns no subject's state."""
        if "dead" in row:
            self._counters.add("deadletters", f"kind={row['dead']['kind']}")
            return self._records.of_dead(row["dead"])
        raise StateError(
            f"a record of the memory topic cannot be merged by this cjo: {orjson.dumps(row)[:200].decode()}",
            "it comes from a warm-up job of a newer cjo: submit the orchestrator of that version",
        )


def _earlier(wake_at_ms: int | None, armed_ms: int | None) -> int | None:
    """The time for which a timer must be registered; a later wake-up waits for the armed one to fire."""
    return None if wake_at_ms is None or (armed_ms is not None and armed_ms <= wake_at_ms) else wake_at_ms
