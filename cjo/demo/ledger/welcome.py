"""welcome: three messages over the first week of an account, until the customer is active."""

from __future__ import annotations

from cjo.demo.known import Known
from cjo.demo.ledger.base import Book, Moment, exited
from cjo.demo.shape import DAY_MS, Touch

_ACTIVE = ("product_added", "order_completed", "calculator_used", "branch_visited")
_MESSAGES = (("hello", 0), ("ideas", 2 * DAY_MS), ("help", 7 * DAY_MS))


class Welcome(Book):
    """A customer is welcomed once."""

    journey = "welcome"
    purpose = "marketing"
    first_send = "hello"

    def tell(self, subject: str, story: list[Touch]) -> None:
        moments = [Moment("account_opened", subject, None, t.at_ms) for t in story if t.type == "account_created"]
        ended_ms: list[int] = []
        for moment in self.entries(moments, None, is_open=lambda one: one.at_ms < max(ended_ms, default=0)):
            ended_ms.append(self._week(moment, story))

    def _week(self, moment: Moment, story: list[Touch]) -> int:
        """Note what is sent; returns when the run ends."""
        known = Known(story)
        at_ms = moment.at_ms
        for step, after_ms in _MESSAGES:
            at_ms = moment.at_ms + after_ms
            active_ms = exited(story, _ACTIVE, moment.at_ms, at_ms) if after_ms else None
            if active_ms is not None:
                return active_ms
            if self.send(moment, step, at_ms, known, ("email", "push")):
                break
        return at_ms
