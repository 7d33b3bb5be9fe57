"""F1: a job is replaced whole or put back, whatever breaks the replacement off; and what is said is what runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cjo.errors import CjoError, StackError
from cjo.settings import Settings
from cjo.stack import client
from cjo.stack.flink_rest import FlinkRest, UnknownError
from cjo.stack.submissions import Submission, remember, remembered
from cjo.submission import replace
from tests.engine.build import START_MS

SILENT = "Flink at http://127.0.0.1:8081 does not answer: timed out"
SAVEPOINT = "file:///savepoint"


class Cluster:
    """Flink: a stop comes to its end at the third time that somebody asks for it; `breaks` is raised at the second.

    A job that is submitted takes the states of `states` one after the other, and stays in the last.
    """

    def __init__(self, breaks: BaseException | None = None, *states: str, failure: str | None = None) -> None:
        self.jobs: dict[str, list[str]] = {"old": ["RUNNING"]}
        self.started_from: list[str | None] = []
        self._breaks, self._failure, self._asked = breaks, failure, 0
        self._states = list(states or ("RUNNING",))

    @property
    def running(self) -> list[str]:
        return [name for name, states in self.jobs.items() if states[0] not in ("FINISHED", "FAILED", "CANCELED")]

    def take(self, name: str, savepoint: str | None) -> None:
        self.jobs[name] = list(self._states)
        self.started_from.append(savepoint)

    def call(self, method: str, path: str) -> Any:
        if path.endswith("/stop"):
            return {"request-id": "r1"}
        if "/savepoints/" in path:
            return self._stopping()
        name = path.split("/")[2].partition("?")[0]
        if name not in self.jobs:
            raise UnknownError(f"no job {name}")
        if method == "PATCH":
            self.jobs[name] = ["CANCELED"]
        if path.endswith("/exceptions"):
            return {"exceptionHistory": {"entries": []}}
        states = self.jobs[name]
        return {"state": states.pop(0) if len(states) > 1 else states[0], "vertices": []}

    def _stopping(self) -> Any:
        self._asked += 1
        if self._asked == 2 and self._breaks:
            raise self._breaks
        if self._asked < 3:
            return {"status": {"id": "IN_PROGRESS"}}
        if self._failure:
            return {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"stack-trace": self._failure}}}
        self.jobs["old"] = ["FINISHED"]
        return {"status": {"id": "COMPLETED"}, "operation": {"location": SAVEPOINT}}


class Flink:
    """A cluster with the command line of Flink, whose first call `breaks` once the JobManager has the job."""

    def __init__(self, patch: pytest.MonkeyPatch, home: Path, cluster: Cluster, breaks: BaseException | None = None):
        self.settings, self.cluster, self.told, self._breaks = (
            Settings.load({}, home=home),
            cluster,
            list[str](),
            breaks,
        )
        code = home / "code"
        code.mkdir(parents=True)
        remember(self.settings, Submission("old", "jobs.orchestrate_journeys", (), str(code)))
        patch.setattr(FlinkRest, "_call", lambda rest, method, path, body: cluster.call(method, path))
        patch.setattr(client, "prepare", lambda *args, **more: None)
        patch.setattr(client, "_client", self._client)
        patch.setattr(replace, "newest_ms", lambda settings: START_MS)
        patch.setattr(replace, "start", lambda settings, name, submission, savepoint: self._start(code, savepoint))

    def replace(self) -> BaseException:
        """What a replacement ends with that breaks off."""
        with pytest.raises(BaseException) as raised:
            replace.replace_job(self.settings, "orchestrate_journeys", "old", {}, self.told.append)
        return raised.value

    def _start(self, code: Path, savepoint: str) -> str:
        return client.flink_run(self.settings, "jobs.new", [], code, savepoint)

    def _client(self, settings: Settings, submission: Submission, state: str | None, claim: bool) -> str:
        self.cluster.take(submission.job_id, state)
        if self._breaks and submission.module == "jobs.new":
            raise self._breaks
        return f"JobID {submission.job_id}"


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def test_f1_an_interruption_while_flink_stops_the_job_puts_it_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flink = Flink(monkeypatch, tmp_path, Cluster(KeyboardInterrupt()))

    assert isinstance(flink.replace(), KeyboardInterrupt)
    (job,) = flink.cluster.running
    assert flink.cluster.started_from == [SAVEPOINT]
    assert flink.told[-1] == f"the old job was resumed from the savepoint and runs as {job}; nothing was published"
    assert [one.job_id for one in remembered(flink.settings)] == [job]


def test_f1_a_stop_that_takes_too_long_is_waited_for_and_put_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flink = Flink(monkeypatch, tmp_path, Cluster())
    monkeypatch.setattr(replace, "STOP_S", 0.0)
    error = flink.replace()

    (job,) = flink.cluster.running
    assert isinstance(error, StackError)
    assert "job old did not stop within 0 s" in error.message
    assert error.message.endswith(f"runs as {job}; nothing was published")


def test_f1_a_stop_that_fails_after_an_interruption_leaves_the_job_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flink = Flink(monkeypatch, tmp_path, Cluster(KeyboardInterrupt(), failure="checkpoint declined"))
    error = flink.replace()

    assert isinstance(error, StackError)
    assert error.message == "job old could not be stopped: checkpoint declined"
    assert flink.cluster.running == ["old"]
    assert flink.cluster.started_from == []


def test_f1_an_answer_that_is_lost_while_flink_stops_the_job_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flink = Flink(monkeypatch, tmp_path, Cluster(StackError(SILENT)))
    done = replace.replace_job(flink.settings, "orchestrate_journeys", "old", {}, flink.told.append)

    assert flink.cluster.running == [done.job]
    assert (done.savepoint, done.log_ms) == (SAVEPOINT, START_MS)


def test_f1_an_interruption_while_the_new_job_is_submitted_leaves_only_the_old_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flink = Flink(monkeypatch, tmp_path, Cluster(), KeyboardInterrupt())

    assert isinstance(flink.replace(), KeyboardInterrupt)
    (job,) = flink.cluster.running
    assert flink.told[-1] == f"the old job was resumed from the savepoint and runs as {job}; nothing was published"
    assert [one.job_id for one in remembered(flink.settings)] == [job]


def test_f1_an_old_job_that_is_slow_to_come_back_is_named_and_not_taken_for_lost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flink = Flink(monkeypatch, tmp_path, Cluster(None, "INITIALIZING"), KeyboardInterrupt())
    monkeypatch.setattr(replace, "RUNS_S", 0.0)
    error = flink.replace()

    (job,) = flink.cluster.running
    assert isinstance(error, StackError)
    assert error.message.startswith(
        f"interrupted\nthe old job was resumed from the savepoint {SAVEPOINT} as {job}, and does not run yet: "
        f"the job {job} is INITIALIZING"
    )
    assert "no job runs" not in error.message


def test_f1_where_the_old_job_fails_too_no_job_runs_and_the_savepoint_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flink = Flink(monkeypatch, tmp_path, Cluster(None, "INITIALIZING", "FAILED"))
    error = flink.replace()

    assert isinstance(error, CjoError)
    assert flink.cluster.running == []
    assert error.message.endswith(f"no job runs; its state is in {SAVEPOINT}")
