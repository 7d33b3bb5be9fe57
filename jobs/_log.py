"""SQL for reading the log: the table, its watermark, and the one query that feeds the orchestrator."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from cjo.avro.contracts import needed_of
from cjo.avro.rows import AHEAD_MS_MAX, DEVICE_PREFIX, HEARTBEAT, ID_CHARACTERS, RESERVED, RESERVED_SAYS
from cjo.engine.subjects import MARK
from cjo.topics import TOUCHPOINTS
from jobs._sql import kafka_options, quoted, with_options

_ATTRIBUTE = re.compile(r"`attributes`\['((?:[^']|'')*)'\]|'(?:[^']|'')*'")
"""An attribute in a filter; what stands in a literal is none."""
_ROW = ("event_id", "type")

_FUNCTIONS = {
    "cjo_row_text": "RowText",
    "cjo_epoch_ms": "EpochMillis",
    "cjo_event_ms": "EventMillis",
    "cjo_dead_kind": "DeadKind",
    "cjo_watermark": "RecordWatermark",
}
FUNCTIONS = tuple(
    f"CREATE TEMPORARY SYSTEM FUNCTION {name} AS 'io.cjo.flink.{java}' LANGUAGE JAVA"
    for name, java in _FUNCTIONS.items()
)
"""What table and query use beside SQL's own functions (udfs/java); jobs/_submission.py executes them.

SQL generates the code of an expression at each place where it stands, and evaluates it there: what is asked several
times of each record is a function.
"""
RECORD_MS = "cjo_epoch_ms(record_at)"
EVENT_MS = "cjo_event_ms(occurred_at, sent_at, received_at, record_at)"
"""T6: when it happened, epoch milliseconds; the record's timestamp stands for a missing received_at."""
SUBJECT = f"(CASE WHEN customer_id <> '' THEN customer_id WHEN device_id <> '' THEN '{DEVICE_PREFIX}' || device_id END)"
"""The record's key. An empty text is no identity: all customers whose id got lost would become one."""
DEAD_KIND = (
    "cjo_dead_kind(dead_kind, event_id, `type`, customer_id, device_id, occurred_at, sent_at, received_at, record_at,"
    f" CAST({AHEAD_MS_MAX} AS BIGINT), '{HEARTBEAT}')"
)
"""Why a record is dead, else NULL: what the format found, then what can be told from its fields."""


def _says_long(name: str) -> str:
    return f"'its {name} has ' || CAST(CHAR_LENGTH({name}) AS STRING) || ' characters, and {ID_CHARACTERS} is the most'"


DEAD_ERROR = (
    "(CASE WHEN dead_error IS NOT NULL THEN dead_error"
    " WHEN occurred_at IS NULL THEN 'it has no occurred_at'"
    f" WHEN {EVENT_MS} < 0 THEN 'its event time is before 1970: ' || CAST({EVENT_MS} AS STRING) || ' ms'"
    f" WHEN {EVENT_MS} > {RECORD_MS} + {AHEAD_MS_MAX} THEN 'its event time is '"
    f" || CAST({EVENT_MS} - {RECORD_MS} AS STRING) || ' ms after its record''s timestamp'"
    " WHEN event_id = '' THEN 'its event_id is empty'"
    f" WHEN {SUBJECT} IS NULL THEN 'it has neither customer_id nor device_id'"
    f" WHEN CHAR_LENGTH(event_id) > {ID_CHARACTERS} THEN {_says_long('event_id')}"
    f" WHEN customer_id <> '' THEN {_says_long('customer_id')} ELSE {_says_long('device_id')} END)"
)


def reader_schema(
    contract: Mapping[str, Any], columns: Collection[str], entries: Sequence[str] | None = None
) -> dict[str, Any]:
    """The Touchpoint `contract` with just the fields that the query needs; times are plain epoch milliseconds.

    What is left out is skipped in the bytes, not decoded. With `entries` the attributes are JSON as bytes, and those
    named have columns of their own.
    """
    schema = needed_of(contract, columns)
    if entries is None:
        return schema
    return {**schema, "fields": [{**field, "type": _apart(field["type"], entries)} for field in schema["fields"]]}


def _apart(avro: Any, entries: Sequence[str]) -> Any:
    is_map = isinstance(avro, dict) and avro["type"] == "map"
    return {**avro, "entries": list(entries)} if is_map else avro


def entries_of(plan: Mapping[str, Any]) -> list[str]:
    """The attributes that the plan's filters and keys look at, each of which is a column."""
    kinds = (plan.get("subjects") or {}).values()
    texts = [plan["filter"], *(kind["filter"] for kind in kinds)]
    named = {_named(found) for text in texts for found in _ATTRIBUTE.finditer(text) if found[1] is not None}
    return sorted(named | {kind["key"][1] for kind in kinds if kind["key"][0] != "field"})


