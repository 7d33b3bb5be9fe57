"""Makes topics and registers contracts, and tells where a broker's topics are not as they should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import TopicAlreadyExistsError

from cjo.avro.contracts import load_schema
from cjo.avro.registry import Registry
from cjo.client.connect import broker_errors, hint_for, must_listen
from cjo.errors import RegistryError, StackError
from cjo.stack.kafka import admin
from cjo.topics import TOUCHPOINTS, Topic

PARTITIONS = "partitions"
UNKNOWN_TOPIC = 3


@dataclass(frozen=True)
class Difference:
    """Something of a topic is not as it should be: `what` is `partitions` or a key of its configuration."""

    topic: str
    what: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"topic {self.topic}: {self.what} should be {self.expected}, is {self.got}"


@dataclass(frozen=True)
class TopicState:
    """What was found, and done, about one topic: `state` is `made`, `ok`, `fixed`, `missing` or `differs`."""

    topic: Topic
    state: str
    differences: tuple[Difference, ...] = ()


def make_topics(broker: str, topics: Sequence[Topic], fix: bool = False) -> list[TopicState]:
    """Makes the missing ones of `topics`, compares the others; with `fix` also sets their configuration.

    Raises StackError before anything is changed if a partition count differs: it decides which partition a customer
    is in, so changing it would tear their history apart.
    """
    with connected(broker) as client:
        found = _found(client, topics)
        refuse_partition_changes(_differences(topics, found))
        missing = [topic for topic in topics if topic.name not in found]
        _create(client, missing)
        return [_state(client, topic, topic in missing, _differences([topic], found), fix) for topic in topics]


def examine_topics(broker: str, topics: Sequence[Topic]) -> list[TopicState]:
    """How the broker's topics compare with `topics`; changes nothing."""
    with connected(broker) as client:
        found = _found(client, topics)
    return [_examined(topic, topic.name in found, tuple(_differences([topic], found))) for topic in topics]


def register_schemas(registry_url: str, topics: Iterable[Topic]) -> dict[str, int]:
    """Registers the contract of every topic that has one; returns the schema's id by topic name.

    Raises RegistryError, naming the subject and each reason, if a contract may not follow the registered one.
    """
    registry = Registry(registry_url)
    return {topic.name: _register(registry, topic) for topic in topics if topic.schema}


def refuse_partition_changes(differences: Iterable[Difference]) -> None:
    """Raises StackError if the partition count of a topic is among the differences."""
    for difference in differences:
        if difference.what == PARTITIONS:
            raise StackError(
                str(difference),
                f"set `partitions: {difference.got}` in workspace.yaml, or load the log into a new broker"
                if difference.topic == TOUCHPOINTS
                else "keep its partition count, or remove the topic if its records are not needed",
            )


@contextmanager
def connected(broker: str) -> Iterator[KafkaAdminClient]:
    """An admin client whose failures are StackErrors."""
    try:
        must_listen(broker)
        with broker_errors(broker), admin(broker) as client:
            yield client
    except (OSError, ValueError) as error:
        raise StackError(f"the broker {broker} cannot be used: {error}", hint_for(broker)) from error


def _found(client: KafkaAdminClient, topics: Sequence[Topic]) -> dict[str, dict[str, str]]:
    """Of each topic that exists, its partition count and configuration."""
    described = client.describe_topics([topic.name for topic in topics])
    counts = {row["name"]: len(row["partitions"]) for row in described if row["error_code"] != UNKNOWN_TOPIC}
    if not counts:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, None) for name in counts]
    configs = client.describe_configs(resources, config_filter="all")["topic"]
    return {
        name: {PARTITIONS: str(count)} | {key: str(entry["value"]) for key, entry in configs[name].items()}
        for name, count in counts.items()
    }


def _differences(topics: Iterable[Topic], found: dict[str, dict[str, str]]) -> list[Difference]:
    return [
        Difference(topic.name, what, expected, got)
        for topic in topics
        if topic.name in found
        for what, expected in {PARTITIONS: str(topic.partitions), **topic.config}.items()
        if (got := found[topic.name].get(what, "not set")) != expected
    ]


def _create(client: KafkaAdminClient, topics: Sequence[Topic]) -> None:
    if topics:
        wanted = {
            topic.name: {"num_partitions": topic.partitions, "replication_factor": -1, "configs": dict(topic.config)}
            for topic in topics
        }
        try:
            client.create_topics(wanted, wait_for_metadata=True)
        except TopicAlreadyExistsError:  # another command made one in this moment
            client.create_topics(wanted, raise_errors=False, wait_for_metadata=True)


def _state(
    client: KafkaAdminClient, topic: Topic, made: bool, differences: Sequence[Difference], fix: bool
) -> TopicState:
    if made or not differences or not fix:
        return TopicState(topic, "made") if made else _examined(topic, True, tuple(differences))
    settings = {difference.what: difference.expected for difference in differences}
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, settings)])
    return TopicState(topic, "fixed", tuple(differences))


def _examined(topic: Topic, exists: bool, differences: tuple[Difference, ...]) -> TopicState:
    return TopicState(topic, "differs" if differences else "ok" if exists else "missing", differences)


def _register(registry: Registry, topic: Topic) -> int:
    schema = load_schema(str(topic.schema))
    if reasons := registry.check(topic.subject, schema):
        raise RegistryError(
            f"schemas/{topic.schema}.avsc may not follow the registered {topic.subject}: {'; '.join(reasons)}",
            "make the change compatible: add fields with a default only",
            "incompatible",
        )
    number = registry.register(topic.subject, schema)
    registry.set_compatibility(topic.subject)
    return number
