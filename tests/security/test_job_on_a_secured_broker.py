"""The job logs in over TLS, decides exactly once through a kill (F1), and no secret is in what Flink keeps."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cjo.compile import compile_workspace
from cjo.resources import data_dir
from cjo.settings import Settings
from cjo.stack import Stack
from cjo.stack.flink_rest import FlinkRest
from cjo.stack.topic_admin import make_topics
from cjo.topics import topics_for
from tests.cluster.conftest import clear
from tests.cluster.output import differences
from tests.cluster.replayed import expected
from tests.cluster.running import Run
from tests.security.secured import PASSWORDS

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]


@pytest.fixture
def run(secured: Settings, tmp_path: Path) -> Iterator[Run]:
    """A job yet to be submitted on a Flink cluster of its own, which inherits the passwords as variables."""
    folder = tmp_path / "journeys"
    shutil.copytree(data_dir("journeys"), folder)
    stack = Stack(secured, taskmanagers=2)
    try:
        stack.up(("flink",), supervise=False)
        clear(stack)
        make_topics(secured.broker, topics_for(compile_workspace(folder)))
        yield Run(stack, folder)
    finally:
        stack.processes.stop("jobmanager", "taskmanager-1", "taskmanager-2")


def test_a_kill_loses_nothing_and_no_secret_is_left_anywhere(
    run: Run, secured: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    log = run.log(3, customers=600, size=8_000)
    wanted = expected(secured, run.part(log.lines))
    pieces = log.slowly(begin=0.3, end=0.9, pieces=100)
    run.submit()
    log.write(next(pieces))
    run.await_checkpoint()
    run.kill_in_mid_transaction(1, lambda: log.write(next(pieces)))
    run.stack.start_taskmanagers()
    rest = FlinkRest(secured.flink_url)
    shown = [rest.get(path) for path in ("/jobmanager/config", "/jobmanager/environment", *_of_job(run.job_id))]

    found = run.finish(log)

    assert differences(found, wanted) == []
    assert found == wanted
    texts = {"Flink's REST API": json.dumps(shown), "stdout and stderr": "".join(capfd.readouterr())}
    kept = {str(path): path.read_bytes() for path in _kept(secured)}
    assert any("submission" in name for name in kept)
    assert any("taskmanager-1" in name for name in kept)
    for secret in PASSWORDS.values():
        assert [name for name, text in texts.items() if secret in text] == []
        assert [name for name, content in kept.items() if secret.encode() in content] == []


def _of_job(job_id: str) -> list[str]:
    return [f"/jobs/{job_id}{part}" for part in ("", "/config", "/plan", "/exceptions", "/checkpoints/config")]


def _kept(settings: Settings) -> Iterator[Path]:
    """Logs, submissions, checkpoints, savepoints: every file but those of the broker itself."""
    for path in settings.home.rglob("*"):
        if path.is_file() and not path.is_symlink() and "broker" not in path.relative_to(settings.home).parts:
            yield path
