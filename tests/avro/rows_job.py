"""Projects touchpoints as the job's query does: `python -m tests.avro.rows_job INPUT OUTPUT`.

INPUT: JSON {"touchpoints": [[record timestamp in ms, touchpoint]], "columns": [...], "bound_ms": ...}. OUTPUT: JSON,
for each touchpoint [kind of dead letter or null, the row with its subject, to what time it moves the watermark or
null]. A process of its own: PyFlink's gateway leaves sockets open.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.types import DataType

from cjo.settings import Settings
from cjo.stack.java_build import own_jar
from jobs import _log

_TEXTS = ("event_id", "customer_id", "device_id", "channel", "type", "session_id", "product_id", "basket_id",
          "order_id", "currency", "text", "dead_kind", "dead_error")  # fmt: skip
_TIMES = ("occurred_at", "sent_at", "received_at")


def projected(
    touchpoints: list[tuple[int, dict[str, Any]]], columns: list[str], bound_ms: int
) -> list[tuple[str | None, str, Any, int | None]]:
    """For each touchpoint kind and error of its dead letter, its row as the job's query makes it, and its watermark."""
    tables = with_log(touchpoints)
    watermark = f"cjo_epoch_ms({_log.watermark(bound_ms)})"
    query = f"SELECT id, {_log.DEAD_KIND}, {_log.DEAD_ERROR}, {_log._row_json(columns)}, {watermark} FROM log"
    with tables.execute_sql(query).collect() as results:
        found = {row[0]: (row[1], row[2], json.loads(row[3]), row[4]) for row in results}
    return [found[index] for index in range(len(touchpoints))]


def with_log(touchpoints: list[tuple[int, dict[str, Any]]], entries: Sequence[str] = ()) -> TableEnvironment:
    """The touchpoints as the table `log`, `id` in their order, with a column for each of `entries`, attributes."""
    tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    tables.get_config().set("parallelism.default", "1").set("table.local-time-zone", "UTC")
    tables.get_config().set("pipeline.jars", own_jar(Settings.load()).as_uri())
    for function in _log.FUNCTIONS:
        tables.execute_sql(function)
    values = [
        (
            index,
            datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=record_ms),
            *(one.get(name) for name in (*_TEXTS, *_TIMES)),
            None if one.get("amount") is None else Decimal(one["amount"]),
            bytearray(json.dumps(one["attributes"], ensure_ascii=False).encode()),
            *(one["attributes"].get(name) for name in entries),
        )
        for index, (record_ms, one) in enumerate(touchpoints)
    ]
    tables.create_temporary_view("log", tables.from_elements(values, _row(entries)))
    return tables


def _row(entries: Sequence[str]) -> DataType:
    texts = [f"attributes.{name}" for name in entries]
    return DataTypes.ROW(
        [
            DataTypes.FIELD("id", DataTypes.INT()),
            DataTypes.FIELD("record_at", DataTypes.TIMESTAMP_LTZ(3)),
            *(DataTypes.FIELD(name, DataTypes.STRING()) for name in _TEXTS),
            *(DataTypes.FIELD(name, DataTypes.BIGINT()) for name in _TIMES),
            DataTypes.FIELD("amount", DataTypes.DECIMAL(18, 4)),
            DataTypes.FIELD("attributes", DataTypes.BYTES()),
            *(DataTypes.FIELD(name, DataTypes.STRING()) for name in texts),
        ]
    )


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(json.dumps(projected(**given)), encoding="utf-8")
