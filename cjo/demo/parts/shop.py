"""Baskets in the shop: filled, changed, emptied, ordered in time or late, or left behind; and sales in the store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from cjo.demo.parts.base import Part, filled, of_types, off_the_minute
from cjo.demo.people import customer_id, device_of
from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Shape, Touch, random_time

CURRENCY = "CHF"
_CATEGORIES = ("shoes", "books", "garden", "kitchen", "toys", "sport")
_WAIT_MS = 30 * MINUTE_MS


@lru_cache(maxsize=4096)
def price_of(product: int) -> Decimal:
    """Price of a product in francs; some cost exactly 10 or 20, so that totals meet the limit of 20 exactly."""
    if product % 40 == 0:
        return Decimal(20)
    if product % 40 == 1:
        return Decimal(10)
    return Decimal(290 + (product * 7919) % 1200 * (1 + product % 9)) / 100


def product_id(product: int) -> str:
    """Id of the product with this number."""
    return f"p{product:04d}"


class Basket:
    """The life of one basket, from its first visit to its end. `touches` is what happened, up to the world's end.

    Products are added away from the turn of a minute, where the CRM exports its changes: so it is beyond doubt what was
    known of the customer at each deadline.
    """

    def __init__(self, shape: Shape, chance: random.Random, basket_id: str, customer: str | None, device: str) -> None:
        self._shape = shape
        self._chance = chance
        self._id = basket_id
        self._customer = customer
        self._device = device
        self._channel = chance.choice(("web", "web", "app"))
        self._visits = 0
        self._content: list[int] = []
        self._last_add_ms = 0
        self._now_ms = 0
        self.touches: list[Touch] = []

    def tell(self, start_ms: int) -> list[Touch]:
        """The whole story, starting at `start_ms`."""
        self._visit(start_ms)
        while self._chance.random() < 0.2:
            self._visit(self._now_ms + 5 * MINUTE_MS + int(self._chance.random() ** 3 * 30 * HOUR_MS))
        self._end()
        return self.touches

    def _visit(self, start_ms: int) -> None:
        self._now_ms = start_ms
        self._visits += 1
        self._note("session_started", {})
        for _ in range(1 + min(int(self._chance.expovariate(0.8)), 4)):
            self._add()
        if self._content and self._chance.random() < 0.15:
            self._later(5, 90)
            product = self._content.pop(self._chance.randrange(len(self._content)))
            self._note("product_removed", {"product_id": product_id(product), "basket_id": self._id})

    def _add(self) -> None:
        product = self._chance.randrange(self._shape.products)
        name, category = product_id(product), {"category": _CATEGORIES[product % len(_CATEGORIES)]}
        if self._chance.random() < 0.97:  # else: two at the same millisecond, or at the end of a visit
            self._later(4, 60)
            self._note("product_viewed", {"product_id": name, "attributes": category})
            self._later(0, 45)
        self._now_ms = off_the_minute(self._now_ms)
        self._content.append(product)
        self._last_add_ms = self._now_ms
        fields = {"product_id": name, "basket_id": self._id, "amount": price_of(product), "currency": CURRENCY}
        self._note("product_added", {**fields, "attributes": category})

    def _end(self) -> None:
        lot = self._chance.random()
        deadline_ms = self._last_add_ms + _WAIT_MS
        if lot < 0.34:
            self._order(self._now_ms + MINUTE_MS + int(self._chance.random() * 20 * MINUTE_MS))
        elif lot < 0.36:
            self._order(deadline_ms)
        elif lot < 0.38:
            self._order(deadline_ms + 1)
        elif lot < 0.39:
            self._order(deadline_ms + int(self._chance.random() * 5 * SECOND_MS))
        elif lot < 0.40:
            self._empty(deadline_ms + DAY_MS + self._chance.choice((-1, 0, 1, 1500)))
        elif lot < 0.47:
            self._empty(self._now_ms + MINUTE_MS + int(self._chance.random() * 20 * MINUTE_MS))
            if self._chance.random() < 0.25:
                self._visit(self._now_ms + 10 * MINUTE_MS)
        elif lot < 0.56:
            self._order(deadline_ms + int(self._chance.random() ** 2 * 3 * DAY_MS))
        elif lot < 0.58:
            self._empty(deadline_ms + int(self._chance.random() * DAY_MS))

    def _order(self, at_ms: int) -> None:
        self._now_ms = at_ms
        total = sum((price_of(product) for product in self._content), Decimal(0))
        lines = [{"product_id": product_id(product), "amount": price_of(product)} for product in self._content]
        fields = {"basket_id": self._id, "order_id": f"o-{self._id}", "amount": total, "currency": CURRENCY}
        self._note("order_completed", {**fields, "lines": lines})

    def _empty(self, at_ms: int) -> None:
        self._now_ms = at_ms
        self._content.clear()
        self._note("basket_emptied", {"basket_id": self._id})

    def _later(self, least_s: int, most_s: int) -> None:
        self._now_ms += int((least_s + self._chance.random() * (most_s - least_s)) * SECOND_MS)

    def _note(self, kind: str, fields: dict[str, object]) -> None:
        if self._now_ms < self._shape.end_ms:
            session = {"session_id": f"{self._id}-{self._visits}"}
            self.touches.append(
                Touch(self._now_ms, self._customer, self._device, self._channel, kind, session | fields)
            )


def store_sale(shape: Shape, chance: random.Random, order_id: str, customer: str) -> Touch:
    """A purchase at the till with the customer's card: no basket, so it ends no basket's story."""
    product = chance.randrange(shape.products)
    fields = {"order_id": order_id, "amount": price_of(product), "currency": CURRENCY}
    lines = [{"product_id": product_id(product), "amount": price_of(product)}]
    return Touch(random_time(shape, chance), customer, None, "store", "order_completed", {**fields, "lines": lines})


def _stories(shape: Shape) -> Iterator[list[Touch]]:
    chance = shape.chance("shop")
    number = 0
    while True:
        number += 1
        who = int(chance.random() ** 1.5 * shape.customers)
        if chance.random() < 0.06:
            yield [store_sale(shape, chance, f"t{number}", customer_id(who))]
            continue
        anonymous = chance.random() < 0.12
        customer, device = (None, f"x{who:06d}") if anonymous else (customer_id(who), device_of(who))
        start_ms = random_time(shape, chance)
        if chance.random() < 0.01:  # before journeys are live
            start_ms = shape.begin_ms - int(chance.random() * 3 * HOUR_MS)
        yield Basket(shape, chance, f"b{number:06x}", customer, device).tell(start_ms)


def tell(shape: Shape, room: int) -> list[Touch]:
    """Baskets and sales that hold `room` relevant touchpoints."""
    return filled(room, _stories(shape), PART.relevant)


PART = Part(
    "shop",
    tell,
    of_types("product_added", "product_removed", "basket_emptied", "order_completed"),
    share=0.63,
)
