"""SQL for everything beside the log: the control and memory inputs, and the two sinks.

All of it is in the graph from the first version on, used or not: a source or sink that is added later makes a savepoint
unusable or loses what an exactly-once sink has prepared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cjo.topics import CONTROL, MEMORY, TOUCHPOINTS, topics_for
from jobs._sql import exactly_once, kafka_options, sink_options, with_options

EXACTLY_ONCE = "records_exactly_once"
AT_LEAST_ONCE = "records_at_least_once"
MEMORY_SINK = "memory_found"
NO_CONTROL = "SELECT f0 FROM (VALUES (CAST('' AS STRING))) AS nothing (f0) WHERE f0 <> ''"
"""For a job that ends: no control records at all."""
_IDLE_AFTER = "1 s"
_REPEATING = {"sink.delivery-guarantee": "at-least-once"}
_NEVER_LATE_MS = 253_370_764_800_000  # the year 9999


def side_table(name: str, topic: str, submission: Mapping[str, Any], group: str) -> str:
    """CREATE TABLE for a topic that must never hold back time.

    Its own watermark lies far ahead, and while the topic is silent it counts as idle.
    """
    options = kafka_options(submission, topic, group) | {
        "key.format": "raw",
        "key.fields": "record_key",
        "value.fields-include": "EXCEPT_KEY",
        "value.format": "raw",
        "scan.startup.mode": "earliest-offset",
        "scan.topic-partition-discovery.interval": "0",
        "scan.watermark.idle-timeout": _IDLE_AFTER,
    }
    return f"""CREATE TEMPORARY TABLE {name} (
  record_key STRING,
  record_value STRING,
  ahead AS TO_TIMESTAMP_LTZ({_NEVER_LATE_MS}, 3),
  WATERMARK FOR ahead AS ahead
) {with_options(options)}"""


def control_table(submission: Mapping[str, Any], group: str) -> str:
    """CREATE TABLE control."""
    return side_table(CONTROL, CONTROL, submission, group)


def memory_table(submission: Mapping[str, Any], group: str) -> str:
    """CREATE TABLE memory."""
    return side_table(MEMORY, MEMORY, submission, group)


CONTROL_QUERY = f"SELECT record_value AS f0 FROM {CONTROL} WHERE record_value IS NOT NULL"
MEMORY_QUERY = (
    "SELECT record_key AS f0, ENCODE('{\"memory\": ' || COALESCE(record_value, 'null') || '}', 'UTF-8') AS f1"
    f" FROM {MEMORY} WHERE record_key IS NOT NULL"
)


def sink_tables(submission: Mapping[str, Any], prefix: str) -> list[str]:
    """CREATE TABLE of the two sinks, one exactly once and one at least once, each for any topic of the plan."""
    options = submission["options"]
    transactions = exactly_once(prefix, int(options["transaction_timeout_ms"]))
    return [
        _sink(EXACTLY_ONCE, submission, transactions if options.get("transactions", True) else _REPEATING),
        _sink(AT_LEAST_ONCE, submission, _REPEATING),
    ]


def memory_sink(submission: Mapping[str, Any]) -> str:
    """CREATE TABLE of the topic `memory` as the warm-up job writes it: the same record twice changes nothing."""
    options = sink_options(submission) | _REPEATING | {
        "topic": MEMORY,
        "key.format": "raw",
        "key.fields": "record_key",
        "value.fields-include": "EXCEPT_KEY",
        "value.format": "raw",
    }  # fmt: skip
    return f"""CREATE TEMPORARY TABLE {MEMORY_SINK} (
  record_key STRING,
  record_value BYTES
) {with_options(options)}"""


def _sink(name: str, submission: Mapping[str, Any], more: Mapping[str, str]) -> str:
    """Only the sink that holds no transaction open may write into the log: what it wrote would hold back all others."""
    written = output_pattern(submission["plan"])
    options = sink_options(submission) | {
        "topic-pattern": f"{written}|{TOUCHPOINTS}" if name == AT_LEAST_ONCE else written,
        "key.format": "raw",
        "key.fields": "record_key",
        "value.fields-include": "EXCEPT_KEY",
        "value.format": "raw",
        **more,
    }
    return f"""CREATE TEMPORARY TABLE {name} (
  topic STRING NOT NULL METADATA FROM 'topic',
  record_key STRING,
  record_value BYTES
) {with_options(options)}"""


def output_pattern(plan: Mapping[str, Any]) -> str:
    """A pattern of the topics that the job writes: a new channel is a topic and no new sink."""
    fixed = [
        re.escape(topic.name) for topic in topics_for(plan) if topic.schema and not topic.name.startswith("actions.")
    ]
    fixed.remove(TOUCHPOINTS)
    return "|".join([*fixed, r"actions\..+"])


def insert(sink: str, rows: str) -> str:
    """INSERT of the rows that belong to `sink`."""
    condition = "exactly_once" if sink == EXACTLY_ONCE else "NOT exactly_once"
    return f"INSERT INTO {sink} SELECT topic, record_key, record_value FROM {rows} WHERE {condition}"
