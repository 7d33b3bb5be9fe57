"""How far a Flink job is, by Flink's REST API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cjo.errors import StackError
from cjo.stack.flink_rest import FlinkRest
from cjo.topics import TOUCHPOINTS

_OFFSET = f"KafkaSourceReader.topic.{TOUCHPOINTS}.partition."
_DECIDING = "orchestrate_journeys"


class JobWatch:
    """One job of the cluster. Every method raises StackError where the cluster does not answer."""

    def __init__(self, rest: FlinkRest, job_id: str) -> None:
        self._rest = rest
        self._job_id = job_id

    def check(self) -> None:
        """Raise StackError where the job has ended, with Flink's reason."""
        if self.finished():
            raise StackError("the job is FINISHED, which a job without an end never is", "see Flink's logs")

    def finished(self) -> bool:
        """True where a bounded job has come to its end; StackError, with Flink's reason, where it did not get there."""
        state = self._get("")["state"]
        if state in ("FAILED", "CANCELED"):
            raise StackError(f"the job is {state}: {self._rest.exceptions(self._job_id)[:2000]}", "see Flink's logs")
        return bool(state == "FINISHED")

    def read(self) -> int:
        """How many records of the log the job has read."""
        # Not kept: a subtask that has just started tells its partitions later than the others.
        vertex, names = next(self._offsets(), (None, []))
        if vertex is None:
            return 0
        rows = self._get(f"/vertices/{vertex}/subtasks/metrics?get={','.join(names)}&agg=max")
        return sum(int(row["max"]) + 1 for row in rows if row.get("max", -1) >= 0)

    def watermark_ms(self) -> int | None:
        """The event time up to which every deciding subtask has decided; None before the first watermark."""
        return self._rest.watermark_ms(self._job_id, _DECIDING)

    def checkpointed_ms(self) -> int:
        """When the newest completed checkpoint began, epoch ms; 0 where there is none."""
        newest = self._rest.checkpoints(self._job_id).get("latest", {}).get("completed")
        return int(newest["trigger_timestamp"]) if newest else 0

    def _offsets(self) -> Iterator[tuple[str, list[str]]]:
        """The vertex that reads the log, with the names of its offsets by partition."""
        for vertex in self._get("")["vertices"]:
            known = self._get(f"/vertices/{vertex['id']}/subtasks/metrics")
            names = [row["id"] for row in known if _OFFSET in row["id"] and row["id"].endswith("currentOffset")]
            if names:
                yield vertex["id"], names

    def _get(self, path: str) -> Any:
        return self._rest.get(f"/jobs/{self._job_id}{path}")
