"""What is told of a job that ends while it is looked at."""

from __future__ import annotations

from typing import Any, cast

import pytest

from cjo.demo.jobwatch import JobWatch
from cjo.errors import StackError
from cjo.stack.flink_rest import FlinkRest


class Rest:
    """Flink's answers about a job's state, one after the other; the last one stays."""

    def __init__(self, *states: str) -> None:
        self._states = list(states)

    def get(self, path: str) -> dict[str, Any]:
        return {"state": self._states.pop(0) if len(self._states) > 1 else self._states[0]}

    def exceptions(self, job_id: str) -> str:
        return f"why {job_id} ended"


def watch(*states: str) -> JobWatch:
    return JobWatch(cast(FlinkRest, Rest(*states)), "j1")


def test_a_bounded_job_that_ends_between_two_looks_has_finished() -> None:
    job = watch("RUNNING", "FINISHED")

    assert [job.finished(), job.finished()] == [False, True]


@pytest.mark.parametrize("state", ["FAILED", "CANCELED"])
def test_a_bounded_job_that_does_not_get_to_its_end_is_told_with_the_reason(state: str) -> None:
    with pytest.raises(StackError, match=f"{state}: why j1 ended"):
        watch(state).finished()


@pytest.mark.parametrize("state", ["FAILED", "CANCELED", "FINISHED"])
def test_a_job_without_an_end_that_has_ended_is_an_error(state: str) -> None:
    with pytest.raises(StackError, match=state):
        watch(state).check()
