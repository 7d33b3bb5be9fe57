"""What `cjo doctor --cluster` looks at: a Flink cluster, a broker and a registry that are not the local ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from kafka.admin import ConfigResource, ConfigResourceType

from cjo.avro.compatibility import incompatibilities
from cjo.avro.contracts import load_schema
from cjo.avro.registry import Registry
from cjo.compile import compile_workspace
from cjo.security.registry import without_login
from cjo.settings import Settings
from cjo.spec.durations import in_words
from cjo.stack import cluster_flink
from cjo.stack.findings import Finding, guarded
from cjo.stack.flink_rest import FlinkRest
from cjo.stack.logins import look_at_logins
from cjo.stack.topic_admin import PARTITIONS, TopicState, connected, examine_topics
from cjo.topics import TOUCHPOINTS, Topic, topics_for

TRANSACTION = "transaction.max.timeout.ms"
SIZE = "max.message.bytes"
NAMED = 3


def examine_cluster(settings: Settings, workspace: Path, outage_ms: int) -> Iterator[Finding]:
    """Every finding. `ok` True: as the jobs need it; None: they run without it, and `hint` says what is better;
    False: they don't run, or lose what they should keep.

    `outage_ms` is the longest outage that shall lose no actions, as `cjo submit --outage` has it.
    """
    topics = topics_for(compile_workspace(workspace))
    yield from guarded("flink", lambda: cluster_flink.look(FlinkRest(settings.flink_url)))
    yield from look_at_logins(settings)
    yield from guarded("broker", lambda: _broker(settings.broker, outage_ms))
    yield from guarded("topics", lambda: _topics(settings.broker, topics, workspace))
    yield from guarded("registry", lambda: _registry(settings.registry_url, topics))


def _broker(broker: str, outage_ms: int) -> Iterator[Finding]:
    with connected(broker) as client:
        known = client.describe_cluster()["brokers"]
        ids = sorted(str(row["broker_id"]) for row in known if not row.get("is_fenced"))
        resources = [ConfigResource(ConfigResourceType.BROKER, number, None) for number in ids]
        configs = client.describe_configs(resources, config_filter="all")["broker"]
    yield Finding("broker", True, f"{broker}, {len(ids)} broker{'s' if len(ids) != 1 else ''}")
    least_ms = min(int(configs[number][TRANSACTION]["value"]) for number in ids)
    ok = least_ms >= outage_ms
    found = f"{TRANSACTION}: {in_words(least_ms)}; the sink asks for {in_words(outage_ms)}"
    hint = f"raise it on every broker, or give `cjo submit --outage '{in_words(least_ms)}'`: an outage longer than "
    yield Finding("transactions", ok, found, "" if ok else f"{hint}that loses actions then")


def _topics(broker: str, topics: Sequence[Topic], workspace: Path) -> Iterator[Finding]:
    states = examine_topics(broker, topics)
    for state in states:
        for difference in state.differences:
            if difference.what == PARTITIONS:
                log = f"set `partitions: {difference.got}` in {workspace}/workspace.yaml, or take a new broker"
                hint = log if difference.topic == TOUCHPOINTS else "keep the count, or remove the topic"
                yield Finding("partitions", False, str(difference), hint)
            elif difference.what == SIZE:
                small = int(difference.got) < int(difference.expected)
                hint = "`cjo topics --fix` sets it: a record that is too large fails the job again and again"
                yield Finding("sizes", False if small else None, str(difference), hint)
            else:
                yield Finding("topics", None, str(difference), "`cjo topics --fix` sets it")
    if absent := [state.topic.name for state in states if state.state == "missing"]:
        yield Finding(
            "topics", None, f"missing: {_listed(absent)}", "`cjo topics` makes them, and so does `cjo submit`"
        )
    if fine := _count(states, "ok"):
        yield Finding("topics", True, f"{fine} of {len(states)} as the workspace wants them")


def _count(states: Sequence[TopicState], word: str) -> int:
    return sum(state.state == word for state in states)


def _registry(url: str, topics: Sequence[Topic]) -> Iterator[Finding]:
    registry = Registry(url)
    subjects = set(registry.subjects())
    yield Finding("registry", True, f"{without_login(url)}, {len(subjects)} subjects")
    owned = [topic for topic in topics if topic.schema]
    if absent := [topic.subject for topic in owned if topic.subject not in subjects]:
        hint = "`cjo topics` registers them, and so does `cjo submit`"
        yield Finding("contracts", None, f"not registered: {_listed(absent)}", hint)
    bad = {topic.subject: said for topic in owned if topic.subject in subjects and (said := _unlike(registry, topic))}
    for subject, said in bad.items():
        hint = "give the registry this cjo's contract as the next version, or use the cjo that it is from"
        yield Finding("contracts", False, f"{subject} is not compatible: {said}", hint)
    if fine := len(owned) - len(absent) - len(bad):
        yield Finding("contracts", True, f"{fine} of {len(owned)} registered")


def _unlike(registry: Registry, topic: Topic) -> str:
    """Why this cjo's contract does not go with the newest registered one; empty where it does."""
    return "; ".join(incompatibilities(registry.latest(topic.subject)[1], load_schema(str(topic.schema))))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
