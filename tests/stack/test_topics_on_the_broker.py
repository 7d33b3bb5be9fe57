"""Topics and contracts on a real broker and registry."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cjo.avro.contracts import load_schema
from cjo.avro.registry import Registry
from cjo.cli.main import main
from cjo.errors import StackError
from cjo.resources import data_dir
from cjo.settings import Settings
from cjo.stack import Stack
from cjo.stack.kafka import admin
from cjo.stack.topic_admin import examine_topics, make_topics, register_schemas
from cjo.topics import Topic
from tests.conftest import free_port_base

pytestmark = pytest.mark.broker
CONFIG = {"retention.ms": "-1", "max.message.bytes": "2097152"}


@pytest.fixture
def topic(broker: Settings, request: pytest.FixtureRequest) -> Iterator[Topic]:
    topic = Topic(f"topics-{abs(hash(request.node.name)) % 10**8}", 3, CONFIG, "moment")
    yield topic
    with admin(broker.broker) as client:
        client.delete_topics([topic.name], raise_errors=False)


def states(broker: Settings, topic: Topic) -> list[str]:
    return [state.state for state in examine_topics(broker.broker, [topic])]


def test_a_missing_topic_is_made_as_told_and_then_left_alone(broker: Settings, topic: Topic) -> None:
    assert states(broker, topic) == ["missing"]

    assert [state.state for state in make_topics(broker.broker, [topic])] == ["made"]

    assert states(broker, topic) == ["ok"]
    assert [state.state for state in make_topics(broker.broker, [topic])] == ["ok"]


def test_another_configuration_is_reported_and_set_only_when_asked(broker: Settings, topic: Topic) -> None:
    make_topics(broker.broker, [topic])
    other = dataclasses.replace(topic, config={**CONFIG, "retention.ms": "86400000"})

    (state,) = make_topics(broker.broker, [other])
    assert [str(difference) for difference in state.differences] == [
        f"topic {topic.name}: retention.ms should be 86400000, is -1"
    ]
    assert states(broker, topic) == ["ok"]

    assert [state.state for state in make_topics(broker.broker, [other], fix=True)] == ["fixed"]
    assert states(broker, other) == ["ok"]


def test_another_partition_count_is_refused_before_anything_is_changed(broker: Settings, topic: Topic) -> None:
    make_topics(broker.broker, [topic])
    absent = Topic(f"{topic.name}-absent", 1)

    with pytest.raises(StackError, match="partitions should be 5, is 3"):
        make_topics(broker.broker, [absent, dataclasses.replace(topic, partitions=5)], fix=True)

    assert states(broker, absent) == ["missing"]


def test_a_schemas_number_survives_a_kill_right_after_it_was_given(broker: Settings, topic: Topic) -> None:
    number = register_schemas(broker.registry_url, [topic])[topic.name]
    stack = Stack(broker)
    stack.processes.kill("registry")

    stack.up(("broker", "registry"), supervise=False)

    assert Registry(broker.registry_url).schema(number)["name"] == load_schema("moment")["name"]
    assert register_schemas(broker.registry_url, [topic])[topic.name] == number


@pytest.fixture
def empty_broker(tmp_path: Path) -> Iterator[Settings]:
    """One of its own: the names and partition counts of a workspace are fixed."""
    settings = Settings.load({}, home=tmp_path / "home", cache=Settings.load().cache, port_base=free_port_base())
    stack = Stack(settings)
    try:
        stack.up(("broker", "registry"), supervise=False)
        yield settings
    finally:
        stack.down()


def test_topics_from_the_command_line(
    empty_broker: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in empty_broker.environment.items():
        monkeypatch.setenv(name, value)
    assert main(["topics"]) == 0
    capsys.readouterr()
    assert main(["topics", "--check", "--json"]) == 0
    rows = {row["topic"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["touchpoints"]["partitions"], rows["touchpoints"]["state"]) == (4, "ok")

    shutil.copytree(data_dir("journeys"), folder := tmp_path / "journeys")
    workspace = folder / "workspace.yaml"
    workspace.write_text(workspace.read_text().replace("partitions: 4", "partitions: 6"))

    assert main(["topics", "--workspace", str(folder)]) == 1
    assert "partitions should be 6, is 4" in capsys.readouterr().err
    assert main(["doctor", "--workspace", str(folder), "--json"]) == 1
    findings = {finding["what"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert findings["topics"]["ok"] is False
    assert "partitions: 4" in findings["topics"]["hint"]
    assert findings["broker"]["ok"] is True
