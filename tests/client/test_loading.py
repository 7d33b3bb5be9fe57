"""What `cjo send --log-time` makes of a touchpoint that lies behind the time to which its partition has come."""

from __future__ import annotations

from typing import Any

import pytest

from cjo.avro.rows import moves_to_ms, stamp_ms
from cjo.client.loading import LogTime, in_log_time
from cjo.errors import RecordError, UsageError
from cjo.spec.workspace import Workspace

NOW = 1_700_000_000_000
HOUR, DAY = 3_600_000, 86_400_000
LOADED_OVER = {0: NOW, 1: NOW - 30 * DAY}


WORKSPACE = Workspace.model_validate(
    {"workspace": "w", "purposes": ["marketing"], "channels": {"email": {"address": "email"}}}
)


def log_of(reached: dict[int, int]) -> LogTime:
    """A log with the default bound (5 seconds) and late horizon (a day)."""
    return LogTime(reached, WORKSPACE, "touchpoints")


def viewed(**change: Any) -> dict[str, Any]:
    return {"event_id": "e1", "type": "page_viewed"} | change


def test_t4_what_is_behind_by_more_than_the_late_horizon_is_refused_with_the_way_to_load_it() -> None:
    with pytest.raises(UsageError) as caught:
        log_of(LOADED_OVER).check(viewed(), 0, NOW - DAY - 1)
    assert "touchpoint e1 happened at 2023-11-13T22:13:19.999Z" in caught.value.message
    assert "the log has come to 2023-11-14T22:13:20.000Z (partition 0 of touchpoints)" in caught.value.message
    assert "more than late_horizon, 1 day," in caught.value.message
    assert caught.value.hint == (
        "history goes into a log that holds nothing later, and no heartbeats (docs/guide/history.md); "
        "--late-too sends it nevertheless"
    )


@pytest.mark.parametrize(("behind_ms", "late"), [(0, 0), (5_000, 0), (5_001, 1), (DAY, 1), (-HOUR, 0)])
def test_t4_within_the_late_horizon_it_is_counted_and_within_the_bound_it_is_in_order(
    behind_ms: int, late: int
) -> None:
    log = log_of(LOADED_OVER)
    log.check(viewed(), 0, NOW - behind_ms)
    assert (log.late, log.most_ms) == (late, behind_ms if late else 0)


def test_each_partition_has_a_time_of_its_own_and_an_empty_one_has_none() -> None:
    log = log_of(LOADED_OVER)
    log.check(viewed(), 1, NOW - 30 * DAY)
    log.check(viewed(), 2, NOW - 900 * DAY)
    assert log.late == 0


def test_a_touchpoint_that_is_out_of_order_is_refused_as_such() -> None:
    log = log_of({})
    for at_ms in (NOW - 40 * DAY, NOW - 10 * DAY):
        log.check(viewed(), 0, at_ms)
        log.take(0, at_ms)
    with pytest.raises(RecordError, match="; sort the file by time, or use --late-too"):
        log.check(viewed(), 0, NOW - 39 * DAY)


@pytest.mark.parametrize("kind", ["profile_updated", "consent_given", "consent_withdrawn", "customer_suppressed"])
def test_what_holds_whenever_it_comes_is_never_late_but_moves_time(kind: str) -> None:
    log = log_of({0: NOW - 60 * DAY})
    log.check(viewed(type=kind), 0, NOW - 900 * DAY)
    log.take(0, NOW)
    assert log.late == 0
    with pytest.raises(RecordError):
        log.check(viewed(), 0, NOW - 30 * DAY)


def test_t6_a_record_moves_time_no_further_than_its_timestamp_and_a_dead_one_not_at_all() -> None:
    def moved(value: dict[str, Any] | None) -> int | None:
        return moves_to_ms(value or {}, NOW)

    assert moved({"type": "heartbeat", "occurred_at": NOW - 5}) == NOW - 5
    assert moved({"type": "page_viewed", "occurred_at": NOW + HOUR}) == NOW
    assert moved({"type": "page_viewed", "occurred_at": NOW + HOUR + 1}) is None
    assert moved(None) is None
    assert moved({"occurred_at": "2026-05-01T10:00:00Z"}) is None
    assert moved({"occurred_at": NOW, "sent_at": "now"}) is None
    assert moved({"type": "order", "occurred_at": "yesterday"}) is None


def test_t6_what_a_phone_has_sent_days_later_moves_time_to_when_it_happened(capsys: pytest.CaptureFixture[str]) -> None:
    """The record's timestamp is when it was sent: it stands for a missing received_at."""
    taken = []
    with in_log_time(lambda touchpoint, at_ms: taken.append(at_ms), None, "touchpoints", WORKSPACE, False) as publish:
        for at_ms, more in (
            (NOW, {"sent_at": NOW + 4 * DAY}),
            (NOW + 60_000, {}),
            (NOW - HOUR, {"sent_at": NOW + DAY}),
        ):
            touchpoint = viewed(customer_id="c1", occurred_at=at_ms, **more)
            publish(touchpoint, stamp_ms(touchpoint, NOW + 90 * DAY))
    assert taken == [NOW + 4 * DAY, NOW + 60_000, NOW + DAY]
    assert "1 of them late by up to 1 hour 1 minute" in capsys.readouterr().err
