"""How far a consumer group has come, told by a broker that has just started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import CoordinatorNotAvailableError, GroupAuthorizationFailedError, KafkaError, NotCoordinatorError

from cjo.client import offsets
from cjo.errors import StackError
from cjo.settings import Settings

KNOWN = {
    TopicPartition("memory", 1): SimpleNamespace(offset=7),
    TopicPartition("control", 0): SimpleNamespace(offset=9),
}


def answering(*answers: KafkaError | dict[TopicPartition, Any]) -> Any:
    """An admin client of which each question has its own answer, the last one for ever."""
    left = list(answers)

    def list_group_offsets(group: str) -> dict[str, Any]:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, KafkaError):
            raise answer
        return {group: answer}

    @contextmanager
    def admin(broker: str) -> Iterator[Any]:
        yield SimpleNamespace(list_group_offsets=list_group_offsets)

    return admin


def test_a_broker_that_does_not_know_the_groups_coordinator_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offsets, "POLL_S", 0.0)
    monkeypatch.setattr(offsets, "admin", answering(CoordinatorNotAvailableError(), NotCoordinatorError(), KNOWN))
    assert offsets.committed(Settings.load({}), "g", "memory") == {1: 7}


@pytest.mark.parametrize(
    ("error", "patience_s"), [(CoordinatorNotAvailableError(), 0.0), (GroupAuthorizationFailedError(), 60.0)]
)
def test_one_that_goes_on_or_that_is_for_good_is_told(
    error: KafkaError, patience_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offsets, "PATIENCE_S", patience_s)
    monkeypatch.setattr(offsets, "POLL_S", 0.0)
    monkeypatch.setattr(offsets, "admin", answering(error))
    with pytest.raises(StackError, match=type(error).__name__):
        offsets.committed(Settings.load({}), "g", "memory")


def log_of(monkeypatch: pytest.MonkeyPatch, *partitions: tuple[int, int | None]) -> None:
    """A topic of partitions with (offset of the first record that is there, its timestamp; None: no record)."""
    heads = {TopicPartition("log", number): one for number, one in enumerate(partitions)}
    client = SimpleNamespace(
        beginning_offsets=lambda places: {place: heads[place][0] for place in places},
        end_offsets=lambda places: dict.fromkeys(places, 100),
        offsets_for_times=lambda times: {
            place: None
            if heads[place][1] is None
            else SimpleNamespace(offset=heads[place][0], timestamp=heads[place][1])
            for place in times
        },
        close=lambda: None,
    )
    monkeypatch.setattr(offsets, "consumer", lambda broker: client)
    monkeypatch.setattr(offsets, "partitions_by", lambda *args: range(len(partitions)))


@pytest.mark.parametrize(
    ("partitions", "first_ms"),
    [
        ([(0, 50), (0, 20)], 20),
        ([(0, 50), (30, 900)], 900),
        ([(10, 700), (30, 900), (0, 5)], 900),
        ([(0, 50), (100, None)], 50),
        ([(0, None)], None),
    ],
)
def test_s4_a_log_is_complete_from_where_its_last_partition_begins_that_lost_its_head(
    monkeypatch: pytest.MonkeyPatch, partitions: list[tuple[int, int | None]], first_ms: int | None
) -> None:
    log_of(monkeypatch, *partitions)
    found = offsets.stretch(Settings.load(), "log", None)

    assert found.first_ms == first_ms
    assert found.begins == {number: begin for number, (begin, _) in enumerate(partitions)}
    assert found.records == sum(100 - begin for begin, _ in partitions)
