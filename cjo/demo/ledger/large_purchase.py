"""large-purchase: who spends much in one visit is thanked when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cjo.demo.known import Known
from cjo.demo.ledger.base import TRANSACTIONAL, Book, Moment
from cjo.demo.shape import DAY_MS, MINUTE_MS, Touch

_PAUSE_MS = 30 * MINUTE_MS
_MUCH = 150


class LargePurchase(Book):
    """One message a visit, one a month."""

    journey = "large-purchase"
    purpose = TRANSACTIONAL
    first_send = "thanks"

    def tell(self, subject: str, story: list[Touch]) -> None:
        for moment in self.entries(list(purchases(subject, story)), 30 * DAY_MS):
            self.send(moment, "thanks", moment.at_ms, Known(story), ("email", "push"))


def purchases(subject: str, story: list[Touch]) -> Iterator[Moment]:
    """T3: visits are apart where more than half an hour lies between; known half an hour after the last of it."""
    visit: list[Touch] = []
    shopping = [touch for touch in story if touch.type in ("product_added", "order_completed")]
    for touch, following in zip(shopping, [*shopping[1:], None], strict=False):
        visit.append(touch)
        if following is not None and following.at_ms <= touch.at_ms + _PAUSE_MS:
            continue
        total = sum((Decimal(t.fields.get("amount", 0)) for t in visit if t.type == "order_completed"), Decimal(0))
        if total >= _MUCH:
            yield Moment("large_purchase", subject, None, touch.at_ms + _PAUSE_MS, total, times=len(visit))
        visit = []
