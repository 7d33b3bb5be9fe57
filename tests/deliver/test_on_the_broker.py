"""Actions in Kafka, mail servers and webhooks on loopback, feedback in the log: the command as it is run."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from cjo.avro.codec import Writer, load_schema
from cjo.avro.registry import Registry
from cjo.client import read
from cjo.client.partition import partition_of
from cjo.settings import Settings
from cjo.stack.topic_admin import make_topics, register_schemas
from cjo.topics import TOUCHPOINTS, Topic, topics_for
from tests.deliver.servers import Mail, Web, closing
from tests.deliver.worlds import action, cancel
from tests.spec import workspaces

pytestmark = pytest.mark.broker

PARTITIONS = 4
HOUR_MS = 3_600_000
PATIENCE_S = 60.0
SECRET = base64.b64encode(b"0123456789abcdef01234567").decode()


class Topics:
    """An action topic of its own, written as the job writes: in transactions."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.name = f"actions.{uuid.uuid4().hex[:8]}"
        plan = {"workspace": {"partitions": PARTITIONS, "channels": {}}}
        topics = [*topics_for(plan), Topic(self.name, PARTITIONS, {}, "action")]
        make_topics(settings.broker, topics)
        register_schemas(settings.registry_url, topics)
        schema = load_schema("action")
        self._encode = Writer(schema, Registry(settings.registry_url).register(f"{self.name}-value", schema))
        self._producer = KafkaProducer(bootstrap_servers=settings.broker, transactional_id=self.name)
        self._producer.init_transactions()

    def write(self, *actions: dict[str, Any], commit: bool = True) -> None:
        self._producer.begin_transaction()
        for one in actions:
            key = one["customer_id"]
            place = partition_of(key, PARTITIONS)
            self._producer.send(self.name, key=key.encode(), value=self._encode(one), partition=place)
        self._producer.flush()
        if commit:
            self._producer.commit_transaction()
        else:
            self._producer.abort_transaction()

    def committed(self, group: str) -> int:
        """How many offsets the group has passed, all partitions together."""
        client = KafkaConsumer(bootstrap_servers=self.settings.broker, group_id=group, enable_auto_commit=False)
        try:
            places = [TopicPartition(self.name, number) for number in range(PARTITIONS)]
            return sum(client.committed(place) or 0 for place in places)
        finally:
            client.close(autocommit=False)

    def feedback(self, run: str) -> list[tuple[str, str, str | None]]:
        """(type, action, reason) of every touchpoint about actions of this run, each event id once."""
        found = {}
        for record in read(TOUCHPOINTS, self.settings):
            value = record.value or {}
            about = (value.get("attributes") or {}).get("action_id", "")
            if about.startswith(run):
                assert record.key == value["customer_id"]
                found[value["event_id"]] = (value["type"], about, value["attributes"].get("reason"))
        return sorted(found.values())

    def close(self) -> None:
        self._producer.close()


@pytest.fixture
def topics(broker: Settings) -> Iterator[Topics]:
    made = Topics(broker)
    yield made
    made.close()


@pytest.fixture
def run() -> str:
    """What the ids of this test's actions begin with."""
    return f"r{uuid.uuid4().hex[:8]}-"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def live(run: str, number: int, customer: str = "c1", **more: Any) -> dict[str, Any]:
    """A request that holds from now for an hour."""
    now = now_ms()
    times = {"decided_at": now, "not_before": now, "expires_at": now + HOUR_MS}
    return action(number, customer, **{**times, "action_id": f"{run}{number}", **more})


def workspace(folder: Path, topics: Topics, carrier: str) -> Path:
    """A workspace whose emit `out` goes to the topic, and its deliver.yaml."""
    emits = ("channels:", f"emits: {{out: {{topic: {topics.name}}}}}\nchannels:")
    workspaces.write(folder, workspace=emits)
    text = f"carriers: {{it: {{{carrier}}}}}\nchannels: {{out: it}}\ngroup: g-{topics.name[-8:]}\njournal: journal.db\n"
    (folder / "deliver.yaml").write_text(text)
    return folder / "deliver.yaml"


