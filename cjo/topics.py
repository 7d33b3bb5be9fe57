"""The topics that cjo reads and writes, as data: name, partitions, limits, contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MIB = 1024 * 1024
DAY_MS = 86_400_000
UNLIMITED = -1
LONG_MAX = 2**63 - 1

TOUCHPOINTS = "touchpoints"
CONTROL = "control"
MEMORY = "memory"
MOMENTS = "moments"
DECISIONS = "decisions"
DEADLETTERS = "deadletters"
ALERTS, PROFILES, OUTCOMES = "alerts", "profiles", "outcomes"
ACTIONS_PREFIX = "actions."
OWN = (TOUCHPOINTS, CONTROL, MEMORY, MOMENTS, DECISIONS, DEADLETTERS, ALERTS, PROFILES, OUTCOMES)


@dataclass(frozen=True)
class Topic:
    """One topic. `schema` is the contract of its values, a file name in schemas/ without the ending; None: not Avro."""

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)
    schema: str | None = None

    @property
    def subject(self) -> str:
        """The registry's name for the contract of this topic's values."""
        return f"{self.name}-value"


def topics_for(plan: Mapping[str, Any]) -> list[Topic]:
    """Every topic that the jobs of `plan` need, the log first.

    The log's partition count is the workspace's and fixed once it holds data. Its retention goes by the record's
    timestamp, so a shorter one than the longest warm-up would delete touchpoints that are loaded with old times.
    """
    workspace = plan["workspace"]
    partitions = int(workspace["partitions"])
    log_retention_ms = int(workspace.get("retention_ms") or UNLIMITED)
    return [
        Topic(TOUCHPOINTS, partitions, _config(log_retention_ms, 2 * MIB), "touchpoint"),
        Topic(CONTROL, 1, _config(UNLIMITED, 4 * MIB)),
        Topic(MEMORY, partitions, _config(30 * DAY_MS, 4 * MIB)),
        Topic(MOMENTS, partitions, _config(90 * DAY_MS, 2 * MIB), "moment"),
        Topic(DECISIONS, partitions, _config(UNLIMITED, 2 * MIB), "decision"),
        *(Topic(name, partitions, _config(30 * DAY_MS, 2 * MIB), "action") for name in action_topics(plan)),
        Topic(DEADLETTERS, partitions, _config(90 * DAY_MS, 4 * MIB), "dead_letter"),
    ]


def action_topics(plan: Mapping[str, Any]) -> list[str]:
    """Names of the action topics of all channels and emits, each once, in the workspace's order."""
    workspace = plan["workspace"]
    places: Iterable[Mapping[str, Any]] = [*workspace["channels"].values(), *(workspace.get("emits") or {}).values()]
    return list(dict.fromkeys(place["topic"] for place in places))


def _config(retention_ms: int, message_bytes: int) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(retention_ms),
        "max.message.bytes": str(message_bytes),
        "message.timestamp.type": "CreateTime",
        "message.timestamp.before.max.ms": str(LONG_MAX),
        "message.timestamp.after.max.ms": str(3_600_000),
    }
