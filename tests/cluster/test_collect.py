"""Channel topics are copied into the log as they are, keyed by subject (one log, F1, F2)."""

from __future__ import annotations

import pytest
from kafka import KafkaConsumer

from cjo.settings import Settings
from cjo.stack.client import flink_stop
from cjo.stack.topic_admin import make_topics
from cjo.submission import submit_collect
from cjo.topics import TOUCHPOINTS, Topic
from tests.cluster.raw import BEGIN_MS, Maker, Raw, abandoned_basket, touchpoint, write
from tests.cluster.running import Run
from tests.cluster.waiting import wait_for

pytestmark = pytest.mark.cluster

SOURCES = ("touchpoints.web", "touchpoints.store")
OLD_IS_FINE = {"retention.ms": "-1"}
"""A broker removes records older than a week by default, and looks for them whenever it likes."""


def committed(settings: Settings) -> list[tuple[bytes | None, bytes | None, int, dict[str, bytes]]]:
    client = KafkaConsumer(
        TOUCHPOINTS,
        bootstrap_servers=settings.broker,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        consumer_timeout_ms=2_000,
    )
    try:
        return [(record.key, record.value, record.timestamp, dict(record.headers)) for record in client]
    finally:
        client.close()


def test_value_headers_and_time_stay_and_the_key_becomes_the_subject(run: Run) -> None:
    make = Maker(run.settings)
    make_topics(run.settings.broker, [Topic(name, 2, OLD_IS_FINE) for name in SOURCES])
    device = make.write(touchpoint("d-1", "product_viewed", BEGIN_MS, device_id="d"))
    bad = Raw("bad", b"\x01nonsense", BEGIN_MS + 1, b"whose", 1)
    web = [make.good(each) for each in abandoned_basket("c", BEGIN_MS)]
    store = [
        Raw("d-1", device, BEGIN_MS + 9, b"wrong key", 0, [("trace", b"t1")]),
        bad,
        Raw("gone", None, BEGIN_MS, b"k", 1),
    ]
    write(run.settings, web, SOURCES[0])
    write(run.settings, store, SOURCES[1])

    job = submit_collect(run.settings, run.folder, SOURCES)
    wait_for("all records in the log", lambda: len(committed(run.settings)) >= len(web) + len(store))
    flink_stop(run.settings, job.id)

    found = {(key, value): (time, headers) for key, value, time, headers in committed(run.settings)}
    assert set(found) == {(b"c", each.value) for each in web} | {
        (b"device:d", device), (b"whose", bad.value), (b"k", None)
    }  # fmt: skip
    assert found[b"device:d", device] == (BEGIN_MS + 9, {"trace": b"t1", "cjo.origin": b"touchpoints.store/0/0"})
    assert {time for (key, _), (time, _) in found.items() if key == b"c"} == {BEGIN_MS, BEGIN_MS + 1, BEGIN_MS + 2}
