"""Every command of a client works where broker and registry want a login over TLS, and none tells the secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kafka import TopicPartition

import cjo
from cjo.cli.main import main
from cjo.client import TouchpointProducer, connect, read
from cjo.demo.filler import Filler
from cjo.errors import CjoError, RegistryError, StackError
from cjo.settings import Settings
from cjo.stack.topic_admin import make_topics
from cjo.topics import TOUCHPOINTS, Topic
from tests.avro.test_registry_answers import answering
from tests.security.secured import OAUTH, PASSWORDS, token

pytestmark = pytest.mark.broker
TOUCH = {"event_id": "e1", "customer_id": "c1", "channel": "web", "type": "signed_up", "attributes": {"source": "x"}}
STARTER = Path(cjo.__file__).parent / "starter"


@pytest.fixture
def commands(secured: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The options that a command needs; everything else is in the environment."""
    for name, value in secured.environment.items():
        if name not in ("CJO_KAFKA_CONFIG", "CJO_REGISTRY_CONFIG"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("CJO_WORKSPACE", str(STARTER))
    return ["--kafka-config", str(secured.kafka_config), "--registry-config", str(secured.registry_config)]


def test_topics_send_tail_why_and_doctor(
    secured: Settings, commands: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "touch.jsonl"
    file.write_text(json.dumps(TOUCH))

    assert main(["topics", *commands]) == 0
    assert main(["topics", "--check", *commands]) == 0
    assert main(["send", str(file), "--now", *commands]) == 0
    filler = Filler(secured.broker, TOUCHPOINTS)
    filler.send(0, 1_763_295_200_000, b"c2", b"not avro")
    filler.flush()
    assert main(["tail", TOUCHPOINTS, "--from-beginning", "--json", *commands]) == 0
    assert main(["why", "c1", *commands]) == 0
    assert main(["doctor", *commands]) in (0, 1)  # memory and disk of this machine count too

    told = capsys.readouterr()
    assert told.out.count('"customer_id": "c1"') == 1
    assert "as the workspace" in told.out
    for secret in PASSWORDS.values():
        assert secret not in told.out + told.err + repr(secured)


@pytest.mark.parametrize(
    ("variable", "kind", "words"),
    [
        ("CJO_TEST_KAFKA_PASSWORD", StackError, ["kafka.properties", "Bootstrap connection to"]),
        ("CJO_TEST_REGISTRY_PASSWORD", RegistryError, ["CJO_REGISTRY_CONFIG", "401"]),
    ],
)
def test_a_wrong_password_is_told_with_the_file_and_without_the_password(
    secured: Settings, monkeypatch: pytest.MonkeyPatch, variable: str, kind: type[CjoError], words: list[str]
) -> None:
    monkeypatch.setenv(variable, "wr0ng")
    monkeypatch.setattr(connect, "BOOTSTRAP_MS", 2_000)

    with pytest.raises(kind) as error:
        if kind is StackError:
            list(read(TOUCHPOINTS, secured))
        else:
            TouchpointProducer(secured)

    assert all(word in str(error.value) for word in words)
    assert "wr0ng" not in str(error.value)


def test_tokens_open_the_same_door_for_both_kinds_of_client(secured: Settings, tmp_path: Path) -> None:
    topic = Topic("touchpoints.oauth", 1)
    body = json.dumps({"access_token": token("shop"), "token_type": "Bearer", "expires_in": 3600})
    with answering(200, body.encode()) as address:
        (tmp_path / "oauth.properties").write_text(f"{OAUTH}{address}/token\n")
        broker = Settings.load({}, broker=secured.broker, kafka_config=tmp_path / "oauth.properties").broker
        make_topics(broker, [topic])
        filler = Filler(broker, topic.name)
        filler.send(0, 1_763_295_200_000, b"c", b"{}")
        filler.flush()
        client = connect.consumer(broker)
        assert list(client.end_offsets([TopicPartition(topic.name, 0)]).values()) == [1]
        client.close()
