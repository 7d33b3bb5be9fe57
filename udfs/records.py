"""From the engine's effects and from dead records to rows for the sinks: (topic, key, value, exactly_once)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final

from cjo.avro.codec import Writer
from cjo.topics import DEADLETTERS, DECISIONS, MOMENTS, TOUCHPOINTS, topics_for
from udfs.transition import OutRow

DEAD_VALUE_BYTES_MAX: Final = 262_144
"""A dead record's value is cut here: with its framing it must fit any topic, and the hash tells the rest."""


class Records:
    """Encodes records for the topics of one plan, with the contracts and the registry's ids of the submission.

    `contracts` is by name (`moment`), `schema_ids` by topic (`moments`). Actions of a real-time channel go out at once,
    at least once, and so do touchpoints, whose repeats count once (S5): in a transaction they would hold back all that
    others write into the log. All else becomes visible with a checkpoint, exactly once.
    """

    def __init__(
        self, plan: Mapping[str, Any], contracts: Mapping[str, Mapping[str, Any]], schema_ids: Mapping[str, int]
    ) -> None:
        self._writers = {
            topic.name: Writer(contracts[topic.schema], schema_ids[topic.name])
            for topic in topics_for(plan)
            if topic.schema
        }
        channels = plan["workspace"]["channels"]
        places = {**channels, **(plan["workspace"].get("emits") or {})}
        self._action_topics = {name: place["topic"] for name, place in places.items()}
        self._prompt = {name for name, channel in channels.items() if channel.get("real_time")}

    def of_effect(self, kind: str, record: Mapping[str, Any]) -> OutRow:
        """The row of a moment, decision, action or touchpoint."""
        if kind == "decision":
            return self._row(DECISIONS, record["customer_id"], record)
        if kind == "moment":
            return self._row(MOMENTS, record["subject"], record)
        if kind == "action":
            channel = record["channel"]
            topic = self._action_topics[channel]
            return self._row(topic, record["customer_id"], record, exactly_once=channel not in self._prompt)
        if kind == "touchpoint":
            return self._row(TOUCHPOINTS, record["customer_id"], record, exactly_once=False)
        raise ValueError(f"no topic for an effect {kind!r}")

    def of_dead(self, dead: Mapping[str, Any]) -> OutRow:
        """The row of a record that could not be read, its bytes cut, with the size and hash of the whole."""
        key = f"{dead['topic']}/{dead['partition']}/{dead['offset']}"
        return self._row(DEADLETTERS, key, dead_letter(dead))

    def _row(self, topic: str, key: str, record: Mapping[str, Any], exactly_once: bool = True) -> OutRow:
        return OutRow(topic, key, self._writers[topic](record), exactly_once)


def dead_letter(dead: Mapping[str, Any]) -> dict[str, Any]:
    """The DeadLetter record of `{"topic", "partition", "offset", "ts", "kind", "error", "key", "value"}`."""
    value = _bytes(dead.get("value"))
    return {
        "topic": dead["topic"],
        "partition": dead["partition"],
        "offset": dead["offset"],
        "record_timestamp": dead["ts"],
        "kind": dead["kind"],
        "error": dead["error"],
        "key": _bytes(dead.get("key")),
        "value": None if value is None else value[:DEAD_VALUE_BYTES_MAX],
        "size": -1 if value is None else len(value),
        "sha256": None if value is None else hashlib.sha256(value).hexdigest(),
    }


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
