"""Payments that fail: tried again at once or hours later, paid in time or late, cancelled, or left."""

from __future__ import annotations

import random
from collections.abc import Iterator

from cjo.demo.parts.base import Part, filled, of_types, off_the_minute
from cjo.demo.parts.shop import CURRENCY, price_of
from cjo.demo.people import customer_id, device_of
from cjo.demo.shape import HOUR_MS, MINUTE_MS, Shape, Touch, random_time

_REASONS = ("declined", "declined", "card_expired", "limit_reached", "timeout")
_STUCK_MS = 15 * MINUTE_MS
_LAST_DAY_MS = 20 * HOUR_MS


class Payment:
    """The payment of one order, from its first failure."""

    def __init__(self, shape: Shape, chance: random.Random, number: int) -> None:
        self._shape = shape
        self._chance = chance
        self._order = f"pay-{number:05x}"
        self._who = int(chance.random() ** 1.5 * shape.customers)
        self._amount = price_of(chance.randrange(shape.products))
        self._now_ms = 0
        self.touches: list[Touch] = []

    def tell(self, at_ms: int) -> list[Touch]:
        """The whole story, with the first failure at about `at_ms`."""
        self._fail(at_ms)
        while self._chance.random() < 0.4:
            tried_ms = MINUTE_MS + int(self._chance.random() * 12 * MINUTE_MS)
            self._fail(self._now_ms + self._chance.choice((tried_ms, tried_ms, tried_ms, _STUCK_MS)))
        self._end()
        return self.touches

    def _end(self) -> None:
        stuck_ms = self._now_ms + _STUCK_MS
        lot = self._chance.random()
        if lot < 0.30:
            self._pay(self._now_ms + MINUTE_MS + int(self._chance.random() * 13 * MINUTE_MS))
        elif lot < 0.36:
            self._pay(stuck_ms + self._chance.choice((-1, 0, 1, MINUTE_MS)))
        elif lot < 0.50:
            self._pay(stuck_ms + MINUTE_MS + int(self._chance.random() * 30 * HOUR_MS))
        elif lot < 0.56:
            self._pay(stuck_ms + _LAST_DAY_MS + self._chance.choice((-1, 0, 1, 4_999, 5_000)))
        elif lot < 0.64:
            self._note(stuck_ms + MINUTE_MS + int(self._chance.random() * 9 * HOUR_MS), "order_cancelled", {})
        elif lot < 0.76:  # they come back hours later, and it fails again
            self._fail(stuck_ms + HOUR_MS + int(self._chance.random() * 40 * HOUR_MS))

    def _fail(self, at_ms: int) -> None:
        self._now_ms = off_the_minute(at_ms)
        attributes = {"reason": self._chance.choice(_REASONS), "method": self._chance.choice(("card", "wallet"))}
        self._note(self._now_ms, "payment_failed", {"attributes": attributes})

    def _pay(self, at_ms: int) -> None:
        self._note(at_ms, "payment_succeeded", {})

    def _note(self, at_ms: int, kind: str, fields: dict[str, object]) -> None:
        if at_ms < self._shape.end_ms:
            paid = {"order_id": self._order, "amount": self._amount, "currency": CURRENCY}
            customer, device = customer_id(self._who), device_of(self._who)
            self.touches.append(Touch(at_ms, customer, device, "web", kind, {**paid, **fields}))


def _stories(shape: Shape) -> Iterator[list[Touch]]:
    chance = shape.chance("payments")
    number = 0
    while True:
        number += 1
        yield Payment(shape, chance, number).tell(random_time(shape, chance))


def tell(shape: Shape, room: int) -> list[Touch]:
    """Payments that hold `room` relevant touchpoints."""
    return filled(room, _stories(shape), PART.relevant)


PART = Part("payments", tell, of_types("payment_failed", "payment_succeeded", "order_cancelled"))
