"""Send, read and refuse on a real broker and registry."""

from __future__ import annotations

import copy
import json
import time
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from kafka import KafkaProducer, TopicPartition

from cjo.avro.codec import Writer, load_schema
from cjo.avro.registry import Registry
from cjo.cli.main import main
from cjo.client import TouchpointProducer, newest, read
from cjo.client.connect import consumer
from cjo.client.loading import reached
from cjo.client.partition import partition_of
from cjo.client.timeline import timeline
from cjo.client.words import iso
from cjo.errors import RecordError, RegistryError, StackError
from cjo.settings import Settings
from cjo.stack.heartbeat import heartbeat
from cjo.stack.topic_admin import make_topics, register_schemas
from cjo.topics import Topic, topics_for
from tests.client.records import action, decision, moment

pytestmark = pytest.mark.broker

PARTITIONS = 4
LONG_AGO = 1_500_000_000_000
DAY_MS = 86_400_000
OLD_IS_FINE = {"message.timestamp.before.max.ms": str(2**63 - 1), "retention.ms": "-1"}
MakeTopic = Callable[[], str]


@pytest.fixture
def settings(broker: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The broker's settings, also for commands run in this process."""
    for name, value in broker.environment.items():
        monkeypatch.setenv(name, value)
    return broker


@pytest.fixture
def topic(settings: Settings) -> str:
    """A topic of touchpoints of its own."""
    made = Topic(f"touchpoints.{uuid.uuid4().hex[:8]}", PARTITIONS, OLD_IS_FINE, "touchpoint")
    make_topics(settings.broker, [made])
    register_schemas(settings.registry_url, [made])
    return made.name


@pytest.fixture(scope="session")
def demo_topics(broker: Settings) -> Iterator[None]:
    """The topics of a plan with the channel email, made once."""
    plan = {"workspace": {"partitions": PARTITIONS, "channels": {"email": {"topic": "actions.email"}}}}
    topics = topics_for(plan)
    make_topics(broker.broker, topics)
    register_schemas(broker.registry_url, topics)
    yield


def touchpoint(number: int, customer: str = "c1") -> dict[str, object]:
    """The touchpoint e<number>."""
    return {"event_id": f"e{number}", "customer_id": customer, "channel": "web", "type": "page_viewed",
            "occurred_at": LONG_AGO + number}  # fmt: skip


def test_what_is_sent_is_read_with_times_amounts_and_the_key(settings: Settings, topic: str) -> None:
    with TouchpointProducer(settings, topic=topic) as producer:
        producer.send({**touchpoint(1), "amount": "12.5", "attributes": {"n": 3}}, LONG_AGO)
        producer.send({**touchpoint(2), "customer_id": None, "device_id": "d1"})
    found = {record.key: record for record in read(topic, settings)}
    value = found["c1"].value or {}
    assert found["c1"].timestamp_ms == LONG_AGO
    assert (value["occurred_at"], value["amount"], value["attributes"]) == (LONG_AGO + 1, Decimal("12.5"), {"n": "3"})
    assert found["device:d1"].partition == partition_of("device:d1", PARTITIONS)


def test_a_touchpoint_that_does_not_fit_is_not_published(settings: Settings, topic: str) -> None:
    with TouchpointProducer(settings, topic=topic) as producer, pytest.raises(RecordError, match="event_id is missing"):
        producer.send({**touchpoint(1), "event_id": ""})
    assert list(read(topic, settings)) == []


def test_a_key_goes_where_kafkas_own_partitioner_puts_it(settings: Settings, topic: str) -> None:
    keys = [f"c{number}" for number in range(50)] + ["", "ü", "device:x"]
    client = KafkaProducer(bootstrap_servers=settings.broker)
    places = {key: client.send(topic, key=key.encode(), value=b"").get(10).partition for key in keys}
    client.close()
    assert places == {key: partition_of(key, PARTITIONS) for key in keys}


def test_reading_one_key_reads_only_its_records(settings: Settings, topic: str) -> None:
    with TouchpointProducer(settings, topic=topic) as producer:
        for number in range(40):
            producer.send(touchpoint(number, f"c{number % 8}"))
    found = [record.value["event_id"] for record in read(topic, settings, keys=["c3"]) if record.value]
    assert found == ["e3", "e11", "e19", "e27", "e35"]


def test_the_newest_are_the_newest_of_all_partitions_in_order(settings: Settings, topic: str) -> None:
    with TouchpointProducer(settings, topic=topic) as producer:
        for number in range(300):
            producer.send(touchpoint(number, f"c{number}"), LONG_AGO + number)
    found = [record.timestamp_ms - LONG_AGO for record in newest(topic, 5, settings)]
    assert found == [295, 296, 297, 298, 299]
    assert len(list(newest(topic, 1000, settings))) == 300


def test_a_fan_out_reaches_each_customer_of_the_list_under_its_key(
    settings: Settings, topic: str, tmp_path: Path
) -> None:
    (tmp_path / "one.json").write_text(json.dumps({**touchpoint(1), "customer_id": None}))
    (tmp_path / "who.txt").write_text("".join(f"c{number}\n" for number in range(200)))
    assert main(["send", str(tmp_path / "one.json"), "--fan-out", str(tmp_path / "who.txt"), "--topic", topic]) == 0
    found = {record.key: (record.value or {})["event_id"] for record in read(topic, settings)}
    assert found == {f"c{number}": f"e1/c{number}" for number in range(200)}


def test_following_gives_what_comes_later(settings: Settings, topic: str) -> None:
    with TouchpointProducer(settings, topic=topic) as producer:
        producer.send(touchpoint(1))
        producer.flush()
        records = newest(topic, 10, settings, follow=True)
        first = next(records)
        producer.send(touchpoint(2))
        producer.flush()
        second = next(records)
        records.close()  # type: ignore[attr-defined]
    assert [(record.value or {})["event_id"] for record in (first, second)] == ["e1", "e2"]


def test_a_topic_that_is_empty_or_missing(settings: Settings, topic: str) -> None:
    assert list(read(topic, settings)) == []
    assert list(newest(topic, 5, settings)) == []
    with pytest.raises(StackError, match="there is no topic 'nope'"):
        list(read("nope", settings))
    with pytest.raises(StackError, match="there is no topic 'nope'"):
        TouchpointProducer(settings, topic="nope")


def test_f1_aborted_and_open_transactions_are_not_read_and_not_waited_for(settings: Settings, topic: str) -> None:
    encode = Writer(load_schema("touchpoint"), Registry(settings.registry_url).latest(f"{topic}-value")[0])
    client = KafkaProducer(bootstrap_servers=settings.broker, transactional_id=topic)
    client.init_transactions()
    for number, end in enumerate((client.commit_transaction, client.abort_transaction, client.flush)):
        client.begin_transaction()
        client.send(topic, encode(touchpoint(number)), partition=0)
        client.flush()
        end()
    committed = [(record.value or {})["event_id"] for record in read(topic, settings)]
    last = [(record.value or {})["event_id"] for record in newest(topic, 5, settings)]
    everything = [(record.value or {})["event_id"] for record in read(topic, settings, committed=False)]
    client.abort_transaction()
    client.close()
    assert committed == last == ["e0"]
    assert everything == ["e0", "e1", "e2"]


def test_f2_a_bad_record_is_shown_with_its_error_and_the_next_is_read(settings: Settings, topic: str) -> None:
    client = KafkaProducer(bootstrap_servers=settings.broker)
    for value in (b"noise", b"\x00\x00\x0f\xff\xffrest", None):
        client.send(topic, key=b"c1", value=value, partition=0)
    client.close()
    with TouchpointProducer(settings, topic=topic) as producer:
        producer.send(touchpoint(1))
    errors = sorted((record.error or "fine").split(":")[0] for record in read(topic, settings))
    assert errors == ["fine", "tombstone", "undecodable", "unknown_schema"]


def test_a_delivery_that_the_broker_refuses_is_an_error_at_the_next_flush(settings: Settings, topic: str) -> None:
    in_two_hours = time.time_ns() // 1_000_000 + 7_200_000
    producer = TouchpointProducer(settings, topic=topic)
    producer.send(touchpoint(1), in_two_hours)
    with pytest.raises(StackError, match="did not take a touchpoint"):
        producer.flush()
    with pytest.raises(StackError, match="did not take a touchpoint"):
        producer.close()


def test_nobody_listens_at_the_brokers_address(settings: Settings) -> None:
    nowhere = Settings.load(settings.environment, broker="127.0.0.1:1")
    with pytest.raises(StackError, match="cjo up"):
        list(read("touchpoints", nowhere))
    with pytest.raises(StackError, match="cjo up"):
        TouchpointProducer(nowhere)


def test_an_incompatible_edit_is_refused_by_the_client_and_by_the_registry_itself(
    settings: Settings, topic: str
) -> None:
    registry, subject = Registry(settings.registry_url), f"{topic}-value"
    edited = copy.deepcopy(load_schema("touchpoint"))
    edited["fields"] = [field for field in edited["fields"] if field["name"] != "event_id"]
    with pytest.raises(RegistryError, match="event_id") as by_client:
        registry.register_contract(subject, edited)
    with pytest.raises(RegistryError) as by_registry:
        registry.register(subject, edited)
    assert by_client.value.kind == by_registry.value.kind == "incompatible"
    assert registry.latest(subject)[1] == load_schema("touchpoint")


def test_a_compatible_edit_is_registered_and_old_records_are_read_by_it(settings: Settings, topic: str) -> None:
    registry, subject = Registry(settings.registry_url), f"{topic}-value"
    before = registry.latest(subject)[0]
    edited = copy.deepcopy(load_schema("touchpoint"))
    edited["fields"].append({"name": "mood", "type": ["null", "string"], "default": None})
    assert registry.register_contract(subject, edited) > before
    assert registry.register_contract(subject, edited) == registry.latest(subject)[0]


def test_an_unknown_schema_id_is_known_as_such(settings: Settings) -> None:
    with pytest.raises(RegistryError) as caught:
        Registry(settings.registry_url).schema(99_999)
    assert caught.value.kind == "unknown"


def test_cjo_send_then_cjo_tail(
    settings: Settings, topic: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([json.dumps(touchpoint(1)), "{", json.dumps(touchpoint(2))]))
    assert main(["send", str(path), "--topic", topic, "--log-time"]) == 1
    out, err = capsys.readouterr()
    assert out == "2 touchpoints sent; 1 line refused\n"
    assert ":2: no JSON" in err
    assert main(["tail", topic, "--key", "c1", "--from-beginning"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["value"]["event_id"] for row in rows] == ["e1", "e2"]
    assert rows[0]["timestamp"] == rows[0]["value"]["occurred_at"] == "2017-07-14T02:40:00.001Z"


def send_heartbeats(settings: Settings, topic: str, at_ms: int) -> None:
    writer = Writer(load_schema("touchpoint"), Registry(settings.registry_url).latest(f"{topic}-value")[0])
    client = KafkaProducer(bootstrap_servers=settings.broker)
    for partition in range(PARTITIONS):
        client.send(topic, writer(heartbeat(partition, at_ms)), partition=partition, timestamp_ms=at_ms)
    client.close()


def test_t4_history_behind_heartbeats_is_refused_before_anything_is_sent(
    settings: Settings, topic: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send_heartbeats(settings, topic, LONG_AGO + 3 * DAY_MS)
    path = tmp_path / "history.jsonl"
    path.write_text("\n".join(json.dumps(touchpoint(number, f"c{number}")) for number in range(8)))
    send = ["send", str(path), "--topic", topic, "--log-time"]
    assert main(send) == 2
    assert "--late-too" in capsys.readouterr().err
    assert [record.key for record in read(topic, settings) if record.key] == []
    assert main([*send, "--late-too"]) == 0
    out, err = capsys.readouterr()
    assert out == "8 touchpoints sent; 0 lines refused\n"
    assert "8 of them late by up to 3 days: behind the log's time by more than the bound, 5 seconds (T4)" in err


@pytest.mark.parametrize("stamp_ms", [LONG_AGO + 3 * DAY_MS + 100, LONG_AGO])
def test_t4_partitions_stand_where_their_heartbeats_are_though_old_touchpoints_came_after_them(
    settings: Settings, topic: str, stamp_ms: int
) -> None:
    now_ms = LONG_AGO + 3 * DAY_MS
    send_heartbeats(settings, topic, now_ms)
    with TouchpointProducer(settings, topic=topic) as producer:
        for number in range(1_000):
            producer.send(touchpoint(number, f"c{number}"), stamp_ms)
    assert reached(settings, topic) == dict.fromkeys(range(PARTITIONS), now_ms)


def test_history_in_order_of_time_is_loaded_without_a_word(
    settings: Settings, topic: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "history.jsonl"
    days = [{**touchpoint(day, f"c{day}"), "occurred_at": LONG_AGO + day * DAY_MS} for day in range(60)]
    path.write_text("\n".join(map(json.dumps, days[:40])))
    assert main(["send", str(path), "--topic", topic, "--log-time"]) == 0
    path.write_text("\n".join(map(json.dumps, days[40:])))
    assert main(["send", str(path), "--topic", topic, "--log-time"]) == 0
    assert capsys.readouterr().err == ""


def test_cjo_tail_prints_the_last_ones(settings: Settings, topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    with TouchpointProducer(settings, topic=topic) as producer:
        for number in range(15):
            producer.send(touchpoint(number), LONG_AGO + number)
    assert main(["tail", topic]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 10
    assert main(["tail", topic, "--last", "2"]) == 0
    assert "e14" in capsys.readouterr().out.splitlines()[-1]


def test_cjo_why_tells_the_timeline_of_one_customer(
    settings: Settings, demo_topics: None, capsys: pytest.CaptureFixture[str]
) -> None:
    customer, now = f"c-{uuid.uuid4().hex[:8]}", time.time_ns() // 1_000_000
    whole = {"journey_version": "v", "run_id": "r1", "visit": 1, "mode": "live"}
    publish(
        settings, "moments", customer, {**value_of(moment(now)), "subject": customer, "evidence": []}, "signal_version"
    )
    publish(settings, "decisions", customer, {**value_of(decision(now)), "customer_id": customer, **whole})
    more = {"purpose": "marketing", "not_before": now, "expires_at": now, **whole}
    publish(settings, "actions.email", customer, {**value_of(action(now)), "customer_id": customer, **more})
    with TouchpointProducer(settings) as producer:
        for name in (customer, "somebody else"):
            producer.send({**touchpoint(1, name), "occurred_at": now})
    assert [entry.kind for entry in timeline(customer, settings)] == ["touchpoint", "moment", "decision", "action"]
    assert main(["why", customer]) == 0
    assert "no consent for any channel [no_consent, D6]" in capsys.readouterr().out
    assert main(["why", "nobody at all"]) == 1
    assert capsys.readouterr().out == ""


def value_of(record: object) -> dict[str, object]:
    """The value of one of the records of tests.client.records."""
    return dict(record.value)  # type: ignore[attr-defined]


def publish(settings: Settings, topic: str, key: str, value: dict[str, object], *more: str) -> None:
    """One record of a contract, keyed as the job keys it; `more` names fields that are any text."""
    schema_id, schema = Registry(settings.registry_url).latest(f"{topic}-value")
    known = {field["name"] for field in schema["fields"]}
    record = {name: inner for name, inner in (value | dict.fromkeys(more, "x")).items() if name in known}
    client = KafkaProducer(bootstrap_servers=settings.broker)
    client.send(topic, key=key.encode(), value=Writer(schema, schema_id)(record))
    client.close()


def test_the_end_of_a_committed_read_is_the_last_stable_offset(settings: Settings, topic: str) -> None:
    client = KafkaProducer(bootstrap_servers=settings.broker, transactional_id=f"{topic}-open")
    client.init_transactions()
    client.begin_transaction()
    client.send(topic, b"x", partition=0)
    client.flush()
    place = TopicPartition(topic, 0)
    ends = []
    for committed in (True, False):
        reader = consumer(settings.broker, committed)
        ends.append(reader.end_offsets([place])[place])
        reader.close()
    client.abort_transaction()
    client.close()
    assert ends == [0, 1]


def test_records_between_two_timestamps_are_read(settings: Settings, topic: str) -> None:
    with TouchpointProducer(settings, topic=topic) as producer:
        for number in range(20):
            producer.send(touchpoint(number, f"c{number % 5}"), LONG_AGO + number)
    found = read(topic, settings, since_ms=LONG_AGO + 5, until_ms=LONG_AGO + 12)
    assert sorted(record.timestamp_ms - LONG_AGO for record in found) == list(range(5, 12))
    assert list(read(topic, settings, since_ms=LONG_AGO + 100)) == []
    assert len(list(read(topic, settings, until_ms=LONG_AGO + 100))) == 20


@pytest.mark.nightly  # a range of timestamps needs a log in time order, and the tests before it write other times
def test_a_simulation_of_the_log_itself_tells_dead_letters_and_goes_on(
    settings: Settings, demo_topics: None, capsys: pytest.CaptureFixture[str]
) -> None:
    begin = LONG_AGO + 1_000_000_000
    times = ["--since", iso(begin), "--before", iso(begin + 1_000)]
    added = {"type": "product_added", "channel": "web", "basket_id": "b1", "product_id": "p1", "amount": "30"}
    with TouchpointProducer(settings) as producer:
        for number in range(3):
            one = {**added, "event_id": f"s{number}", "customer_id": f"s{number}", "occurred_at": begin + number}
            producer.send(one, begin + number)
    raw = KafkaProducer(bootstrap_servers=settings.broker)
    raw.send("touchpoints", key=b"s0", value=b"\x00nothing", partition=0, timestamp_ms=begin + 5).get(10)
    raw.close()
    assert main(["simulate", "--kafka", *times, "--json", "--processes", "1", "--until", iso(begin + 3_600_000)]) == 1
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["log"]["relevant"] == 3
    assert found["log"]["refused"] == 1
    assert found["moments"]["basket_abandoned"]["times"] == 3
    assert "touchpoints:0/" in err
    assert "unknown_schema" in err
