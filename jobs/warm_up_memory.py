"""Computes from the log what signals that are being warmed up would remember, and writes it to the topic `memory` (S4).

The log is read from a timestamp to offsets that were taken when every worker of the orchestrator knew of the signals,
by the same SQL and the same engine. The job ends by itself; run again, it writes the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment

from cjo.topics import TOUCHPOINTS
from jobs import _log, _sides
from jobs._submission import environment, read_submission
from udfs import stream
from udfs.warm_up import WarmUpMemory

NAME = "warm_up_memory"


def build(submission: Mapping[str, Any]) -> StreamExecutionEnvironment:
    """The job's graph, ready to execute."""
    plan, bounds = submission["plan"], submission["warm_up"]
    group = f"cjo-{plan['workspace']['name']}-warm-up"
    env, tables = environment(submission)
    tables.execute_sql(_log.log_table(TOUCHPOINTS, TOUCHPOINTS, submission, group, bounds=bounds))
    tables.execute_sql(_sides.memory_sink(submission))
    function = WarmUpMemory(plan, submission["control"], bounds["group"], bounds["passed_ms"])
    log = tables.sql_query(_log.log_query(TOUCHPOINTS, plan))
    rows = stream.decide(tables, [log], tables.sql_query(_sides.NO_CONTROL), function, NAME)
    tables.create_temporary_view("records", tables.from_data_stream(rows))
    statements = tables.create_statement_set()
    statements.add_insert_sql(f"INSERT INTO {_sides.MEMORY_SINK} SELECT record_key, record_value FROM records")
    statements.attach_as_datastream()
    return env


if __name__ == "__main__":
    build(read_submission()).execute(NAME)
