"""Runs many filters over many rows in few Flink batch jobs: `python -m tests.flink.filters_job INPUT OUTPUT`.

INPUT: JSON {"rows": [input rows], "filters": [SQL]}. OUTPUT: JSON, for each filter the indexes of the rows it passes.
A process of its own: PyFlink's gateway leaves sockets open, and this keeps them out of the tests.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment

_TEXTS = (
    "type",
    "customer_id",
    "device_id",
    "channel",
    "session_id",
    "product_id",
    "basket_id",
    "order_id",
    "currency",
    "text",
)
_ROW = DataTypes.ROW(
    [
        DataTypes.FIELD("id", DataTypes.INT()),
        *(DataTypes.FIELD(name, DataTypes.STRING()) for name in _TEXTS),
        DataTypes.FIELD("amount", DataTypes.DECIMAL(18, 4)),
        DataTypes.FIELD("attributes", DataTypes.MAP(DataTypes.STRING(), DataTypes.STRING())),
    ]
)


#: Every part of a union takes network buffers, and a local Flink has few.
_PARTS_IN_A_JOB = 60


def passed(rows: list[dict[str, Any]], filters: list[str]) -> list[list[int]]:
    """For each filter the indexes of the rows that pass `WHERE` with it."""
    tables = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    tables.get_config().set("parallelism.default", "1")
    values = [
        (
            index,
            *(row.get(name) for name in _TEXTS),
            Decimal(row["amount"]) if "amount" in row else None,
            row.get("attributes", {}),
        )
        for index, row in enumerate(rows)
    ]
    tables.create_temporary_view("log", tables.from_elements(values, _ROW))
    parts = [f"SELECT {k} AS k, id FROM log WHERE {sql}" for k, sql in enumerate(filters)]
    found: list[list[int]] = [[] for _ in filters]
    for start in range(0, len(parts), _PARTS_IN_A_JOB):
        with tables.execute_sql(" UNION ALL ".join(parts[start : start + _PARTS_IN_A_JOB])).collect() as results:
            for k, index in results:
                found[k].append(index)
    return found


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(json.dumps(passed(given["rows"], given["filters"])), encoding="utf-8")
