"""The log as the main job reads it from a real broker, decoded, filtered and projected, is what Python makes of it."""

from __future__ import annotations

import copy
import io
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import fastavro
import pytest
from kafka import KafkaProducer

from cjo.avro.codec import Writer, load_schema
from cjo.avro.contracts import needed_of, without_logical
from cjo.avro.registry import Registry
from cjo.avro.rows import row_of
from cjo.client.sources import kafka_batches
from cjo.compile import compile_workspace
from cjo.compile.tracking import load as load_tracking
from cjo.demo.shape import Shape
from cjo.demo.world import World
from cjo.engine.plan import CompiledPlan
from cjo.resources import data_dir
from cjo.settings import Settings
from cjo.simulate.log import kafka_log
from cjo.simulate.reading import Codec, Wanted
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


LONG_SCALE = {"type": "bytes", "logicalType": "decimal", "precision": 2_147_483_647, "scale": 6}
AMOUNT_OF: dict[str, Any] = {
    "two places": {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 2},
    "six places": {"type": "bytes", "logicalType": "decimal", "precision": 30, "scale": 6},
    "text": "string",
    "text or decimal": ["null", "string", {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 4}],
    "bytes": "bytes",
}


def test_records_of_other_contracts_are_read_by_avros_rules_and_decimals_by_their_own_places(
    broker: Settings, tmp_path: Path
) -> None:
    """Also by `cjo simulate`: what is no touchpoint to the job is none to it."""
    plan = compile_workspace(data_dir("journeys"))
    cases: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("two places", {"amount": AMOUNT_OF["two places"]}, {"amount": "12.5"}),
        ("two places below zero", {"amount": ["null", AMOUNT_OF["two places"]]}, {"amount": "-0.05"}),
        ("no amount", {"amount": ["null", AMOUNT_OF["two places"]]}, {"amount": None}),
        ("six places", {"amount": AMOUNT_OF["six places"]}, {"amount": "12.500000"}),
        ("places that are lost", {"amount": AMOUNT_OF["six places"]}, {"amount": "12.500001"}),
        ("too many digits", {"amount": AMOUNT_OF["six places"]}, {"amount": "123456789012345.5"}),
        ("text", {"amount": AMOUNT_OF["text"]}, {"amount": "12.5000"}),
        ("text or decimal", {"amount": AMOUNT_OF["text or decimal"]}, {"amount": "12.5000"}),
        ("bytes", {"amount": AMOUNT_OF["bytes"]}, {"amount": b"12"}),
        ("an enum", {"basket_id": {"type": "enum", "name": "Basket", "symbols": ["b1"]}}, {"basket_id": "b1"}),
        ("bytes for a text", {"basket_id": "bytes"}, {"basket_id": b"b1"}),
        ("no channel", {"channel": ["null", "string"]}, {"channel": None}),
        ("no type", {"type": ["null", "string"]}, {"type": None}),
        ("a type", {"type": ["null", "string"]}, {"type": "product_added"}),
        ("an id that is called a UUID", {"customer_id": {"type": "string", "logicalType": "uuid"}}, {}),
        (
            "a time that is called local",
            {"occurred_at": {"type": "long", "logicalType": "local-timestamp-millis"}},
            {"occurred_at": NOW},
        ),
        ("zeros without end", {"amount": LONG_SCALE}, {"amount": b"\x0f" + b"\0" * 9_000}),
        ("nothing with a huge scale", {"amount": {**LONG_SCALE, "scale": 1_000_000_000}}, {"amount": b"\0"}),
    ]
    common = {"customer_id": "c1", "channel": "web", "type": "product_added", "occurred_at": NOW, "product_id": "p1"}
    registry, values = Registry(broker.registry_url), []
    for name, changed, fields in cases:
        foreign = copy.deepcopy(load_schema("touchpoint"))
        for field in foreign["fields"]:
            if field["name"] in changed:
                field["type"] = changed[field["name"]]
                field.pop("default", None)
        write = _plain_writer(foreign, registry.register(f"foreign-{uuid.uuid4().hex[:8]}-value", foreign))
        values.append(write({"event_id": name, "basket_id": "b1", **common, **fields}))
    values.append(_referring(broker, {"event_id": "a type of another subject", **common}))

    topic = Topic(f"log-{uuid.uuid4().hex[:8]}", 2)
    found = _handed_on(broker, tmp_path, plan, [(NOW, value) for value in values], topic)

    rows = {row["event_id"]: {"subject": key, **row} for key, row in kafka_log(broker, topic.name, plan, None, None)}
    assert {row["event_id"]: row for _, row in found if "dead" not in row} == rows
    wanted = Wanted([plan], load_tracking(data_dir("journeys")))
    contract = needed_of(load_schema("touchpoint"), wanted.columns)
    parts = [Codec(wanted).read(batch) for batch in kafka_batches(broker, topic.name, None, None, contract)]
    assert sum(part.counts["touchpoints"] for part in parts) == len(rows)
    assert sum(len(part.problems) for part in parts) == len(values) - len(rows)
    assert {row["event_id"]: row.get("amount") for row in rows.values()} == {
        "two places": "12.5000",
        "two places below zero": "-0.0500",
        "no amount": None,
        "six places": "12.5000",
        "bytes for a text": None,
        "no channel": None,
        "a type": None,
        "an id that is called a UUID": None,
        "a time that is called local": None,
        "nothing with a huge scale": "0.0000",
        "a type of another subject": None,
    }
    dead = [row["dead"] for _, row in found if "dead" in row]
    assert [one["kind"] for one in dead] == ["undecodable"] * (len(values) - len(rows))


