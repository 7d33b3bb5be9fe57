"""Looking for furniture: pieces compared over days, bought in the store, put into a basket, or left."""

from __future__ import annotations

import random
from collections.abc import Iterator

from cjo.demo.parts.base import Part, Story, filled, off_the_minute
from cjo.demo.parts.shop import CURRENCY, price_of, product_id
from cjo.demo.people import customer_id, device_of
from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Shape, Touch, random_time

_PIECES = 40
_CATEGORY = {"category": "furniture"}
_WAIT_MS = 4 * HOUR_MS


class Search(Story):
    """One customer's search. Views are more than the bound apart: so they arrive in the order of happening."""

    def __init__(self, shape: Shape, chance: random.Random, name: str, customer: str | None, device: str) -> None:
        super().__init__(shape, chance, customer, device)
        self._name = name

    def tell(self, start_ms: int) -> list[Touch]:
        """The whole story, starting at `start_ms`."""
        self._now_ms = start_ms
        self._look_around()
        while self._chance.random() < 0.35:
            self._now_ms += HOUR_MS + int(self._chance.random() ** 2 * 12 * DAY_MS)
            self._look_around()
        lot = self._chance.random()
        if lot < 0.10:  # the first view just inside the window of another, or just outside
            self._view(
                self.touches[0].at_ms + 2 * DAY_MS + self._chance.choice((0, 1)), self._chance.randrange(_PIECES)
            )
        elif lot < 0.25:
            self._end(self._now_ms + MINUTE_MS + int(self._chance.random() * 8 * HOUR_MS))
        elif lot < 0.33:
            self._end(self._now_ms + _WAIT_MS + self._chance.choice((-1, 0, 1, 4_999, 5_000)))
        return sorted(self.touches, key=lambda touch: touch.at_ms)

    def _look_around(self) -> None:
        for _ in range(self._chance.randint(1, 4)):
            self._now_ms = off_the_minute(self._now_ms + int((8 + self._chance.random() * 90) * SECOND_MS))
            self._view(self._now_ms, self._chance.randrange(_PIECES))
            if self._chance.random() < 0.2:  # another look at the same one
                self._now_ms = off_the_minute(self._now_ms + 20 * SECOND_MS)
                self._note(self._now_ms, "web", "product_viewed", dict(self.touches[-1].fields))

    def _view(self, at_ms: int, piece: int) -> None:
        self._note(at_ms, "web", "product_viewed", {"product_id": f"f{piece:03d}", "attributes": _CATEGORY})

    def _end(self, at_ms: int) -> None:
        product = self._chance.randrange(self._shape.products)
        bought = {"amount": price_of(product), "currency": CURRENCY}
        if self._chance.random() < 0.5:
            basket = {"basket_id": self._name, "product_id": product_id(product)}
            self._note(at_ms, "web", "product_added", basket | bought)
        else:
            self._note(at_ms, "store", "order_completed", {"order_id": f"o-{self._name}"} | bought)

    def _note(self, at_ms: int, channel: str, kind: str, fields: dict[str, object]) -> None:
        if at_ms < self._shape.end_ms:
            self.touches.append(Touch(at_ms, self._customer, self._device, channel, kind, fields))


def _stories(shape: Shape) -> Iterator[list[Touch]]:
    chance = shape.chance("furniture")
    for number, who in enumerate(chance.sample(range(shape.customers), shape.customers)):
        anonymous = chance.random() < 0.1
        customer, device = (None, f"f{who:06d}") if anonymous else (customer_id(who), device_of(who))
        start_ms = min(random_time(shape, chance), shape.end_ms - 10 * MINUTE_MS)
        yield Search(shape, chance, f"f{number:x}", customer, device).tell(start_ms)


def tell(shape: Shape, room: int) -> list[Touch]:
    """Searches that hold `room` relevant touchpoints, as far as there are customers."""
    return filled(room, _stories(shape), PART.relevant)


def _is_relevant(touch: Touch) -> bool:
    return touch.type == "product_viewed" and touch.attribute("category") == "furniture"


PART = Part("furniture", tell, _is_relevant)
