"""The log as the main job reads it from a real broker, decoded, filtered and projected, is what Python makes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from cjo.avro.codec import Writer, load_schema
from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.demo.shape import Shape
from cjo.demo.world import World
from cjo.engine.plan import CompiledPlan
from cjo.resources import data_dir
from cjo.settings import Settings
from cjo.stack.coordinates import jars_for
from cjo.stack.jars import path_of
from cjo.stack.java import java_home
from cjo.stack.java_build import own_jar
from cjo.stack.topic_admin import make_topics, register_schemas
from cjo.submission.submit import describe
from cjo.topics import TOUCHPOINTS, Topic, topics_for
from tests.compile.test_subjects import SUBJECTS, with_subjects

pytestmark = [pytest.mark.flink, pytest.mark.broker]

NOW = int(time.time() * 1000) // 3_600_000 * 3_600_000
ODD: list[dict[str, str]] = [
    {},
    {"topic": "loan"},
    {"topic": ""},
    {"topic": "loan", "Topic": "other", "topic ": "other", "topi": "other", "": "other"},
    {"zz": "\u0000 \u0001 \u001f", "topic": "loan", 'tab\t "quoted" \\ back\\\\': "line\nbreak \u2028 \u007f / é 😀"},
    {"a": "x" * 5_000, "topic": "loan", "account_id": 'it\'s "ü" \\ 😀'},
    {f"name_{number}": "v" * number for number in range(300)} | {"topic": "loan", "account_id": "A17"},
]
"""Attributes of touchpoints: of all, what the filter looks at and what it does not must come through as it is."""


def test_the_log_comes_to_python_as_python_would_read_it(broker: Settings, tmp_path: Path) -> None:
    world = World(Shape(NOW, seed=3, customers=100, touchpoints=3_000, bad_share=0.0)).records()
    plain = [(one.timestamp_ms, dict(one.touchpoint)) for one in world]
    _check(broker, tmp_path, compile_workspace(data_dir("journeys")), plain + _odd())


def test_with_other_subjects_too(broker: Settings, tmp_path: Path) -> None:
    _check(broker, tmp_path, compile_workspace(with_subjects(tmp_path / "workspace", SUBJECTS)), _odd())


def _odd() -> list[tuple[int, dict[str, Any]]]:
    common = {"customer_id": "c1", "channel": "web", "type": "page_viewed", "occurred_at": NOW}
    return [(NOW, {**common, "event_id": f"odd-{number}", "attributes": one}) for number, one in enumerate(ODD)]


def _check(broker: Settings, folder: Path, plan: dict[str, Any], log: list[tuple[int, dict[str, Any]]]) -> None:
    """A topic of its own: other tests of this broker ask the log what time it is."""
    topics, topic = topics_for(plan), Topic(f"log-{uuid.uuid4().hex[:8]}", 2)
    make_topics(broker.broker, [topic])
    ids = register_schemas(broker.registry_url, topics)
    ends = _append(broker, topic.name, ids[TOUCHPOINTS], log)
    jars = [*(path_of(broker, jar) for jar in jars_for("flink")), own_jar(broker)]
    options = {"parallelism": 1, "flink": {"pipeline.jars": ";".join(path.as_uri() for path in jars)}}
    found = _run(
        folder, {"submission": describe(broker, plan, topics, ids, options), "topic": topic.name, "ends": ends}
    )

    compiled = CompiledPlan(plan)
    rows: dict[str, tuple[str, dict[str, Any]]] = {}
    wanted: set[tuple[str, str]] = set()
    for ms, one in log:
        taken = row_of(one, ms, plan["columns"])
        if taken is not None:
            subject, row = rows[one["event_id"]] = taken
            keys = [subject] if compiled.match(row) is not None else []
            wanted |= {(key, row["event_id"]) for key in [*keys, *compiled.others_of(row)]}
    mine = {(key, row["event_id"]): row for key, row in found}
    assert len(wanted) > 1
    assert wanted <= set(mine)  # the filter may let more through
    for (key, event_id), row in mine.items():
        assert row == {"subject": key, **rows[event_id][1]}


def _append(broker: Settings, topic: str, schema_id: int, log: list[tuple[int, dict[str, Any]]]) -> dict[int, int]:
    """Writes these touchpoints; returns where the log ends then, by partition."""
    write = Writer(load_schema("touchpoint"), schema_id)
    producer = KafkaProducer(bootstrap_servers=broker.broker, acks="all")
    try:
        sent = [producer.send(topic, write(one), b"k", timestamp_ms=ms) for ms, one in log]
        places = [future.get(30) for future in sent]
    finally:
        producer.close()
    return {number: 1 + max(place.offset for place in places if place.partition == number)
            for number in {place.partition for place in places}}  # fmt: skip


def _run(folder: Path, given: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    (folder / "in.json").write_text(json.dumps(given), encoding="utf-8")
    environment = {**os.environ, "JAVA_HOME": str(java_home()), "FLINK_LOG_DIR": str(folder)}
    command = [sys.executable, "-m", "tests.flink.log_job", str(folder / "in.json"), str(folder / "out.json")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return [(key, json.loads(text)) for key, text in found]
