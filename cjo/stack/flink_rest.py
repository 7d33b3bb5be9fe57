"""Flink's REST API, as far as cjo needs it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from cjo.errors import StackError
from cjo.stack.http import open_url

TERMINAL = frozenset({"FINISHED", "FAILED", "CANCELED"})
POLL_S = 0.2
_NEVER_MS = -(1 << 62)


@dataclass(frozen=True)
class Job:
    """One job of the cluster. `started_ms` is UTC epoch milliseconds; `state` is Flink's word for it."""

    id: str
    name: str
    state: str
    started_ms: int

    @property
    def ended(self) -> bool:
        """Whether it will never run again by itself."""
        return self.state in TERMINAL


class UnknownError(StackError):
    """The cluster answers that it knows no such job, or no such request."""


class UnfinishedError(StackError):
    """What was asked for has not come to an end yet, and goes on whether somebody waits for it or not."""


class FlinkRest:
    """A client for one cluster. Every method raises StackError if the cluster does not answer."""

    def __init__(self, url: str, timeout_s: float = 10.0) -> None:
        self._url = url
        self._timeout_s = timeout_s

    def jobs(self) -> list[Job]:
        """Every job that the JobManager remembers, the newest first."""
        rows = self.get("/jobs/overview")["jobs"]
        jobs = [Job(row["jid"], row["name"], row["state"], row["start-time"]) for row in rows]
        return sorted(jobs, key=lambda job: -job.started_ms)

    def job(self, job_id: str) -> Job | None:
        """The job, or None if the JobManager does not know it."""
        return next((job for job in self.jobs() if job.id == job_id), None)

    def taskmanagers(self) -> set[str]:
        """Ids of the registered TaskManagers, a dead one included until its loss is noticed."""
        return {row["id"] for row in self.get("/taskmanagers")["taskmanagers"]}

    def exceptions(self, job_id: str) -> str:
        """The job's newest failure with its stack trace; empty if there was none."""
        entries = self.get(f"/jobs/{job_id}/exceptions")["exceptionHistory"]["entries"]
        return entries[0]["stacktrace"] if entries else ""

    def reasons(self, job_id: str) -> list[str]:
        """What the job's newest failure was, and each thing that caused it, a line each; the last is the root."""
        return causes(self.exceptions(job_id)) or ["no reason was given"]

    def watermark_ms(self, job_id: str, operator: str) -> int | None:
        """The least event time that the subtasks of an operator have passed on; None before the first watermark.

        What Flink calls its input watermark is the least of all inputs, one that is silent included, and is never told
        after a restart while the control topic is silent.
        """
        vertices = self.get(f"/jobs/{job_id}")["vertices"]
        found = next((vertex for vertex in vertices if vertex["name"].startswith(operator)), None)
        if found is None:
            return None
        names = [f"{number}.{operator}.currentOutputWatermark" for number in range(found["parallelism"])]
        rows = self.get(f"/jobs/{job_id}/vertices/{found['id']}/metrics?get={','.join(names)}")
        values = [int(row["value"]) for row in rows]
        complete = len(values) == len(names) and min(values) > _NEVER_MS
        return min(values) if complete else None

    def checkpoints(self, job_id: str) -> dict[str, Any]:
        """Flink's statistics of the job's checkpoints."""
        return dict(self.get(f"/jobs/{job_id}/checkpoints"))

    def stop(self, job_id: str, savepoint_dir: str, timeout_s: float) -> str:
        """Stops the job with a savepoint under `savepoint_dir` (a URI); returns the savepoint's URI."""
        return self.stopped(job_id, self.begin_stop(job_id, savepoint_dir), timeout_s)

    def begin_stop(self, job_id: str, savepoint_dir: str) -> str:
        """Asks for the job to be stopped with a savepoint under `savepoint_dir` (a URI); returns the request's id."""
        body = {"targetDirectory": savepoint_dir, "drain": False}
        return str(self.post(f"/jobs/{job_id}/stop", body)["request-id"])

    def stopped(self, job_id: str, request: str, timeout_s: float) -> str:
        """Waits for a stop that was asked for; returns the savepoint's URI.

        StackError where the job could not be stopped: it goes on. UnfinishedError where that is not known after
        `timeout_s`.
        """
        path, deadline = f"/jobs/{job_id}/savepoints/{request}", time.monotonic() + timeout_s
        while (answer := self._answered(path)) is None or answer["status"]["id"] != "COMPLETED":
            if time.monotonic() > deadline:
                raise UnfinishedError(
                    f"job {job_id} did not stop within {timeout_s:.0f} s, and Flink goes on stopping it",
                    "Flink's page and the job's log say whether it has ended, and with which savepoint",
                )
            time.sleep(POLL_S)
        operation = answer["operation"]
        if "failure-cause" in operation:
            raise StackError(f"job {job_id} could not be stopped: {operation['failure-cause']['stack-trace']}")
        return str(operation["location"])

    def cancel(self, job_id: str) -> None:
        """Cancels the job; returns before it has ended."""
        self._call("PATCH", f"/jobs/{job_id}?mode=cancel", None)

    def wait(self, job_id: str, states: frozenset[str], timeout_s: float) -> str:
        """Waits until the job is in one of `states`; returns which."""
        deadline = time.monotonic() + timeout_s
        while True:
            state = str(self.get(f"/jobs/{job_id}")["state"])
            if state in states:
                return state
            if time.monotonic() > deadline:
                raise StackError(f"job {job_id} is {state} after {timeout_s:.0f} s, expected {sorted(states)}")
            time.sleep(POLL_S)

    def get(self, path: str) -> Any:
        """What the cluster answers to a GET of `path`, parsed."""
        return self._call("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What the cluster answers to a POST of `body`, parsed."""
        return self._call("POST", path, json.dumps(body).encode())

    def _answered(self, path: str) -> Any:
        """What the cluster answers to a GET; None where it does not answer now: what it does goes on meanwhile."""
        try:
            return self.get(path)
        except UnknownError:
            raise
        except StackError:
            return None

    def _call(self, method: str, path: str, body: bytes | None) -> Any:
        headers = {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(self._url + path, body, headers, method=method)
        try:
            with open_url(request, self._timeout_s) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            words = error.read().decode(errors="replace")
            error.close()
            kind = UnknownError if error.code == HTTPStatus.NOT_FOUND else StackError
            raise kind(f"Flink refused {method} {path} with {error.code}: {words}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise StackError(f"Flink at {self._url} does not answer: {error}", "`cjo up` starts it") from error


def causes(trace: str) -> list[str]:
    """Of a Java stack trace the first line and those of its causes, without what lies between."""
    lines = trace.splitlines()
    return lines[:1] + [line for line in lines[1:] if line.startswith("Caused by: ")]
