"""Reads the log as the main job does: `python -m tests.flink.log_job INPUT OUTPUT`.

INPUT: JSON {"submission": {...}, "topic": where the log is, "ends": {partition: offset}}. OUTPUT: JSON, [key, text] of
each row of the query. A process of its own: PyFlink's gateway leaves sockets open.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cjo.topics import TOUCHPOINTS
from jobs import _log
from jobs._submission import environment


def handed_on(submission: dict[str, Any], topic: str, ends: dict[str, int]) -> list[tuple[str, str]]:
    """(key, text) of every row of the query over the whole log."""
    _, tables = environment(submission)
    bounds = {"begin_ms": None, "ends": ends}
    tables.execute_sql(_log.log_table(TOUCHPOINTS, topic, submission, "log-job", bounds=bounds))
    with tables.execute_sql(_log.log_query(TOUCHPOINTS, submission["plan"])).collect() as results:
        return [(row[0], row[1].decode()) for row in results]


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(
        json.dumps(handed_on(given["submission"], given["topic"], given["ends"])), encoding="utf-8"
    )
