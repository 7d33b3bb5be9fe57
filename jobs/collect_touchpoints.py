"""Copies channel topics into the log: one log has one order of each customer's touchpoints. All of it is SQL.

A record's value, headers and timestamp stay as they are, so its event_id and event time do too; its key becomes the
subject, and a header tells where it came from. What cannot be read is copied too: the log's reader judges it, in one
place and by one measure, and writes it to deadletters with its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment

from cjo.topics import TOUCHPOINTS
from jobs import _log
from jobs._sql import exactly_once, sink_options, with_options
from jobs._submission import environment, read_submission
from udfs import stream

NAME = "collect_touchpoints"
SOURCES = "channel_topics"
LOG = "the_log"
ORIGIN = "cjo.origin"
"""Header of a copied record: topic/partition/offset that it was copied from."""
UIDS = {f"KafkaSource-default_catalog.default_database.{SOURCES}": "channel-topics", f"{LOG}[": "log"}
"""uid of each operator with state, by a part of its name. Never change one: a savepoint knows its operators by them."""
COPY = f"""INSERT INTO {LOG} SELECT
  COALESCE(ENCODE({_log.SUBJECT}, 'UTF-8'), record_key), raw_value, record_at,
  MAP_UNION(record_headers, MAP['{ORIGIN}', ENCODE(record_topic || '/' || CAST(record_partition AS STRING) || '/'
    || CAST(record_offset AS STRING), 'UTF-8')])
FROM {SOURCES}"""


def build(submission: Mapping[str, Any]) -> StreamExecutionEnvironment:
    """The job's graph, ready to execute."""
    group = f"cjo-{submission['plan']['workspace']['name']}-collect"
    env, tables = environment(submission)
    topics = ";".join(submission["options"]["sources"])
    tables.execute_sql(_log.log_table(SOURCES, topics, submission, group, columns=()))
    tables.execute_sql(_log_sink(submission, group))
    statements = tables.create_statement_set()
    statements.add_insert_sql(COPY)
    statements.attach_as_datastream()
    stream.set_uids(env, UIDS)
    return env


def _log_sink(submission: Mapping[str, Any], prefix: str) -> str:
    options = sink_options(submission) | {
        "topic": TOUCHPOINTS,
        "key.format": "raw",
        "key.fields": "record_key",
        "value.fields-include": "EXCEPT_KEY",
        "value.format": "raw",
        **exactly_once(prefix, int(submission["options"]["transaction_timeout_ms"])),
    }
    return f"""CREATE TEMPORARY TABLE {LOG} (
  record_key BYTES,
  record_value BYTES,
  record_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',
  record_headers MAP<STRING, BYTES> METADATA FROM 'headers'
) {with_options(options)}"""


if __name__ == "__main__":
    build(read_submission()).execute(NAME)
