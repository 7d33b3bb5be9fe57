"""What `cjo doctor --cluster` says of clusters that lack something, by what their REST API answered."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import cjo
from cjo.avro.registry import Registry
from cjo.cli.main import main
from cjo.settings import Settings
from cjo.stack.cluster_doctor import examine_cluster
from cjo.stack.cluster_flink import flink_ms, look
from cjo.stack.findings import Finding
from cjo.stack.flink_rest import FlinkRest
from cjo.stack.java_build import own_jar_name
from cjo.stack.kafka import admin
from cjo.stack.topic_admin import make_topics
from cjo.topics import Topic
from tests.conftest import free_port_base
from tests.served import Handler, served

Answers = dict[str, Any]
LIB = "/opt/flink/lib"
STARTER = Path(cjo.__file__).parent / "starter"
GOOD: Answers = {
    "/overview": {"taskmanagers": 2, "slots-total": 2, "flink-version": "2.3.0", "flink-commit": "c0f8d1a"},
    "/jobmanager/environment": {
        "jvm": {
            "version": "OpenJDK 64-Bit Server VM - Eclipse Adoptium - 21/21.0.8+9-LTS",
            "arch": "amd64",
            "options": ["-Xmx469762048", "--add-opens=java.base/java.lang=ALL-UNNAMED"],
        },
        "classpath": [
            f"{LIB}/{own_jar_name()}",
            f"{LIB}/flink-dist-2.3.0.jar",
            f"{LIB}/flink-python-2.3.0.jar",
            f"{LIB}/flink-sql-avro-confluent-registry-2.3.0.jar",
            f"{LIB}/flink-sql-connector-kafka-5.0.0-2.2.jar",
        ],
    },
    "/taskmanagers": {
        "taskmanagers": [
            {"id": f"tm-{host}", "path": f"pekko.tcp://flink@{host}:40829/user/rpc/taskmanager_0", "slotsNumber": 1}
            for host in ("10.0.0.5", "10.0.0.6")
        ]
    },
    "/jobmanager/config": {
        "classloader.parent-first-patterns.additional": "pemja.",
        "execution.checkpointing.dir": "s3://shop/checkpoints",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.interval": "2s",
        "high-availability.type": "kubernetes",
        "metrics.reporter.prom.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
        "metrics.reporters": "prom",
        "python.execution-mode": "thread",
        "python.pythonpath": "/opt/venv/lib/python3.11/site-packages",
        "restart-strategy.type": "exponential-delay",
    },
}


@contextmanager
def cluster(change: Callable[[Answers], Any] = lambda answers: None) -> Iterator[str]:
    """URL of a server that answers as the good cluster does, after `change`."""
    answers = copy.deepcopy(GOOD)
    change(answers)
    config = answers["/jobmanager/config"]
    answers["/jobmanager/config"] = [{"key": key, "value": value} for key, value in config.items()]

    class JobManager(Handler):
        def respond(self) -> None:
            found = answers.get(self.path, {"errors": ["Not found"]})
            self.answer(200 if self.path in answers else 404, json.dumps(found).encode())

    with served(JobManager) as place:
        yield f"http://{place}"


def findings(change: Callable[[Answers], Any] = lambda answers: None) -> list[Finding]:
    with cluster(change) as url:
        return list(look(FlinkRest(url)))


def without(key: str) -> Callable[[Answers], Any]:
    return lambda answers: answers["/jobmanager/config"].pop(key)


def with_(**more: str) -> Callable[[Answers], Any]:
    settings = {key.replace("__", ".").replace("_", "-"): value for key, value in more.items()}
    return lambda answers: answers["/jobmanager/config"].update(settings)


def jar(part: str, other: str | None = None) -> Callable[[Answers], Any]:
    """Without the jar whose name has this part, or with another in its place."""

    def change(answers: Answers) -> None:
        paths = answers["/jobmanager/environment"]["classpath"]
        paths[:] = [path for path in paths if part not in path] + ([f"{LIB}/{other}"] if other else [])

    return change


def set_jvm(key: str, value: object) -> Callable[[Answers], Any]:
    return lambda answers: answers["/jobmanager/environment"]["jvm"].update({key: value})


def test_a_cluster_with_everything_is_ok_in_every_line() -> None:
    assert {finding.ok for finding in findings()} == {True}


@pytest.mark.parametrize(
    ("change", "what", "said"),
    [
        (lambda answers: answers["/overview"].update({"flink-version": "1.20.1"}), "flink", "1.20.1"),
        (set_jvm("version", "OpenJDK 64-Bit Server VM - Oracle - 25/25+36"), "java", "25/25"),
        (set_jvm("options", []), "java", "without --add-opens"),
        (jar("connector-kafka"), "jar", "no flink-sql-connector-kafka-5.0.0-2.2.jar"),
        (jar("connector-kafka", "flink-sql-connector-kafka-4.0.1-2.0.jar"), "jar", "but flink-sql-connector-kafka-4.0"),
        (jar("avro-confluent"), "jar", "no flink-sql-avro-confluent-registry"),
        (jar("flink-python"), "jar", "no flink-python-2.3.0.jar"),
        (jar("cjo-flink"), "jar", f"no {own_jar_name()}"),
        (jar("cjo-flink", "cjo-flink-000000000000.jar"), "jar", "but cjo-flink-000000000000.jar"),
        (jar("nothing", "cjo-flink-000000000000.jar"), "jars", "two versions of cjo's own jar"),
        (without("classloader.parent-first-patterns.additional"), "pemja", "not set"),
        (without("execution.checkpointing.dir"), "checkpoints", "not set"),
        (without("execution.checkpointing.interval"), "interval", "not set"),
        (with_(execution__checkpointing__interval="soon"), "interval", "soon"),
        (with_(execution__checkpointing__interval_during_backlog="1s"), "interval", "backlog: 1s"),
        (with_(execution__checkpointing__interval_during_backlog="0"), "interval", "backlog: 0"),
        (with_(restart_strategy__type="none"), "restarts", "none"),
    ],
)
def test_what_the_jobs_can_not_do_without_is_named_with_the_next_step(
    change: Callable[[Answers], Any], what: str, said: str
) -> None:
    (finding,) = [finding for finding in findings(change) if finding.ok is not True]
    assert (finding.ok, finding.what) == (False, what)
    assert said in finding.found
    assert finding.hint


@pytest.mark.parametrize(
    ("change", "what", "said"),
    [
        (lambda answers: answers["/taskmanagers"]["taskmanagers"][0].update(slotsNumber=4), "slots", "1 or 4"),
        (lambda answers: answers["/taskmanagers"]["taskmanagers"].clear(), "taskmanagers", "none"),
        (without("python.pythonpath"), "python", "mode thread"),
        (with_(execution__checkpointing__dir="file:///var/checkpoints"), "checkpoints", "file:///var/checkpoints"),
        (with_(execution__checkpointing__interval="10 min"), "interval", "10 min"),
        (without("execution.checkpointing.externalized-checkpoint-retention"), "kept", "not set"),
        (with_(restart_strategy__type="fixed-delay"), "restarts", "fixed-delay"),
        (with_(restart_strategy__exponential_delay__max_backoff="5s"), "restarts", "max-backoff: 5s"),
        (without("high-availability.type"), "survival", "NONE"),
        (without("metrics.reporters"), "metrics", ""),
    ],
)
def test_what_would_be_better_is_no_failure(change: Callable[[Answers], Any], what: str, said: str) -> None:
    if what == "metrics":  # Flink takes every reporter that is configured where no list is given
        assert [finding for finding in findings(change) if finding.ok is not True] == []
        change = with_(metrics__reporters="jmx")
    (finding,) = [finding for finding in findings(change) if finding.ok is not True]
    assert (finding.ok, finding.what) == (None, what)
    assert said in finding.found
    assert finding.hint


@pytest.mark.parametrize(
    ("text", "ms"),
    [("2s", 2_000), ("10 min", 600_000), ("500 ms", 500), ("3000", 3_000), ("PT2S", 2_000), ("5m", 300_000)],
)
def test_durations_are_read_as_flink_writes_them(text: str, ms: int) -> None:
    assert flink_ms(text) == ms


def test_the_command_tells_each_part_that_does_not_answer_and_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CJO_PORT_BASE", str(free_port_base()))
    monkeypatch.setenv("CJO_HOME", str(tmp_path))
    with cluster() as url:
        assert main(["doctor", "--cluster", url, "--workspace", str(STARTER), "--json"]) == 1
    told = [Finding(**row) for row in json.loads(capsys.readouterr().out)]
    assert {finding.what for finding in told if finding.ok is False} == {"broker", "topics", "registry"}

    assert main(["doctor", "--cluster", "--workspace", str(STARTER)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("lacks    flink          Flink at http://127.0.0.1:")


@pytest.fixture
def doctored(tmp_path: Path) -> Path:
    """The starter's workspace with two channels that no other test has."""
    folder = tmp_path / "journeys"
    shutil.copytree(STARTER, folder)
    file = folder / "workspace.yaml"
    channels = "".join(f"  doctored{number}: {{address: email, expires: 1 hour}}\n" for number in (1, 2))
    file.write_text(re.sub(r"(?m)^(channels:.*\n)", rf"\1{channels}", file.read_text(encoding="utf-8")))
    return folder


