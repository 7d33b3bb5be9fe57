"""Each test has the stack without jobs, topics of its own making, and a workspace with a name of its own.

One broker has one `touchpoints` topic, so workspaces can't share it: the tests run one after the other, each with new
topics. The workspace's name makes consumer group and transactional ids its own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cjo.compile import compile_workspace
from cjo.resources import data_dir
from cjo.stack import Stack
from cjo.stack.client import flink_cancel
from cjo.stack.flink_rest import FlinkRest
from cjo.stack.kafka import admin
from cjo.stack.submissions import forget, remembered
from cjo.stack.topic_admin import make_topics
from cjo.topics import topics_for
from tests.cluster.running import Run
from tests.cluster.waiting import wait_for


@pytest.fixture
def workspace(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the shipped workspace, named after the test."""
    return shipped_as(re.sub(r"[\W_]+", "-", request.node.name).strip("-"), tmp_path / "journeys")


@pytest.fixture
def run(stack: Stack, workspace: Path) -> Iterator[Run]:
    """A job yet to be submitted, on a running stack with empty topics; nothing of it is left afterwards."""
    stack.up(supervise=False)
    made = Run(stack, workspace)
    clear(stack)
    make_topics(stack.settings.broker, topics_for(compile_workspace(workspace)))
    yield made
    stack.processes.stop("supervisor", "heartbeat")
    stack.up(supervise=False, heartbeats=False)
    clear(stack)


def shipped_as(name: str, folder: Path) -> Path:
    """The shipped workspace under another name, copied to `folder`."""
    shutil.copytree(data_dir("journeys"), folder)
    replace(folder / "workspace.yaml", "workspace: cjo-demo", f"workspace: {name}")
    return folder


def replace(file: Path, old: str, new: str) -> None:
    """Edits a file of the workspace; fails where `old` is not in it exactly once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old)
    file.write_text(text.replace(old, new), encoding="utf-8")


def clear(stack: Stack) -> None:
    """Cancels every job, and removes every topic."""
    for submission in remembered(stack.settings):
        forget(stack.settings, submission.job_id)
    rest = FlinkRest(stack.settings.flink_url)
    for job in rest.jobs():
        if not job.ended:
            flink_cancel(stack.settings, job.id)
    with admin(stack.settings.broker) as client:
        names = [name for name in client.list_topics() if not name.startswith("__")]
        if names:
            client.delete_topics(names)
        wait_for("the topics to go", lambda: not set(names) & set(client.list_topics()))
