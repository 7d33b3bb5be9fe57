"""Rows for the sinks: topic, key, encoded record, and which of the two sinks it belongs to."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from cjo.avro.codec import Reader, load_schema
from cjo.compile import compile_workspace
from cjo.resources import data_dir
from cjo.topics import topics_for
from tests.engine import build
from udfs.records import DEAD_VALUE_BYTES_MAX, Records, dead_letter

DEAD = {"topic": "touchpoints", "partition": 3, "offset": 7, "ts": 5, "kind": "undecodable", "error": "no"}


class Schemas:
    """The registry's answers for ids that count through the topics."""

    def __init__(self, names: dict[int, str]) -> None:
        self._names = names

    def schema(self, schema_id: int) -> dict[str, Any]:
        return load_schema(self._names[schema_id])


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    made = compile_workspace(Path(data_dir("journeys")))
    made["workspace"]["emits"] = {"crm-tasks": {"topic": "crm.tasks", "expires_ms": 1}}
    return made


@pytest.fixture(scope="module")
def encoded(plan: dict[str, Any]) -> tuple[Records, Reader]:
    topics = [topic for topic in topics_for(plan) if topic.schema]
    ids = {topic.name: number for number, topic in enumerate(topics, 1)}
    contracts = {str(topic.schema): load_schema(str(topic.schema)) for topic in topics}
    names = {ids[topic.name]: str(topic.schema) for topic in topics}
    return Records(plan, contracts, ids), Reader(Schemas(names))


def action(channel: str) -> dict[str, Any]:
    texts = dict.fromkeys(
        ("action_id", "customer_id", "journey", "journey_version", "run_id", "step", "purpose", "kind"), "x"
    )
    return {**texts, "channel": channel, "decided_at": 1, "not_before": 1, "expires_at": 2}


def test_an_action_goes_to_its_channel_and_only_a_real_time_one_at_once(encoded: tuple[Records, Reader]) -> None:
    records, read = encoded
    mail, web = (records.of_effect("action", action(channel)) for channel in ("email", "web"))
    assert (mail[0], mail[1], mail[3]) == ("actions.email", "x", True)
    assert (web[0], web[1], web[3]) == ("actions.web", "x", False)
    assert read(mail[2])["expires_at"] == 2


def test_what_a_run_emits_goes_to_the_topic_of_the_emit_exactly_once(encoded: tuple[Records, Reader]) -> None:
    values = {"n": ("int", build.lit(3, "int")), "dear": ("bool", build.lit(True, "bool"))}
    given = {"total": ["moment", "total", "decimal"], "items": ["moment", "items", "list"]}
    given |= {name: ["run", name, kind] for name, (kind, _) in values.items()}
    spec = build.journey(steps=[build.update(**values), build.emit(**{"with": given})])
    rows = [build.tp("product_added", 0, amount="12.5000")]
    (emitted,) = build.play(build.plan(build.absence(), spec), rows).actions

    topic, key, value, exactly_once = encoded[0].of_effect("action", emitted)

    assert (topic, key, exactly_once) == ("crm.tasks", "c1", True)
    read = encoded[1](value)
    assert (read["channel"], read["template"], read["content"]) == ("crm-tasks", None, {})
    assert read["variables"] == {"total": "12.50", "items": ["p1"], "n": 3, "dear": True}


def test_a_dead_record_is_keyed_by_its_place(encoded: tuple[Records, Reader]) -> None:
    records, read = encoded
    topic, key, value, exactly_once = records.of_dead({**DEAD, "value": base64.b64encode(b"abc").decode()})
    assert (topic, key, exactly_once) == ("deadletters", "touchpoints/3/7", True)
    assert read(value)["value"] == b"abc"


def test_a_huge_value_is_cut_and_told_by_size_and_hash() -> None:
    whole = bytes(DEAD_VALUE_BYTES_MAX + 1)
    letter = dead_letter({**DEAD, "value": base64.b64encode(whole).decode()})
    assert letter["value"] == whole[:-1]
    assert letter["size"] == len(whole)
    assert letter["sha256"] == hashlib.sha256(whole).hexdigest()


def test_a_tombstone_has_no_value_no_hash_and_no_size() -> None:
    letter = dead_letter({**DEAD, "kind": "tombstone", "key": base64.b64encode(b"k").decode(), "value": None})
    assert (letter["key"], letter["value"], letter["size"], letter["sha256"]) == (b"k", None, -1, None)


def test_an_unknown_effect_is_an_error(encoded: tuple[Records, Reader]) -> None:
    with pytest.raises(ValueError, match="outcome"):
        encoded[0].of_effect("outcome", {})


def test_a_moment_handed_on_goes_into_the_log_without_a_transaction(encoded: tuple[Records, Reader]) -> None:
    """S5: its repeats count once, and a transaction would hold back what others write into the log."""
    touchpoint = {
        "event_id": "e", "customer_id": "c1", "channel": "system", "type": "moment_reached", "occurred_at": 5,
        "attributes": {"moment_id": "m", "signal": "s"},
    }  # fmt: skip
    records, read = encoded
    row = records.of_effect("touchpoint", touchpoint)
    assert (row.topic, row.key, row.exactly_once) == ("touchpoints", "c1", False)
    found = read(row.value)
    assert {name: found[name] for name in touchpoint} == touchpoint
