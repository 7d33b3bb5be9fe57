"""hesitant-buyer: two baskets left within a month, and a call; then a month of silence."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cjo.demo.known import Known
from cjo.demo.ledger.base import Book, Moment
from cjo.demo.ledger.win_back_basket import abandonments
from cjo.demo.shape import DAY_MS, Touch

_MONTH_MS = 30 * DAY_MS
_AT_LEAST = 2


class HesitantBuyer(Book):
    """One call a month."""

    journey = "hesitant-buyer"
    purpose = "advice"
    first_send = "help"
    inputs = ("baskets_left_again",)

    def tell(self, subject: str, story: list[Touch]) -> None:
        again = list(left_again(subject, story))
        self.moments.extend(again)
        for moment in self.entries(list(_first_of(again)), 30 * DAY_MS):
            self.send(moment, "help", moment.at_ms, Known(story), ("call",))


def left_again(subject: str, story: list[Touch]) -> Iterator[Moment]:
    """S1: a second basket of 20 or more left within 30 days, both ends included; again only after falling below."""
    left = sorted((one for one in abandonments(subject, story) if (one.total or 0) >= 20), key=lambda one: one.at_ms)
    armed = True
    for at_ms in sorted({one.at_ms for one in left}):
        window = [one for one in left if at_ms - _MONTH_MS <= one.at_ms <= at_ms]
        if len([one for one in window if one.at_ms < at_ms]) < _AT_LEAST:
            armed = True
        if armed and len(window) >= _AT_LEAST:
            total = sum((one.total or Decimal(0) for one in window), Decimal(0))
            yield Moment("baskets_left_again", subject, None, at_ms, total, times=len(window))
            armed = False


def _first_of(again: list[Moment]) -> Iterator[Moment]:
    """Those with none in the 30 days before, both ends included."""
    for one in again:
        if not any(one.at_ms - _MONTH_MS <= other.at_ms < one.at_ms for other in again):
            yield one._replace(signal="hesitates")
