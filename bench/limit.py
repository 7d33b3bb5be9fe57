"""What Flink can do at most: SQL that reads and decodes the log, and counts. No Python, nothing decided.

It counts every column, so that each is decoded; two-phase and in small batches, which is the fast way to count. It
decodes as cjo does, or, where the submission's options ask for it, the same columns with Flink's own Avro format.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cjo.topics import TOUCHPOINTS
from jobs import _log
from jobs._sql import kafka_options, with_options
from jobs._submission import environment, read_submission

GROUP = "bench-limit"
_FLINK = {
    "table.exec.mini-batch.enabled": "true",
    "table.exec.mini-batch.allow-latency": "1 s",
    "table.exec.mini-batch.size": "5000",
    "table.optimizer.agg-phase-strategy": "TWO_PHASE",
}


def main() -> None:
    """Submit the job that `--submission` describes; it ends at the end of the log."""
    submission = read_submission()
    submission["options"]["flink"] = {**submission["options"].get("flink", {}), **_FLINK}
    _, tables = environment(submission)
    for function in _log.FUNCTIONS:
        tables.execute_sql(function)
    columns = submission["plan"]["columns"]
    if submission["options"].get("flinks_own_format"):
        tables.execute_sql(_flinks_own(submission))
    else:
        tables.execute_sql(_log.log_table(TOUCHPOINTS, TOUCHPOINTS, submission, GROUP, columns))
    names = [field["name"] for field in _log.reader_schema(submission["contracts"]["touchpoint"], columns)["fields"]]
    counts = ", ".join(f"COUNT(`{name}`) AS n_{name}" for name in names)
    counted = ", ".join(f"n_{name} BIGINT" for name in names)
    sink = with_options(
        {
            "connector": "upsert-kafka",
            "topic": submission["options"]["counts"],
            "properties.bootstrap.servers": submission["broker"],
            "key.format": "raw",
            "value.format": "json",
        }
    )
    tables.execute_sql(
        f"CREATE TEMPORARY TABLE counts (kind STRING, n BIGINT, {counted}, PRIMARY KEY (kind) NOT ENFORCED) {sink}"
    )
    tables.execute_sql(
        f"INSERT INTO counts SELECT COALESCE(`type`, 'dead') AS kind, COUNT(*), {counts}"
        f" FROM {TOUCHPOINTS} /*+ OPTIONS('scan.bounded.mode'='latest-offset') */ GROUP BY COALESCE(`type`, 'dead')"
    )


def _flinks_own(submission: Mapping[str, Any]) -> str:
    """CREATE TABLE of the same columns in the format `avro-confluent`, with the plainest watermark."""
    schema = _log.reader_schema(submission["contracts"]["touchpoint"], submission["plan"]["columns"])
    decoded = ",\n  ".join(f"`{field['name']}` {_declared(field['type'])}" for field in schema["fields"])
    options = kafka_options(submission, TOUCHPOINTS, GROUP) | {
        "key.format": "raw",
        "key.fields": "record_key",
        "value.fields-include": "EXCEPT_KEY",
        "value.format": "avro-confluent",
        "value.avro-confluent.url": submission["registry_url"],
        "value.avro-confluent.schema": json.dumps(schema),
        "scan.startup.mode": "earliest-offset",
    }
    return f"""CREATE TEMPORARY TABLE {TOUCHPOINTS} (
  record_key BYTES,
  {decoded},
  event_at AS TO_TIMESTAMP_LTZ(occurred_at, 3),
  WATERMARK FOR event_at AS event_at - INTERVAL '5' SECOND
) {with_options(options)}"""


def _declared(avro: Any) -> str:
    """The column as that format wants it: NOT NULL where the field is no union with null."""
    if isinstance(avro, list):
        return _log.sql_type(avro)
    if isinstance(avro, dict) and avro["type"] == "map":
        return f"MAP<STRING NOT NULL, {_declared(avro['values'])}> NOT NULL"
    return f"{_log.sql_type(avro)} NOT NULL"


if __name__ == "__main__":
    main()
