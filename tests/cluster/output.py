"""What a job wrote, as a consumer reads it, and how it differs from what it should have written."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kafka import TopicPartition

from cjo.client.connect import consumer, partitions_by
from cjo.client.reader import read
from cjo.settings import Settings
from cjo.topics import ACTIONS_PREFIX, DECISIONS, MOMENTS, action_topics

Output = dict[str, dict[str, list[dict[str, Any]]]]
"""Records by topic and key, in the order of their partition."""
EXAMPLES = 3


def topics_of(plan: dict[str, Any]) -> list[str]:
    """The topics that a consumer reads."""
    return [MOMENTS, DECISIONS, *action_topics(plan)]


def read_output(settings: Settings, plan: dict[str, Any]) -> Output:
    """Everything committed."""
    output: Output = {}
    for topic in topics_of(plan):
        for record in read(topic, settings):
            assert record.error is None, record
            assert record.key is not None, record
            output.setdefault(topic, {}).setdefault(record.key, []).append(record.value or {})
    return output


def aborted(settings: Settings, plan: dict[str, Any]) -> int:
    """How many records more a reader of uncommitted records sees: those of open and of aborted transactions."""
    return sum(_count(settings, topic, False) - _count(settings, topic, True) for topic in topics_of(plan))


class Uncommitted:
    """How many records of a topic lie behind its last stable offset, in transactions that are open right now."""

    def __init__(self, settings: Settings, topic: str) -> None:
        self._clients = [consumer(settings.broker, committed) for committed in (True, False)]
        numbers = partitions_by(self._clients[0], settings.broker, topic)
        self._places = [TopicPartition(topic, number) for number in numbers]

    def __enter__(self) -> Uncommitted:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.close()

    def count(self) -> int:
        """Of all partitions; a transaction that has just ended counts as one that is not open."""
        stable, newest = (sum(client.end_offsets(self._places).values()) for client in self._clients)
        return newest - stable


def size(output: Output) -> dict[str, int]:
    """How many records each topic holds."""
    return {topic: sum(map(len, keys.values())) for topic, keys in sorted(output.items())}


def differences(found: Output, wanted: Output) -> list[str]:
    """One line for each way in which `found` differs from `wanted`, with examples; empty where they are equal."""
    lines: list[str] = []
    for topic in sorted({*found, *wanted}):
        lines += _differences(topic, found.get(topic, {}), wanted.get(topic, {}))
    return lines


def _differences(
    topic: str, found: dict[str, list[dict[str, Any]]], wanted: dict[str, list[dict[str, Any]]]
) -> list[str]:
    have, want = _counted(topic, found), _counted(topic, wanted)
    repeated = [name for name, count in have.items() if count > max(1, want[name])]
    lines = _line(topic, "repeated", repeated)
    lines += _line(topic, "lost", [name for name in want if name not in have])
    lines += _line(topic, "not expected", [name for name in have if name not in want])
    if not lines:
        unlike = [key for key in wanted if found[key] != wanted[key]]
        lines += _line(topic, "keys with other content or order", [_first_unlike(found, wanted, key) for key in unlike])
    return lines


def _line(topic: str, what: str, examples: list[Any]) -> list[str]:
    return [f"{topic}: {len(examples)} {what}, such as {examples[:EXAMPLES]}"] if examples else []


def _first_unlike(found: dict[str, list[dict[str, Any]]], wanted: dict[str, list[dict[str, Any]]], key: str) -> Any:
    return next(
        (key, place, {name: (have.get(name), want[name]) for name in want if have.get(name) != want[name]})
        for place, (have, want) in enumerate(zip(found[key], wanted[key], strict=True))
        if have != want
    )


def _counted(topic: str, records: dict[str, list[dict[str, Any]]]) -> Counter[tuple[str, ...]]:
    return Counter((key, *_identity(topic, record)) for key, kept in records.items() for record in kept)


def _identity(topic: str, record: dict[str, Any]) -> tuple[str, ...]:
    if topic.startswith(ACTIONS_PREFIX):
        return record["action_id"], record["kind"]
    return (record["moment_id" if topic == MOMENTS else "decision_id"],)


def _count(settings: Settings, topic: str, committed: bool) -> int:
    return sum(1 for _ in read(topic, settings, committed=committed))
