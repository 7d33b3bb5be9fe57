"""R7: a pause, resume or stop holds from its own time on, whatever else the topic control has; no broker."""

from __future__ import annotations

from typing import Any

import pytest

from cjo.client import Record, loading
from cjo.settings import Settings
from cjo.submission import control, logtime
from cjo.submission import halt as halting_
from cjo.submission.control import halting, numbered
from cjo.submission.halt import Halted, halt
from cjo.submission.running import submission_record
from tests.engine.build import DAY, MINUTE, START_MS, event, journey, plan

Topic = list[dict[str, Any]]
SETTINGS = Settings.load()
NOW, MONDAY = START_MS + DAY, START_MS + 4 * DAY
JOURNEY = "win-back"


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Topic:
    """The topic control of a workspace that was submitted, at a time of the log."""
    base, records = numbered({**plan(event(), journey()), "columns": []}, [])
    base["workspace"] |= {"name": "w"}
    records.append(submission_record(base, [], "job-1", {}))
    monkeypatch.setattr(control, "recorded", lambda settings: list(records))
    monkeypatch.setattr(control, "publish", lambda settings, rows: records.extend(rows))
    monkeypatch.setattr(halting_, "newest_ms", lambda settings: NOW)
    return records


@pytest.mark.parametrize("kind", ["pause", "stop"])
def test_r7_what_is_scheduled_for_later_holds_nothing_back_now(topic: Topic, kind: str) -> None:
    topic.append(halting(kind, JOURNEY, topic, MONDAY))
    done = halt(SETTINGS, kind, JOURNEY, None)

    assert done.is_new
    assert NOW < done.effective_at_ms < MONDAY
    assert topic[-1] == halting(kind, JOURNEY, topic[:-1], done.effective_at_ms)


def test_r7_a_journey_that_is_paused_until_monday_is_so_already_and_goes_on_on_monday(topic: Topic) -> None:
    topic.append(halting("pause", JOURNEY, topic, NOW - DAY))
    topic.append(halting("resume", JOURNEY, topic, MONDAY))

    assert halt(SETTINGS, "pause", JOURNEY, None) == Halted("pause", JOURNEY, NOW - DAY, is_new=False)
    assert halt(SETTINGS, "resume", JOURNEY, None).is_new
    assert halt(SETTINGS, "pause", JOURNEY, MONDAY).is_new


@pytest.mark.parametrize(("kind", "journey_"), [("pause", JOURNEY), ("stop", JOURNEY), ("stop-all", None)])
def test_r7_a_journey_is_stopped_also_where_two_people_have_published_at_once(
    topic: Topic, kind: str, journey_: str | None
) -> None:
    for version in ("s2", "s3"):
        topic += numbered(plan(event(version=version), journey()), topic[:3], 10)[1]

    assert halt(SETTINGS, kind, journey_, None).is_new


def log_ends_with(monkeypatch: pytest.MonkeyPatch, *values: tuple[dict[str, Any] | None, int]) -> None:
    """The last records of a partition of the log: (touchpoint, timestamp)."""
    records = [Record("touchpoints", 0, offset, at_ms, "c1", value) for offset, (value, at_ms) in enumerate(values)]

    def holds_later(topic: str, times: dict[int, int], settings: Settings) -> bool:
        return any(one.timestamp_ms >= times[0] for one in records)

    monkeypatch.setattr(logtime, "has_topic", lambda *args: True)
    monkeypatch.setattr(loading, "last", lambda topic, count, settings: records[-count:])
    monkeypatch.setattr(loading, "holds_later", holds_later)


def test_t6_a_clock_that_is_ahead_does_not_put_off_a_stop(topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = {"occurred_at": NOW + 50 * MINUTE, "type": "page_viewed"}
    log_ends_with(monkeypatch, ({"occurred_at": NOW, "type": "heartbeat"}, NOW), (ahead, NOW - 1))
    monkeypatch.setattr(halting_, "newest_ms", logtime.newest_ms)

    assert halt(SETTINGS, "stop", JOURNEY, None).effective_at_ms == NOW + logtime.ahead_ms(plan())


def test_t6_what_is_handed_on_of_long_ago_or_dead_is_not_the_logs_newest_time(
    topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_ends_with(
        monkeypatch,
        ({"occurred_at": NOW, "type": "page_viewed"}, NOW),
        ({"occurred_at": NOW + 9 * DAY, "type": "page_viewed"}, NOW),
        *[({"occurred_at": NOW - 9 * DAY, "type": "moment_reached"}, NOW + DAY)] * 100,
        (None, NOW + DAY),
    )
    assert logtime.newest_ms(SETTINGS) == NOW


@pytest.mark.parametrize("stamp_ms", [NOW + 100, NOW - 9 * DAY])
def test_t1_a_load_of_old_touchpoints_does_not_hide_the_logs_newest_time(
    topic: Topic, monkeypatch: pytest.MonkeyPatch, stamp_ms: int
) -> None:
    old = {"occurred_at": NOW - 9 * DAY, "type": "page_viewed"}
    log_ends_with(monkeypatch, ({"occurred_at": NOW, "type": "heartbeat"}, NOW), *[(old, stamp_ms)] * 5_000)
    assert logtime.newest_ms(SETTINGS) == NOW
