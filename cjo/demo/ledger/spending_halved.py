"""spending-halved: who spent well and then at most half of that a day gets a voucher in the morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from cjo.demo.known import Known
from cjo.demo.ledger.base import Book, Moment, exited, zone_at
from cjo.demo.shape import DAY_MS, Touch

_RECENT_DAYS = 2
_BASELINE_DAYS = 4
_SPANS_DAYS = 1
_LEAST = Decimal(100)
_COOLDOWN_MS = 14 * DAY_MS


class SpendingHalved(Book):
    """One voucher in thirty days, at nine in the morning after the midnight at which it shows."""

    journey = "spending-halved"
    purpose = "marketing"
    first_send = None

    def tell(self, subject: str, story: list[Touch]) -> None:
        known = Known(story)
        for moment in self.entries(halvings(subject, story), 30 * DAY_MS):
            due_ms = next_nine(moment.at_ms, zone_at(known, moment.at_ms))
            if exited(story, ("order_completed",), moment.at_ms, due_ms) is None:
                self.send(moment, "voucher", due_ms, known, ("email", "push"))


def halvings(subject: str, story: list[Touch]) -> list[Moment]:
    """S1: each midnight (UTC) is looked at, what happened at it counts for the day before it (T3)."""
    orders = [(t.at_ms, Decimal(str(t.fields.get("amount", 0)))) for t in story if t.type == "order_completed"]
    moments: list[Moment] = []
    armed = True
    midnight = orders[0][0] // DAY_MS * DAY_MS if orders else 0
    while orders and midnight <= orders[-1][0] + (_RECENT_DAYS + _BASELINE_DAYS + 1) * DAY_MS:
        recent_from = midnight - _RECENT_DAYS * DAY_MS
        baseline_from = recent_from - _BASELINE_DAYS * DAY_MS
        recent = _spent(orders, recent_from, midnight)
        baseline = _spent(orders, baseline_from, recent_from)
        old = _spent(orders, baseline_from, recent_from - _SPANS_DAYS * DAY_MS)
        a_day, before = recent / _RECENT_DAYS, baseline / _BASELINE_DAYS
        if baseline >= _LEAST and old > 0 and a_day * 2 <= before:
            if armed:
                percent = int(a_day * 100 / before)
                moments.append(Moment("spending_halved", subject, None, midnight, times=percent))
            armed = False
        elif not armed:
            armed = midnight >= moments[-1].at_ms + _COOLDOWN_MS
        midnight += DAY_MS
    return moments


def next_nine(after_ms: int, zone: str) -> int:
    """T5: the first 09:00 after `after_ms` where the customer lives, in UTC epoch ms."""
    local = datetime.fromtimestamp(after_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    nine = local.replace(hour=9, minute=0, second=0, microsecond=0)
    if nine <= local:
        nine = (nine + timedelta(days=1)).replace(hour=9)
    return round(nine.timestamp() * 1000)


def _spent(orders: list[tuple[int, Decimal]], after_ms: int, until_ms: int) -> Decimal:
    return sum((amount for at_ms, amount in orders if after_ms < at_ms <= until_ms), Decimal(0))
