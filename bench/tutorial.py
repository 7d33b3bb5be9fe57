"""The two patterns as a PyFlink user writes them first: decode in Python, `key_by(lambda)`, one KeyedProcessFunction.

It knows nothing of cjo. It is written with care: watermarks are made in the source and per partition, timers are event
time, state is one value a customer, and every record gives the same moments as the product.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
from pyflink.common import Duration, Types, WatermarkStrategy
from pyflink.common.serialization import ByteArraySchema, SimpleStringSchema
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.connectors.base import DeliveryGuarantee
from pyflink.datastream.connectors.kafka import (
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
    KafkaTopicPartition,
)
from pyflink.datastream.state import ValueStateDescriptor

NAME = "pyflink_tutorial"
MINUTE_MS = 60_000
DAY_MS = 86_400_000
ABANDONED_AFTER_MS = 30 * MINUTE_MS
SCORE_WINDOW_MS = 7 * DAY_MS
SCORE_COOLDOWN_MS = 30 * DAY_MS
SCORE_AT_LEAST = 10
POINTS = {"page_viewed": 1, "calculator_used": 3, "branch_visited": 5}
FRAMING_BYTES = 5


class Decode:
    """From a Kafka value to a dict; the schema is parsed once a worker."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._parsed: Any = None

    def __call__(self, value: bytes) -> dict[str, Any]:
        if self._parsed is None:
            self._parsed = fastavro.parse_schema(self._schema)
        record: Any = fastavro.schemaless_reader(io.BytesIO(value[FRAMING_BYTES:]), self._parsed)
        return record


def subject(touchpoint: dict[str, Any]) -> str:
    """Whom it is about."""
    return touchpoint["customer_id"] or f"device:{touchpoint['device_id']}"


def happened_at_ms(touchpoint: dict[str, Any], record_ms: int) -> int:
    """When it happened, with the error of the device's clock taken out."""
    if touchpoint["sent_at"] is None:
        return touchpoint["occurred_at"]
    received_ms = record_ms if touchpoint["received_at"] is None else touchpoint["received_at"]
    return received_ms - (touchpoint["sent_at"] - touchpoint["occurred_at"])


class FindMoments(KeyedProcessFunction):
    """Abandoned baskets and high interest in mortgages, for one customer at a time."""

    def open(self, runtime_context: Any) -> None:
        self._state = runtime_context.get_state(ValueStateDescriptor("customer", Types.PICKLED_BYTE_ARRAY()))

    def process_element(self, touchpoint: dict[str, Any], ctx: Any) -> Iterator[str]:
        kind = touchpoint["type"]
        at_ms = happened_at_ms(touchpoint, ctx.timestamp())
        if kind == "product_added" and touchpoint["basket_id"]:
            state = self._load()
            state["added"].setdefault(touchpoint["basket_id"], []).append(at_ms)
            ctx.timer_service().register_event_time_timer(at_ms + ABANDONED_AFTER_MS)
            self._state.update(state)
        elif kind in ("order_completed", "basket_emptied") and touchpoint["basket_id"]:
            state = self._load()
            state["ended"].setdefault(touchpoint["basket_id"], []).append(at_ms)
            ctx.timer_service().register_event_time_timer(at_ms + ABANDONED_AFTER_MS)
            self._state.update(state)
        elif kind in POINTS and touchpoint["attributes"].get("topic") == "mortgage":
            state = self._load()
            if self._scores(state, at_ms, POINTS[kind]):
                yield json.dumps({"signal": "high_mortgage_engagement", "subject": ctx.get_current_key(), "at": at_ms})
            self._state.update(state)

    def on_timer(self, timestamp: int, ctx: Any) -> Iterator[str]:
        state = self._state.value()
        if state is None:
            return
        for basket, added in list(state["added"].items()):
            if timestamp - ABANDONED_AFTER_MS in added and self._is_abandoned(state, basket, timestamp):
                moment = {"signal": "basket_abandoned", "subject": ctx.get_current_key(), "at": timestamp}
                yield json.dumps({**moment, "basket_id": basket})
        self._forget(state, timestamp)
        self._state.update(state)

    def _load(self) -> dict[str, Any]:
        return self._state.value() or {"added": {}, "ended": {}, "points": [], "scored_ms": None}

    @staticmethod
    def _is_abandoned(state: dict[str, Any], basket: str, now_ms: int) -> bool:
        """Nothing has come since the addition that is due now. Flink keeps one timer a time, so it is judged once."""
        due_ms = now_ms - ABANDONED_AFTER_MS
        if any(due_ms < other_ms <= now_ms for other_ms in state["added"][basket]):
            return False
        return not any(due_ms <= end_ms <= now_ms for end_ms in state["ended"].get(basket, ()))

    @staticmethod
    def _scores(state: dict[str, Any], at_ms: int, points: int) -> bool:
        """Add points; True where the level is reached and nothing was told in the last 30 days."""
        state["points"] = [point for point in state["points"] if point[0] > at_ms - SCORE_WINDOW_MS]
        before = sum(point[1] for point in state["points"])
        state["points"].append((at_ms, points))
        told_ms = state["scored_ms"]
        if before >= SCORE_AT_LEAST or before + points < SCORE_AT_LEAST:
            return False
        if told_ms is not None and at_ms < told_ms + SCORE_COOLDOWN_MS:
            return False
        state["scored_ms"] = at_ms
        return True

    @staticmethod
    def _forget(state: dict[str, Any], now_ms: int) -> None:
        for part in ("added", "ended"):
            kept = {
                basket: [at_ms for at_ms in times if at_ms > now_ms - ABANDONED_AFTER_MS]
                for basket, times in state[part].items()
            }
            state[part] = {basket: times for basket, times in kept.items() if times}


def main() -> None:
    """Submit the job that `--settings` (a JSON file) describes; it ends at the given offsets."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--settings", type=Path, required=True)
    given = json.loads(parser.parse_args().settings.read_bytes())
    ends = {KafkaTopicPartition(given["topic"], int(number)): end for number, end in given["ends"].items()}
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(given["parallelism"])
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(given["broker"])
        .set_topics(given["topic"])
        .set_group_id("bench-tutorial")
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_bounded(KafkaOffsetsInitializer.offsets(ends))
        .set_value_only_deserializer(ByteArraySchema())
        .build()
    )
    sink = (
        KafkaSink.builder()
        .set_bootstrap_servers(given["broker"])
        .set_record_serializer(
            KafkaRecordSerializationSchema.builder()
            .set_topic(given["moments"])
            .set_value_serialization_schema(SimpleStringSchema())
            .build()
        )
        .set_delivery_guarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .build()
    )
    strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_millis(given["bound_ms"]))
    (
        env.from_source(source, strategy, "touchpoints")
        .map(Decode(given["schema"]))
        .filter(lambda touchpoint: touchpoint["type"] != "heartbeat")
        .key_by(subject, key_type=Types.STRING())
        .process(FindMoments(), output_type=Types.STRING())
        .sink_to(sink)
    )
    env.execute(NAME)


if __name__ == "__main__":
    main()
