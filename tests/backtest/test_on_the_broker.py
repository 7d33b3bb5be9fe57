"""`cjo backtest --kafka`: signals over a time range of the log itself."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from cjo.cli.main import main
from cjo.settings import Settings
from cjo.stack.topic_admin import make_topics, register_schemas
from cjo.topics import Topic
from tests.backtest.test_backtest import LOG, line, moments

pytestmark = pytest.mark.broker
OLD_IS_FINE = {"message.timestamp.before.max.ms": str(2**63 - 1), "retention.ms": "-1"}


def test_a_time_range_of_the_log(
    broker: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in broker.environment.items():
        monkeypatch.setenv(name, value)
    topic = Topic(f"touchpoints.{uuid.uuid4().hex[:8]}", 4, OLD_IS_FINE, "touchpoint")
    make_topics(broker.broker, [topic])
    register_schemas(broker.registry_url, [topic])
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps(one) + "\n" for one in [*LOG, line(9, "2026-03-07T10:00:00Z", "page_viewed")]))
    assert main(["send", str(log), "--log-time", "--topic", topic.name]) == 0
    words = ["backtest", "basket_abandoned", "--kafka", "--topic", topic.name]
    capsys.readouterr()

    assert main(words) == 0
    every = moments(capsys.readouterr().out)
    assert [at for _, _, at in every] == [
        "2026-03-02T10:30:00.000Z",
        "2026-03-03T23:20:00.000Z",
        "2026-03-05T10:30:00.000Z",
    ]

    assert main([*words, "--from", "2026-03-03T00:00:00Z", "--to", "2026-03-05T00:00:00Z"]) == 0
    out, err = capsys.readouterr()
    assert moments(out) == every[1:2]
    assert err.startswith("6 touchpoints from 2026-03-02T10:00:00.000Z to 2026-03-05T10:20:00.000Z")
    assert "complete from" not in err
