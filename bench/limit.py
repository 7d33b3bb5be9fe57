"""What Flink can do at most: SQL that reads and decodes the log as cjo does, and counts. No Python, nothing decided.

It counts every column as the contract has it, so that each is decoded; two-phase and in small batches, which is the
fast way to count.
"""

from __future__ import annotations

from cjo.topics import TOUCHPOINTS
from jobs import _log
from jobs._sql import with_options
from jobs._submission import environment, read_submission

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
    columns = submission["plan"]["columns"]
    tables.execute_sql(_log.log_table(TOUCHPOINTS, TOUCHPOINTS, submission, "bench-limit", columns))
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


if __name__ == "__main__":
    main()
