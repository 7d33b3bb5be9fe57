"""S4: an apply that fails takes its warm-up back, but not where it was published though no answer came."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from cjo.errors import StackError
from cjo.settings import Settings
from cjo.submission import apply as applying
from cjo.submission import control
from cjo.submission.apply import Publication
from cjo.submission.changes import Changes
from cjo.submission.control import numbered
from cjo.submission.running import running
from cjo.submission.warming import Replay, unfinished
from tests.engine.build import DAY, HOUR, START_MS, count, event, first, plan

Record = dict[str, Any]
SETTINGS = Settings.load()
WANTED = plan(event("a"), count("b", window_ms=HOUR), first("c"))


class Interrupted(BaseException):
    """As Ctrl-C is one."""


class Topic:
    """The topic control, of which the broker takes `takes` of the records that are to be published, then `fails`."""

    def __init__(self, takes: int, fails: BaseException, is_read: bool = True) -> None:
        _, self.records = numbered(plan(), [])
        self._takes, self._fails, self._is_read, self._has_failed = takes, fails, is_read, False

    def write(self, settings: Settings, records: list[Record]) -> None:
        if not any(one["kind"] == "publish" for one in records):
            self.records += records
            return
        self.records += records[: self._takes]
        self._has_failed = True
        raise self._fails

    def read(self, settings: Settings) -> list[Record]:
        if self._has_failed and not self._is_read:
            raise StackError("the broker does not answer")
        return list(self.records)

    def kinds(self) -> list[tuple[str, str]]:
        return [(one["kind"], one["name"]) for one in self.records]


def failed(monkeypatch: pytest.MonkeyPatch, topic: Topic) -> str:
    """What an apply says to whose publication this happens."""
    monkeypatch.setattr(control, "publish", topic.write)
    monkeypatch.setattr(control, "recorded", topic.read)
    monkeypatch.setattr(applying, "newest_ms", lambda settings: START_MS + DAY)
    for name in ("await_taken", "warm_up", "_submission"):
        monkeypatch.setattr(applying, name, lambda *args, **more: SimpleNamespace())
    known = list(topic.records)
    found = Publication(WANTED, known, running(known), Changes([], [], []), {}, START_MS + DAY, "job", Replay([], 0, 0))
    told: list[str] = []
    with pytest.raises(BaseException) as raised:
        applying._warm_up_first(SETTINGS, found, Replay([], 0, 0), None, told.append)
    return str(getattr(raised.value, "message", "")) + "".join(told)


def no_answer() -> BaseException:
    return StackError("no answer of the broker")


FAILURES = [no_answer, Interrupted]


@pytest.mark.parametrize("error", FAILURES, ids=["error", "Ctrl-C"])
def test_s4_an_apply_that_published_nothing_takes_its_warm_up_back(
    monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException]
) -> None:
    topic = Topic(0, error())
    assert failed(monkeypatch, topic).endswith("nothing was published: signals and journeys go on as they were")
    assert topic.kinds() == [("warm", "warm/1"), ("withdraw", "warm/1")]


@pytest.mark.parametrize("error", FAILURES, ids=["error", "Ctrl-C"])
def test_s4_an_apply_that_published_without_an_answer_says_so_and_leaves_the_memory(
    monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException]
) -> None:
    topic = Topic(3, error())
    said = failed(monkeypatch, topic)

    assert "nothing was published" not in said
    assert said.endswith(
        "all of it was published nevertheless, effective at 2023-11-15T22:13:35.000Z of the log's time; `cjo plan` "
        "tells whether anything is left to do"
    )
    assert topic.kinds() == [("warm", "warm/1"), *(("publish", f"signal/{name}") for name in "abc")]
    assert numbered(WANTED, topic.records)[1] == []


def test_s4_an_apply_of_which_a_part_was_published_leaves_the_memory_and_the_rest_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic = Topic(2, no_answer())
    assert "a part was published nevertheless (2 of 3 records), " in failed(monkeypatch, topic)
    assert topic.kinds() == [("warm", "warm/1"), ("publish", "signal/a"), ("publish", "signal/b")]
    assert unfinished(topic.records) == []
    (rest,) = numbered(WANTED, topic.records)[1]
    assert (rest["name"], rest["revision"]) == ("signal/c", 2)


def test_s4_where_nothing_was_published_that_remembers_something_the_memory_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic = Topic(1, no_answer())
    assert "a part was published nevertheless (1 of 3 records), " in failed(monkeypatch, topic)
    assert topic.kinds() == [("warm", "warm/1"), ("publish", "signal/a"), ("withdraw", "warm/1")]


def test_s4_where_the_topic_cannot_be_read_the_memory_stays_until_the_next_apply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic = Topic(0, no_answer(), is_read=False)
    assert "whether anything was published is not known, for the broker does not answer" in failed(monkeypatch, topic)
    assert topic.kinds() == [("warm", "warm/1")]
    assert [one["name"] for one in unfinished(topic.records)] == ["warm/1"]
