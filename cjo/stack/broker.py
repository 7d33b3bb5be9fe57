"""One Kafka broker (KRaft, broker and controller in one process), on loopback, its log in CJO_HOME/data/broker."""

from __future__ import annotations

import base64
import os
import subprocess
import uuid
from pathlib import Path

from cjo.errors import StackError
from cjo.settings import LOOPBACK, Settings
from cjo.stack.component import Component, listens
from cjo.stack.jars import fetch
from cjo.stack.java import java_home
from cjo.stack.process import Launch

MAIN = "kafka.Kafka"
FORMATTER = "kafka.tools.StorageTool"
HEAP = ("-Xms64m", "-Xmx512m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=50")
LOGGING = tuple(
    f"-Dorg.slf4j.simpleLogger.{key}"
    for key in ("showDateTime=true", "dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "defaultLogLevel=warn")
)
DAY_MS = 86_400_000


def broker(settings: Settings) -> Component:
    """The broker as a part of the stack."""
    ports = settings.ports
    return Component(
        name="broker",
        launch=lambda: _launch(settings),
        ready=lambda: listens(ports.broker) and _answers(settings),
        ports={"broker": ports.broker, "controller": ports.controller},
        address=settings.broker,
    )


def properties(settings: Settings) -> dict[str, str]:
    """The broker's configuration.

    Small counts keep an idle broker light. A transaction may stay open for a day at most: a job that was down for
    less finds its prepared actions again. Topics are never made by a misspelled name. A broker that was killed may
    register again only when its old session has ended.
    """
    ports = settings.ports
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{LOOPBACK}:{ports.controller}",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{ports.broker},CONTROLLER://{LOOPBACK}:{ports.controller}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{ports.broker}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(_data(settings)),
        "auto.create.topics.enable": "false",
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "500",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "log.cleaner.threads": "1",
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        "log.segment.bytes": str(256 * 1024 * 1024),
        "default.replication.factor": "1",
        "min.insync.replicas": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "transaction.max.timeout.ms": str(DAY_MS),
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
    }


def _data(settings: Settings) -> Path:
    return settings.data / "broker"


def _launch(settings: Settings) -> Launch:
    class_path = os.pathsep.join(map(str, fetch(settings, "broker")))
    settings.run.mkdir(parents=True, exist_ok=True)
    config = settings.run / "broker.properties"
    config.write_text("".join(f"{key}={_escaped(value)}\n" for key, value in properties(settings).items()))
    java = java_home() / "bin" / "java"
    _format(settings, java, class_path, config)
    return Launch([java, *HEAP, *LOGGING, "-cp", class_path, MAIN, config])


def _escaped(value: str) -> str:
    """As Java reads a properties file: a backslash there begins an escape."""
    return value.replace("\\", "\\\\")


def _format(settings: Settings, java: Path, class_path: str, config: Path) -> None:
    """Prepares an empty data folder. The mark is written last: a format that was interrupted is done again."""
    mark = settings.data / "broker.id"
    if mark.exists() and (_data(settings) / "meta.properties").exists():
        return
    settings.data.mkdir(parents=True, exist_ok=True)
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    command: list[str | Path] = [java, "-cp", class_path, FORMATTER, "format", "--ignore-formatted"]
    command += [f"--cluster-id={cluster}", "-c", config]  # it may begin with a hyphen
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode:
        raise StackError(
            f"the broker's folder {_data(settings)} cannot be prepared: {(answer.stderr or answer.stdout).strip()}",
            "`cjo down --wipe` removes it with all its data",
        )
    mark.write_text(cluster)


def _answers(settings: Settings) -> bool:
    from cjo.stack.kafka import admin

    try:
        with admin(settings.broker, timeout_s=3.0) as client:
            client.list_topics()
        return True
    except Exception:
        return False
