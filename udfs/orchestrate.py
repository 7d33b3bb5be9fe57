"""The one keyed function of the job: Flink's rows, state and timers on one side, `cjo.engine` on the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from pyflink.common import Row, Types
from pyflink.datastream import KeyedBroadcastProcessFunction
from pyflink.datastream.state import MapStateDescriptor

from cjo.engine import Engine
from cjo.errors import StateError
from udfs import control, sections
from udfs.counters import Counters
from udfs.records import Records

CUSTOMER = "customer"
CONTROL = MapStateDescriptor("control", Types.STRING(), Types.STRING())
"""Control records by `name@revision`, the same in every subtask; kept for ever, pinned versions live here."""
OUTPUT = Types.ROW_NAMED(
    ["topic", "record_key", "record_value", "exactly_once"],
    [Types.STRING(), Types.STRING(), Types.PRIMITIVE_ARRAY(Types.BYTE()), Types.BOOLEAN()],
)


class OrchestrateJourneys(KeyedBroadcastProcessFunction):  # type: ignore[misc]
    """Decides for one subject at a time; keyed by subject, with the control topic as its broadcast input.

    Its input is the text of the query in `jobs`: a touchpoint's row with its `subject`, or `{"dead": …}` (a record that
    could not be read, keyed by partition and offset), or `{"memory": …}`. A subject needs at most one timer: the time
    for which it is armed is kept with the state, and a timer that fires at any other time is stale and ignored.
    """

    def __init__(
        self, plan: Mapping[str, Any], contracts: Mapping[str, Mapping[str, Any]], schema_ids: Mapping[str, int]
    ) -> None:
        self._plan = plan
        self._contracts = contracts
        self._schema_ids = schema_ids

    def open(self, runtime_context: Any) -> None:
        """Called once per subtask and attempt. Broadcast state cannot be reached here: see `_recall`."""
        self._engine = Engine(dict(self._plan))
        self._records = Records(self._plan, self._contracts, self._schema_ids)
        self._counters = Counters(runtime_context.get_metrics_group())
        self._store = runtime_context.get_map_state(MapStateDescriptor(CUSTOMER, Types.STRING(), Types.STRING()))
        self._recalled = False

    def process_element(self, value: str, context: Any) -> Iterator[Row]:
        """Called for each record that the query lets through."""
        if not self._recalled:
            self._recall(context)
        row = orjson.loads(value)
        subject = row.pop("subject", None)
        if subject is None:
            yield self._outside(row)
            return
        self._counters.input()
        state, armed_ms = sections.load(self._store)
        known = state is not None
        step = self._engine.on_input(state, subject, row)
        if step.changed:
            armed_ms = self._arm(context, armed_ms, step.wake_at_ms)
            sections.save(self._store, step.state, armed_ms, known)
        if step.effects:
            yield from self._rows(step.effects)

    def on_timer(self, timestamp: int, context: Any) -> Iterator[Row]:
        """Called when the watermark has passed `timestamp`: everything that happened before it has been handled."""
        if not self._recalled:
            self._recall(context)
        state, armed_ms = sections.load(self._store)
        if state is None or armed_ms != timestamp:
            return
        step = self._engine.on_time(state, context.get_current_key(), timestamp)
        armed_ms = self._arm(context, None, step.wake_at_ms)
        sections.save(self._store, step.state, armed_ms, known=True)
        self._counters.flush()
        yield from self._rows(step.effects)

    def process_broadcast_element(self, value: Row, context: Any) -> Iterator[Row]:
        """Called for each record of the control topic, in every subtask."""
        text = value[0]
        record = orjson.loads(text)
        context.get_broadcast_state(CONTROL).put(f"{record['name']}@{record['revision']}", text)
        self._publish(text)
        yield from ()

    def _recall(self, context: Any) -> None:
        """Give the engine the control records of a restored job: Flink hands them to nobody."""
        for _, text in context.get_broadcast_state(CONTROL).items():
            self._publish(text)
        self._recalled = True

    def _publish(self, text: str) -> None:
        record = control.beside(self._plan, orjson.loads(text))
        if record is not None:
            self._engine.publish(record)

    @staticmethod
    def _arm(context: Any, armed_ms: int | None, wake_at_ms: int | None) -> int | None:
        """Register a timer only for an earlier time than the armed one; a later wake-up waits for that to fire."""
        if wake_at_ms is None or (armed_ms is not None and armed_ms <= wake_at_ms):
            return armed_ms
        context.timer_service().register_event_time_timer(wake_at_ms)
        return wake_at_ms

    def _rows(self, effects: list[tuple[str, Any]]) -> Iterator[Row]:
        for kind, record in effects:
            if kind == "count":
                self._counters.add(record)
                continue
            if kind == "decision":
                self._counters.add("decisions", record["reason"])
            else:
                self._counters.add(f"{kind}s")
            yield self._records.of_effect(kind, record)

    def _outside(self, row: dict[str, Any]) -> Row:
        """What concerns no subject's state."""
        if "dead" in row:
            self._counters.add("deadletters", row["dead"]["kind"])
            return self._records.of_dead(row["dead"])
        raise StateError(
            f"a record of the memory topic cannot be merged by this cjo: {orjson.dumps(row)[:200].decode()}",
            "it comes from a warm-up job of a newer cjo: submit the orchestrator of that version",
        )