def command(path: Path, settings: Settings, *options: str) -> subprocess.Popen[str]:
    env = {**os.environ, **settings.environment, "CRM_SECRET": SECRET}
    words = [sys.executable, "-m", "cjo.cli", "deliver", str(path), "--json", *options]
    return subprocess.Popen(words, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def once(path: Path, settings: Settings) -> list[dict[str, Any]]:
    """The events of one whole run."""
    process = command(path, settings, "--once")
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    return [json.loads(line) for line in out.splitlines()]


def until(is_so: Callable[[], bool]) -> None:
    patient_until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < patient_until
        time.sleep(0.05)


def hook(web: Web) -> str:
    return f'kind: webhook, url: "{web.url}", secret_env: CRM_SECRET, backoff: 10 ms, backoff_max: 50 ms'


def ids(web: Web) -> list[str]:
    return [json.loads(got.body)["action_id"] for got in web.got]


def test_d4_d9_f1_what_is_asked_for_goes_out_once_and_comes_back_as_feedback(
    tmp_path: Path, topics: Topics, run: str
) -> None:
    with closing(Web()) as web:
        path = workspace(tmp_path, topics, hook(web))
        web.answers += [500, "drop", (503, {"Retry-After": "0"}), 422]
        topics.write(live(run, 9), commit=False)  # taken back by a failure of the job
        topics.write(live(run, 1), live(run, 2))
        topics.write(
            live(run, 3, "c3", expires_at=now_ms() - 1),
            live(run, 4, "c4", mode="shadow"),
            live(run, 5, "c5", not_before=now_ms() + HOUR_MS, expires_at=now_ms() + 2 * HOUR_MS),
            {**cancel(5, "c5"), "action_id": f"{run}5"},
        )
        events = once(path, topics.settings)
        told = [(event["event"], event["action_id"]) for event in events if event["event"] != "ready"]
        assert set(told) >= {("failed", f"{run}1"), ("delivered", f"{run}2"), ("failed", f"{run}3")}
        assert ids(web) == [f"{run}1"] * 4 + [f"{run}2"]
        expected = [
            ("action_delivered", f"{run}2", None),
            ("action_failed", f"{run}1", "refused"),
            ("action_failed", f"{run}3", "expired"),
            ("action_failed", f"{run}5", "cancelled"),
        ]
        assert topics.feedback(run) == expected
        assert [event["event"] for event in once(path, topics.settings)] == ["ready"]
        assert topics.feedback(run) == expected and len(web.got) == 5


def test_f1_killed_again_and_again_it_delivers_everything_and_repeats_only_under_the_same_id(
    tmp_path: Path, topics: Topics, run: str
) -> None:
    count = 300
    with closing(Web()) as web:
        path = workspace(tmp_path, topics, hook(web) + ", rate: 200 per second")
        topics.write(*(live(run, number, f"c{number % 40}") for number in range(count)))
        for kill_at in (40, 110, 190):
            process = command(path, topics.settings)
            until(lambda at=kill_at: len(web.got) >= at)  # type: ignore[misc]
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
        events = once(path, topics.settings)
        sent = ids(web)
        assert set(sent) == {f"{run}{number}" for number in range(count)}
        lost = 3 * 4  # at each kill, what was under way or not in the journal yet: `parallel` is 4
        assert len(sent) - count <= lost
        assert len([one for one in events if one["event"] == "delivered"]) <= count - (190 - lost)  # repeats are in 190
        assert len(topics.feedback(run)) == count
        for customer in range(40):
            mine = [int(one.removeprefix(run)) for one in sent if int(one.removeprefix(run)) % 40 == customer]
            assert list(dict.fromkeys(mine)) == sorted(set(mine))


def test_told_to_stop_it_ends_in_order_and_another_goes_on(tmp_path: Path, topics: Topics, run: str) -> None:
    with closing(Web()) as web:
        path = workspace(tmp_path, topics, hook(web) + ", rate: 100 per second")
        topics.write(*(live(run, number, f"c{number}") for number in range(100)))
        process = command(path, topics.settings)
        until(lambda: len(web.got) >= 20)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, err
        told = [json.loads(line) for line in out.splitlines()]
        assert len([one for one in told if one["event"] == "delivered"]) == len(web.got) < 100
        once(path, topics.settings)
        assert sorted(ids(web)) == sorted(f"{run}{number}" for number in range(100))
        assert len(topics.feedback(run)) == 100


def test_two_members_share_the_partitions_and_one_that_leaves_is_followed_by_the_other(
    tmp_path: Path, topics: Topics, run: str
) -> None:
    with closing(Web()) as web:
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        paths = [workspace(tmp_path / name, topics, hook(web) + ", rate: 60 per second") for name in ("a", "b")]
        first = command(paths[0], topics.settings)
        topics.write(*(live(run, number, f"c{number}") for number in range(400)))
        until(lambda: len(web.got) >= 20)
        second = command(paths[1], topics.settings)
        until(lambda: len(web.got) >= 250)
        first.send_signal(signal.SIGTERM)
        assert first.wait(PATIENCE_S) == 0
        until(lambda: len(set(ids(web))) == 400)
        second.send_signal(signal.SIGTERM)
        said = [process.communicate(timeout=PATIENCE_S)[0] for process in (first, second)]
        shares = [out.count('"event": "delivered"') for out in said]
        assert min(shares) > 0 and second.returncode == 0
        assert len(ids(web)) == 400  # in order, nobody repeats
        assert len(topics.feedback(run)) == 400


def test_an_email_arrives(tmp_path: Path, topics: Topics, run: str) -> None:
    with closing(Mail()) as mail:
        sender = f"kind: smtp, host: 127.0.0.1, port: {mail.port}, tls: none, sender: Shop <hello@shop.example>"
        workspaces.write(tmp_path)
        text = f"carriers: {{it: {{{sender}}}}}\nchannels: {{email: it}}\ngroup: g-{run}x\njournal: journal.db\n"
        (tmp_path / "deliver.yaml").write_text(text)
        made = Topic("actions.email", PARTITIONS, {}, "action")
        make_topics(topics.settings.broker, [made])
        register_schemas(topics.settings.registry_url, [made])
        topics.name = "actions.email"
        topics.write(live(run, 1, content={"subject": "Grüezi", "body": "Schön."}))
        once(tmp_path / "deliver.yaml", topics.settings)
        assert [message["Message-ID"] for message in mail.messages] == [f"<{run}1@shop.example>"]
        assert topics.feedback(run) == [("action_delivered", f"{run}1", None)]
