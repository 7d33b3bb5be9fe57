"""Hands touchpoints on as the job's query does: `python -m tests.flink.subjects_job INPUT OUTPUT`.

INPUT: JSON {"touchpoints": [[record timestamp in ms, touchpoint]], "plan": {...}}. OUTPUT: JSON, [key, text] of each
row that comes out. A process of its own: PyFlink's gateway leaves sockets open.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from jobs import _log
from tests.avro.rows_job import with_log


def handed_on(touchpoints: list[tuple[int, dict[str, Any]]], plan: dict[str, Any]) -> list[tuple[str, str]]:
    """(key, text) of every row of the query; of a record its place in the list is partition and offset."""
    tables = with_log(touchpoints, _log.entries_of(plan))
    tables.execute_sql(
        "CREATE TEMPORARY VIEW placed AS SELECT *, 7 AS record_partition, CAST(id AS BIGINT) AS record_offset,"
        " 'touchpoints' AS record_topic, CAST('k' AS BYTES) AS record_key, CAST('v' AS BYTES) AS raw_value"
        " FROM log"
    )
    with tables.execute_sql(_log.log_query("placed", plan)).collect() as results:
        return [(row[0], row[1].decode()) for row in results]


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(json.dumps(handed_on(given["touchpoints"], given["plan"])), encoding="utf-8")
