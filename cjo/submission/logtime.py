"""The log's newest time, and when a control that is written now takes effect."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from cjo.client.connect import has_topic
from cjo.client.loading import reached
from cjo.errors import UsageError
from cjo.settings import Settings
from cjo.topics import TOUCHPOINTS

MARGIN_MS = 5_000
"""Besides the two bounds: what a record may need to reach every worker, of a log that goes at the clock's own pace."""


def newest_ms(settings: Settings) -> int:
    """The newest event time of the log, heartbeats included, UTC epoch ms; of an empty log this machine's time.

    A clock that is ahead moves it no further than its record's own timestamp, as it does the watermark (T6); what is
    dead moves it not at all. What tells of long before, though it was written last, does not hide it.
    """
    if not has_topic(settings.broker, TOUCHPOINTS):
        return time.time_ns() // 1_000_000
    return max(reached(settings, TOUCHPOINTS).values(), default=time.time_ns() // 1_000_000)


def ahead_ms(plan: Mapping[str, Any]) -> int:
    """How far ahead of the log's newest time a control takes effect: two bounds, and the margin."""
    return 2 * int(plan["workspace"]["bound_ms"]) + MARGIN_MS


def effective_at(plan: Mapping[str, Any], log_ms: int, asked_ms: int | None) -> int:
    """The time asked for, or the earliest. UsageError for one that workers may have passed when the record comes."""
    earliest_ms = log_ms + 2 * int(plan["workspace"]["bound_ms"])
    if asked_ms is None:
        return log_ms + ahead_ms(plan)
    if asked_ms < earliest_ms:
        raise UsageError(
            f"--effective-at lies {_seconds(earliest_ms - asked_ms)} before the earliest possible time",
            "a control takes effect two bounds ahead of the log's newest time, so that all workers know of it before; "
            "without --effective-at it is chosen so",
        )
    return asked_ms


def _seconds(length_ms: int) -> str:
    return f"{length_ms / 1000:.1f} s"
