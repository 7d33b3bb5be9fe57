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
