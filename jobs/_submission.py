"""What a job is told: one JSON file, made by `cjo submit`, and the Flink environment that follows from it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from jobs._log import FUNCTIONS

REQUIRED = {
    "python.execution-mode": "thread",
    "pipeline.object-reuse": "true",
    "table.local-time-zone": "UTC",
}
"""What the jobs rely on, whatever the cluster's own configuration says."""


def read_submission(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """The submission named by `--submission`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--submission", type=Path, required=True, help="JSON file made by `cjo submit`")
    return json.loads(parser.parse_args(arguments).submission.read_bytes())


def environment(submission: Mapping[str, Any]) -> tuple[StreamExecutionEnvironment, StreamTableEnvironment]:
    """Flink's environments, with the submission's own settings (`options.flink`) on top of the cluster's.

    Where no parallelism is asked for it is the cluster's default, and at most the log's partitions: a reader without a
    partition would hold back the time of all. The functions are known that tables and queries of the log use.
    """
    options = submission["options"]
    config = Configuration()
    for name, value in {**REQUIRED, **options.get("flink", {})}.items():
        config.set_string(name, str(value))
    env = StreamExecutionEnvironment.get_execution_environment(config)
    partitions = int(submission["plan"]["workspace"]["partitions"])
    env.set_parallelism(int(options.get("parallelism") or min(env.get_parallelism(), partitions)))
    tables = StreamTableEnvironment.create(env)
    for function in FUNCTIONS:
        tables.execute_sql(function)
    return env, tables
