"""`cjo guard` over committed decisions on the real broker: the pause is a control record (R7)."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path

import pytest
from kafka import KafkaProducer

from cjo.avro.codec import Writer, load_schema
from cjo.cli.main import main
from cjo.compile import compile_workspace
from cjo.engine.halts import PAUSE
from cjo.settings import Settings
from cjo.stack.topic_admin import make_topics, register_schemas
from cjo.submission import control
from cjo.submission.logtime import newest_ms
from cjo.submission.running import running, submission_record
from cjo.topics import DECISIONS, topics_for
from tests.client.records import decision
from tests.spec import workspaces

pytestmark = pytest.mark.broker


def test_a_journey_that_sends_too_much_is_paused_and_another_is_not(
    broker: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in broker.environment.items():
        monkeypatch.setenv(name, value)
    name = f"guarded-{uuid.uuid4().hex[:8]}"
    guarded = ("journey: win-back\nowner: shop", f"journey: {name}\nowner: shop\nguard: {{sends: 5, per: 1 hour}}")
    plan = compile_workspace(workspaces.write(tmp_path, journey=guarded))
    topics = topics_for(plan)
    make_topics(broker.broker, topics)
    ids = register_schemas(broker.registry_url, topics)
    known = control.recorded(broker)
    plan, records = control.numbered(plan, known)
    control.publish(broker, [*records, submission_record(plan, known, "job-1", {})])
    now_ms = int(time.time() * 1000)
    write, client = Writer(load_schema("decision"), ids[DECISIONS]), KafkaProducer(bootstrap_servers=broker.broker)
    for number in range(9):
        for journey in (name, "another"):
            value = decision(now_ms + number, journey=journey, outcome="accepted", reason="sent", mode="live").value
            client.send(DECISIONS, write({**(value or {}), "journey_version": "1"}), b"c1", timestamp_ms=now_ms)
    client.close()
    log_ms = newest_ms(broker)  # of what other tests have left in the log, or this machine's time

    assert main(["guard", "--once", "--json"]) == 0

    [told] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (told["journey"], told["sends"], told["allowed"]) == (name, 6, 5)
    halt = running(control.recorded(broker), plan["workspace"]["name"]).held[name]
    assert halt.kind == PAUSE
    assert halt.since_ms > log_ms
