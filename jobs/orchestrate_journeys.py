"""The main job: touchpoints in, moments, decisions and actions out.

Three sources (log, control, memory), one Python function, two sinks; this shape never changes, see docs/design.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment

from cjo.topics import CONTROL, MEMORY, TOUCHPOINTS
from jobs import _log, _sides
from jobs._submission import environment, read_submission
from udfs import stream
from udfs.orchestrate import OrchestrateJourneys

NAME = "orchestrate_journeys"
UIDS = {
    f"KafkaSource-default_catalog.default_database.{TOUCHPOINTS}": "log",
    f"KafkaSource-default_catalog.default_database.{CONTROL}": "control",
    f"KafkaSource-default_catalog.default_database.{MEMORY}": "memory",
    NAME: "orchestrate",
    f"{_sides.EXACTLY_ONCE}[": "exactly-once",
    f"{_sides.AT_LEAST_ONCE}[": "at-least-once",
}
"""uid of each operator with state, by a part of its name. Never change one: a savepoint knows its operators by them."""


def build(submission: Mapping[str, Any]) -> StreamExecutionEnvironment:
    """The job's graph, ready to execute."""
    plan = submission["plan"]
    group = f"cjo-{plan['workspace']['name']}"
    env, tables = environment(submission)
    tables.execute_sql(_log.log_table(TOUCHPOINTS, TOUCHPOINTS, submission, group))
    tables.execute_sql(_sides.control_table(submission, group))
    tables.execute_sql(_sides.memory_table(submission, group))
    for statement in _sides.sink_tables(submission, prefix=group):
        tables.execute_sql(statement)
    inputs = [tables.sql_query(_log.log_query(TOUCHPOINTS, plan)), tables.sql_query(_sides.MEMORY_QUERY)]
    function = OrchestrateJourneys(
        plan, submission["contracts"], submission["schema_ids"], submission.get("control", ())
    )
    rows = stream.decide(tables, inputs, tables.sql_query(_sides.CONTROL_QUERY), function, NAME)
    tables.create_temporary_view("records", tables.from_data_stream(rows))
    statements = tables.create_statement_set()
    for sink in (_sides.EXACTLY_ONCE, _sides.AT_LEAST_ONCE):
        statements.add_insert_sql(_sides.insert(sink, "records"))
    statements.attach_as_datastream()
    stream.set_uids(env, UIDS)
    return env


if __name__ == "__main__":
    build(read_submission()).execute(NAME)