def _referring(broker: Settings, record: dict[str, Any]) -> bytes:
    """A record of a schema that refers to a type of another subject, registered as other clients do it."""
    subject = f"address-{uuid.uuid4().hex[:8]}"
    address = {
        "type": "record",
        "name": "Address",
        "namespace": "io.shop",
        "fields": [{"name": "zip", "type": "string"}],
    }
    _post(broker, subject, {"schema": json.dumps(address)})
    schema = copy.deepcopy(load_schema("touchpoint"))
    schema["fields"].append({"name": "address", "type": "io.shop.Address"})
    refers = [{"name": "io.shop.Address", "subject": subject, "version": 1}]
    answer = _post(broker, f"refers-{subject}", {"schema": json.dumps(schema), "references": refers})
    return Writer(load_schema("touchpoint"), int(answer["id"]))(record) + b"\x088001"


def _post(broker: Settings, subject: str, body: dict[str, Any]) -> Any:
    url = f"{broker.registry_url}/subjects/{subject}/versions"
    headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=30) as answer:
        return json.load(answer)


def _plain_writer(schema: dict[str, Any], schema_id: int) -> Callable[[dict[str, Any]], bytes]:
    """What a producer makes of a record with a schema of its own."""
    parsed = fastavro.parse_schema(without_logical(schema, ("uuid", "local-timestamp-millis")))

    def write(record: dict[str, Any]) -> bytes:
        amount = record.get("amount")
        is_text = isinstance(amount, str) and "string" not in str(_type_of(schema, "amount"))
        out = io.BytesIO(b"\0" + schema_id.to_bytes(4, "big"))
        out.seek(0, io.SEEK_END)
        fastavro.schemaless_writer(out, parsed, {**record, "amount": Decimal(amount)} if is_text else record)
        return out.getvalue()

    return write


def _type_of(schema: dict[str, Any], name: str) -> Any:
    return next(field["type"] for field in schema["fields"] if field["name"] == name)


def _odd() -> list[tuple[int, dict[str, Any]]]:
    common = {"customer_id": "c1", "channel": "web", "type": "page_viewed", "occurred_at": NOW}
    return [(NOW, {**common, "event_id": f"odd-{number}", "attributes": one}) for number, one in enumerate(ODD)]


def _check(broker: Settings, folder: Path, plan: dict[str, Any], log: list[tuple[int, dict[str, Any]]]) -> None:
    write = Writer(load_schema("touchpoint"), register_schemas(broker.registry_url, topics_for(plan))[TOUCHPOINTS])
    found = _handed_on(broker, folder, plan, [(ms, write(one)) for ms, one in log])

    compiled = CompiledPlan(plan)
    rows: dict[str, tuple[str, dict[str, Any]]] = {}
    wanted: set[tuple[str, str]] = set()
    for ms, one in log:
        taken = row_of(one, ms, plan["columns"])
        if taken is not None:
            subject, row = rows[one["event_id"]] = taken
            keys = [subject] if compiled.wanted.match(row) is not None else []
            wanted |= {(key, row["event_id"]) for key in [*keys, *compiled.others_of(row)]}
    mine = {(key, row["event_id"]): row for key, row in found}
    assert len(wanted) > 1
    assert wanted <= set(mine)  # the filter may let more through
    for (key, event_id), row in mine.items():
        assert row == {"subject": key, **rows[event_id][1]}


def _handed_on(
    broker: Settings, folder: Path, plan: dict[str, Any], log: list[tuple[int, bytes]], topic: Topic | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """What the query makes of a log. It is a topic of its own: other tests of this broker ask the log the time."""
    topics, topic = topics_for(plan), topic or Topic(f"log-{uuid.uuid4().hex[:8]}", 2)
    make_topics(broker.broker, [topic])
    ids = register_schemas(broker.registry_url, topics)
    ends = _append(broker, topic.name, log)
    jars = [*(path_of(broker, jar) for jar in jars_for("flink")), own_jar(broker)]
    options = {"parallelism": 1, "flink": {"pipeline.jars": ";".join(path.as_uri() for path in jars)}}
    return _run(folder, {"submission": describe(broker, plan, topics, ids, options), "topic": topic.name, "ends": ends})


def _append(broker: Settings, topic: str, log: list[tuple[int, bytes]]) -> dict[int, int]:
    """Writes these records; returns where the log ends then, by partition."""
    producer = KafkaProducer(bootstrap_servers=broker.broker, acks="all")
    try:
        sent = [producer.send(topic, value, b"k", timestamp_ms=ms) for ms, value in log]
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
