"""A standalone Flink cluster from the installed package: one JobManager, TaskManagers of one slot each."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from cjo.settings import LOOPBACK, Settings
from cjo.stack.component import Component, answers
from cjo.stack.flink_conf import METRICS_PORT, environment, log_dir, prepare
from cjo.stack.flink_home import flink_home
from cjo.stack.flink_rest import FlinkRest
from cjo.stack.process import Launch, Processes

JOBMANAGER = "jobmanager"
TASKMANAGER = "taskmanager-"
RESOURCE_ID = "taskmanager.resource-id"


def jobmanager(settings: Settings, taskmanagers: int) -> Component:
    """The JobManager as a part of the stack; it expects `taskmanagers` slots."""
    ports = settings.ports
    return Component(
        name=JOBMANAGER,
        launch=lambda: _launch_jobmanager(settings, taskmanagers),
        ready=lambda: answers(f"{settings.flink_url}/overview"),
        ports={
            "Flink REST": ports.flink,
            "Flink RPC": ports.flink_rpc,
            "Flink files": ports.flink_blob,
            "metrics": ports.metrics(0),
        },
        address=settings.flink_url,
        metrics=_metrics(ports.metrics(0)),
    )


def taskmanager(settings: Settings, number: int) -> Component:
    """TaskManager `number`, from 1 on, as a part of the stack."""
    name = f"{TASKMANAGER}{number}"
    return Component(
        name=name,
        launch=lambda: _launch_taskmanager(settings, number),
        ready=lambda: _is_registered(settings, name),
        ports={"metrics": settings.ports.metrics(number)},
        metrics=_metrics(settings.ports.metrics(number)),
    )


def _metrics(port: int) -> str:
    return f"http://{LOOPBACK}:{port}/metrics"


def _is_registered(settings: Settings, name: str) -> bool:
    """Whether the JobManager knows the process that lives now: it remembers a dead one for seconds."""
    process = Processes(settings).find(name)
    if process is None:
        return False
    known = FlinkRest(settings.flink_url).taskmanagers()
    return any(word.removeprefix(f"{RESOURCE_ID}=") in known for word in process.cmdline())


def _launch_jobmanager(settings: Settings, taskmanagers: int) -> Launch:
    prepare(settings, taskmanagers)
    return _launch(settings, JOBMANAGER, "jobmanager.sh", {})


def _launch_taskmanager(settings: Settings, number: int) -> Launch:
    """Each start has a resource id of its own: with the dead one's, the loss of the dead one is held against it."""
    name = f"{TASKMANAGER}{number}"
    temporary = settings.run / "flink" / "tmp" / name
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    options = {
        RESOURCE_ID: f"{name}-{time.time_ns() // 1_000_000}",
        "io.tmp.dirs": str(temporary),
        METRICS_PORT: str(settings.ports.metrics(number)),
    }
    return _launch(settings, name, "taskmanager.sh", options)


def _launch(settings: Settings, name: str, script: str, options: dict[str, str]) -> Launch:
    logs = log_dir(settings, name)
    logs.mkdir(parents=True, exist_ok=True)
    words = [word for key, value in options.items() for word in ("-D", f"{key}={value}")]
    command: list[str | Path] = ["bash", flink_home() / "bin" / script, "start-foreground", *words]
    return Launch(command, environment(settings, name))