def _with_columns(condition: str) -> str:
    """A filter of the plan, each attribute that it looks at as its column."""
    return _ATTRIBUTE.sub(lambda found: found[0] if found[1] is None else _column(_named(found)), condition)


def _named(found: re.Match[str]) -> str:
    return found[1].replace("''", "'")


def _column(attribute: str) -> str:
    return f"`attributes.{attribute.replace('`', '``')}`"


def log_table(
    name: str,
    topic: str,
    submission: Mapping[str, Any],
    group: str,
    columns: Collection[str] | None = None,
    bounds: Mapping[str, Any] | None = None,
) -> str:
    """CREATE TABLE for the topic (or list of topics) `topic` of touchpoints.

    It has `columns` as the contract has them, or what `log_query` asks for.

    With `bounds` it ends: it is read from the first record with the timestamp `begin_ms` (None: from the beginning) up
    to the offsets `ends`, by partition.

    The watermark is made in the source, per partition. Dead records don't move time, and a device whose clock is ahead
    moves it no further than its record's own timestamp: one wrong clock makes nobody else late (T6).
    """
    plan = submission["plan"]
    bound_ms = int(plan["workspace"]["bound_ms"])
    contract = submission["contracts"]["touchpoint"]
    if columns is None:
        schema = reader_schema(contract, plan["columns"], entries_of(plan))
    else:
        schema = reader_schema(contract, columns)
    decoded = ",\n  ".join(_columns(schema["fields"]))
    options = kafka_options(submission, topic, group) | {
        "key.format": "raw",
        "key.fields": "record_key",
        "value.fields-include": "EXCEPT_KEY",
        "value.format": "dead-letter-avro",
        "value.dead-letter-avro.url": submission["registry_url"],
        **{f"value.dead-letter-avro.properties.{name}": text for name, text in submission.get("registry", {}).items()},
        "value.dead-letter-avro.schema": json.dumps(schema),
        "value.dead-letter-avro.schema-id": str(submission["schema_ids"][TOUCHPOINTS]),
        "scan.startup.mode": "earliest-offset",
        "scan.topic-partition-discovery.interval": "0",
        **_bounds(bounds),
    }
    return f"""CREATE TEMPORARY TABLE {name} (
  record_key BYTES,
  {decoded},
  dead_kind STRING, dead_error STRING, raw_value BYTES,
  record_topic STRING METADATA FROM 'topic' VIRTUAL,
  record_partition INT METADATA FROM 'partition' VIRTUAL,
  record_offset BIGINT METADATA FROM 'offset' VIRTUAL,
  record_headers MAP<STRING, BYTES> METADATA FROM 'headers' VIRTUAL,
  record_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  event_at AS COALESCE(TO_TIMESTAMP_LTZ({EVENT_MS}, 3), record_at),
  WATERMARK FOR event_at AS {watermark(bound_ms)}
) {with_options(options)}"""


def watermark(bound_ms: int) -> str:
    """How far a record of the table moves time, NULL where it does not; needs FUNCTIONS."""
    return (
        "cjo_watermark(dead_kind, occurred_at, sent_at, received_at, record_at,"
        f" CAST({AHEAD_MS_MAX} AS BIGINT), CAST({bound_ms + 1} AS BIGINT))"
    )


def _bounds(bounds: Mapping[str, Any] | None) -> dict[str, str]:
    if bounds is None:
        return {}
    ends = ";".join(f"partition:{number},offset:{end}" for number, end in bounds["ends"].items())
    options = {"scan.bounded.mode": "specific-offsets", "scan.bounded.specific-offsets": ends}
    if bounds["begin_ms"] is not None:
        options |= {"scan.startup.mode": "timestamp", "scan.startup.timestamp-millis": str(bounds["begin_ms"])}
    return options


def log_query(table: str, plan: Mapping[str, Any]) -> str:
    """SELECT of (f0: key, f1: JSON as bytes): each record that the plan needs, as the engine's row, and each dead one.

    One query for both: a second one from the same table would read and decode everything twice. Where signals look at
    other subjects than customers, a record comes once for each subject that needs it.
    """
    if plan.get("subjects"):
        return _for_each_subject(table, plan)
    return f"""SELECT
  CASE WHEN {DEAD_KIND} IS NULL THEN {SUBJECT}
    ELSE CAST(record_partition AS STRING) || '/' || CAST(record_offset AS STRING) END AS f0,
  CASE WHEN {DEAD_KIND} IS NULL THEN {_row_json(plan["columns"])} ELSE {_dead_json()} END AS f1
FROM {table}
WHERE (`type` <> '{HEARTBEAT}' AND ({_with_columns(plan["filter"])})) OR {DEAD_KIND} IS NOT NULL"""


