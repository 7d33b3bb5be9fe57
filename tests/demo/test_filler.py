"""The producer that fills a log, on a real broker."""

from __future__ import annotations

import pytest
from kafka import KafkaConsumer, TopicPartition

from cjo.demo.filler import Filler
from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack.topic_admin import make_topics
from cjo.topics import Topic

pytestmark = pytest.mark.broker


def test_records_stand_in_their_partition_in_order_with_their_time(broker: Settings) -> None:
    make_topics(broker.broker, [Topic("filled", 2)])
    filler = Filler(broker.broker, "filled")

    for number in range(1_000):
        filler.send(number % 2, 1_000 + number, b"k" if number else None, b"%d" % number if number != 7 else None)
    filler.flush()

    odd = read(broker, "filled", 1)
    assert [record.timestamp for record in odd] == list(range(1_001, 2_000, 2))
    assert [record.value for record in odd[:5]] == [b"1", b"3", b"5", None, b"9"]
    assert read(broker, "filled", 0)[0].key is None


def test_a_record_for_a_partition_that_is_not_there_is_refused(broker: Settings) -> None:
    make_topics(broker.broker, [Topic("narrow", 1)])
    filler = Filler(broker.broker, "narrow")
    filler.send(5, 1_000, b"k", b"v")

    with pytest.raises(StackError, match="did not take a record for narrow"):
        filler.flush()


def read(broker: Settings, topic: str, partition: int) -> list:
    consumer = KafkaConsumer(bootstrap_servers=broker.broker, auto_offset_reset="earliest", enable_auto_commit=False)
    try:
        place = TopicPartition(topic, partition)
        consumer.assign([place])
        end = consumer.end_offsets([place])[place]
        records = []
        while len(records) < end:
            for batch in consumer.poll(1_000).values():
                records.extend(batch)
        return records
    finally:
        consumer.close()
