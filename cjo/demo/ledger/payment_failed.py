"""payment-failed: an order whose payment stays failed is told of, and once more before it is released."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from cjo.demo.known import Known
from cjo.demo.ledger.base import TRANSACTIONAL, Book, Moment, exited
from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, Touch

_SOLVED = ("payment_succeeded", "order_cancelled")
_STUCK_AFTER_MS = 15 * MINUTE_MS
_PATIENCE_MS = 20 * HOUR_MS


class PaymentFailed(Book):
    """Each order is a matter of its own, at most once a day."""

    journey = "payment-failed"
    purpose = TRANSACTIONAL
    first_send = "tell"

    def tell(self, subject: str, story: list[Touch]) -> None:
        orders: dict[str, list[Touch]] = defaultdict(list)
        for touch in story:
            if touch.type in ("payment_failed", *_SOLVED):
                orders[touch.fields["order_id"]].append(touch)
        for order, life in orders.items():
            self._order(list(stuck(subject, order, life)), life, Known(story))

    def _order(self, moments: list[Moment], life: list[Touch], known: Known) -> None:
        ended_ms: list[int] = []
        for moment in self.entries(moments, DAY_MS, is_open=lambda one: one.at_ms < max(ended_ms, default=0)):
            ended_ms.append(self._help(moment, life, known))

    def _help(self, moment: Moment, life: list[Touch], known: Known) -> int:
        """Note what is sent; returns when the run ends."""
        if self.send(moment, "tell", moment.at_ms, known, ("push", "email", "sms")):
            return moment.at_ms
        last_ms = moment.at_ms + _PATIENCE_MS
        solved_ms = exited(life, _SOLVED, moment.at_ms, last_ms)
        if solved_ms is not None:
            return solved_ms
        self.send(moment, "last-day", last_ms, known, ("email", "sms"))
        return last_ms


def stuck(subject: str, order: str, life: list[Touch]) -> Iterator[Moment]:
    """S2, T3: a quarter of an hour, both ends included, after the last failure without payment or cancellation.

    It counts the failures that are each within a quarter of an hour of the next, none of them solved in between.
    """
    run: list[Touch] = []
    for touch, following in zip(life, [*life[1:], None], strict=True):
        if touch.type != "payment_failed":
            run = []
            continue
        run = [*run, touch] if run and touch.at_ms - run[-1].at_ms <= _STUCK_AFTER_MS else [touch]
        due_ms = touch.at_ms + _STUCK_AFTER_MS
        if following is None or following.at_ms > due_ms:
            yield Moment("payment_stuck", subject, order, due_ms, touch.fields["amount"], times=len(run))
