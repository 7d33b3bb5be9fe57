"""The requests of one topic and customer, in order."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from cjo.deliver.request import FLYING, READY, WAITING, Now, Request


@dataclass(eq=False, slots=True)
class Lane:
    """Requests in the order of the topic. `ahead` is the one that is ready or under way: the others wait for it.

    `is_away` where nothing goes out before the customer can be reached again.
    """

    requests: list[Request] = field(default_factory=list)
    ahead: Request | None = None
    is_away: bool = False

    def first_due(self, now: Now) -> Request | None:
        """The first request whose `not_before` has come."""
        return next((request for request in self.requests if request.action["not_before"] <= now.wall_ms), None)

    def waits_for_customer(self, now: Now) -> bool:
        """True where the first that is due has found its customer absent."""
        first = self.first_due(now)
        return first is not None and math.isinf(first.retry_at_s)

    def advance(self, now: Now) -> Request | None:
        """The request that is ready from now on, where that has changed."""
        first = self.first_due(now)
        if first is None or first is self.ahead or first.retry_at_s > now.mono_s:
            return None
        if self.ahead is not None and self.ahead.state == FLYING:
            return None
        if self.ahead is not None:  # the time of one before it has come
            self.ahead.state = WAITING
        self.ahead = first
        first.state = READY
        return first