def _for_each_subject(table: str, plan: Mapping[str, Any]) -> str:
    """The same, each record under every key for which it is needed.

    What nobody needs is left out before the keys are made: an array for each of all records would cost more than the
    filters, looked at once more for the few that pass.
    """
    kinds = plan["subjects"]
    dead = _dead_kind(kinds)
    error = f"(CASE WHEN {DEAD_KIND} IS NULL THEN '{RESERVED_SAYS}' ELSE {DEAD_ERROR} END)"
    needed = " OR ".join(f"({_with_columns(one['filter'])})" for one in [plan, *kinds.values()])
    keys = [
        f"CASE WHEN {dead} IS NOT NULL THEN CAST(record_partition AS STRING) || '/' || CAST(record_offset AS STRING)"
        f" WHEN {_with_columns(plan['filter'])} THEN {SUBJECT} END",
        *(f"CASE WHEN {dead} IS NULL THEN {_key(name, kind)} END" for name, kind in kinds.items()),
    ]
    made = ",\n  ".join(keys)
    return f"""SELECT
  f0,
  CASE WHEN {dead} IS NULL THEN {_row_json(plan["columns"], "f0")} ELSE {_dead_json(dead, error)} END AS f1
FROM (
  SELECT * FROM {table} WHERE (`type` <> '{HEARTBEAT}' AND ({needed})) OR {dead} IS NOT NULL
) CROSS JOIN UNNEST(ARRAY[
  {made}
]) AS subjects (f0)
WHERE f0 IS NOT NULL"""


def _key(name: str, kind: Mapping[str, Any]) -> str:
    """The key of a subject of that kind, NULL where no signal of the kind asks for the record or it names none."""
    source, field, _ = kind["key"]
    named = f"`{field}`" if source == "field" else _column(field)
    return (
        f"CASE WHEN ({_with_columns(kind['filter'])}) AND {named} <> '' THEN {quoted(f'{MARK}{name}:')} || {named} END"
    )


def _dead_kind(kinds: Collection[str]) -> str:
    """DEAD_KIND, and a customer whose id would be the key of another subject; a heartbeat is of no customer."""
    begins = [f"{MARK}{name}:" for name in kinds]
    taken = " OR ".join(f"SUBSTRING(customer_id FROM 1 FOR {len(one)}) = {quoted(one)}" for one in begins)
    reserved = f"`type` <> '{HEARTBEAT}' AND ({taken})"
    return f"(CASE WHEN {DEAD_KIND} IS NOT NULL THEN {DEAD_KIND} WHEN {reserved} THEN '{RESERVED}' END)"


def _dead_json(kind: str = DEAD_KIND, error: str = DEAD_ERROR) -> str:
    return (
        "ENCODE(JSON_OBJECT('dead' VALUE JSON_OBJECT('topic' VALUE record_topic, 'partition' VALUE record_partition,"
        f" 'offset' VALUE record_offset, 'ts' VALUE {RECORD_MS}, 'kind' VALUE {kind}, 'error' VALUE {error},"
        " 'key' VALUE record_key, 'value' VALUE raw_value)), 'UTF-8')"
    )


def _row_json(columns: Collection[str], subject: str = SUBJECT) -> str:
    """The engine's input row (docs/reference/plan.md), with the key in `subject`; needs FUNCTIONS."""
    attributes = "`attributes`" if "attributes" in columns else "CAST(NULL AS BYTES)"
    named = [f"'subject', {subject}"]
    for name in [*_ROW, *(column for column in columns if column not in (*_ROW, "attributes"))]:
        value = f"CAST({name} AS STRING)" if name == "amount" else f"`{name}`"
        named.append(f"'{name}', {value}")
    return f"cjo_row_text({EVENT_MS}, {attributes}, {', '.join(named)})"


def _columns(fields: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    apart = [field for field in fields if isinstance(field["type"], dict) and "entries" in field["type"]]
    for field in fields:
        yield f"`{field['name']}` {'BYTES' if field in apart else _sql_type(field['type'])}"
    for field in apart:
        for name in field["type"]["entries"]:
            yield f"{_column(name)} STRING"


def _sql_type(avro: Any) -> str:
    if isinstance(avro, list):
        (avro,) = [branch for branch in avro if branch != "null"]
    if isinstance(avro, str):
        return {"string": "STRING", "long": "BIGINT", "int": "INT", "boolean": "BOOLEAN", "double": "DOUBLE"}[avro]
    if avro["type"] == "map":
        return f"MAP<STRING, {_sql_type(avro['values'])}>"
    if avro.get("logicalType") == "decimal":
        return f"DECIMAL({avro['precision']}, {avro['scale']})"
    raise ValueError(f"no SQL type for {quoted(json.dumps(avro))}")