@pytest.mark.broker
def test_a_broker_and_a_registry_that_lack_something(broker: Settings, doctored: Path) -> None:
    first, second = Topic("actions.doctored1", 3), Topic("actions.doctored2", 4, {"max.message.bytes": "1000"})
    make_topics(broker.broker, [first, second])
    other = {"type": "record", "name": "Other", "fields": [{"name": "other", "type": "int"}]}
    Registry(broker.registry_url).register(first.subject, other)

    with cluster() as url:
        settings = Settings.load({}, broker=broker.broker, registry_url=broker.registry_url, flink_url=url)
        found = [finding for finding in examine_cluster(settings, doctored, 2 * 86_400_000) if finding.ok is not True]
    with admin(broker.broker) as client:
        client.delete_topics([first.name, second.name])

    lacks = {finding.what: finding.found for finding in found if finding.ok is False}
    assert lacks["transactions"] == "transaction.max.timeout.ms: 1 day; the sink asks for 2 days"
    assert lacks["partitions"] == "topic actions.doctored1: partitions should be 4, is 3"
    assert lacks["sizes"] == "topic actions.doctored2: max.message.bytes should be 2097152, is 1000"
    assert lacks["contracts"].startswith("actions.doctored1-value is not compatible: ")
    assert all(finding.hint for finding in found)
