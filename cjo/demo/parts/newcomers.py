"""People who open an account in mid-week: some look around and do nothing, some become active, early or late."""

from __future__ import annotations

import random
from collections.abc import Iterator

from cjo.demo.parts.base import Part, filled, of_types, off_the_minute
from cjo.demo.parts.shop import CURRENCY, price_of, product_id
from cjo.demo.people import customer_id, device_of
from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Shape, Touch, random_time

_NAMES = ("Mia", "Noah", "Olga", "Paul", "Rosa", "Samir", "Tina", "Urs")
_SOURCES = ("checkout", "home", "campaign", "adviser")
_BOUND_MS = 5 * SECOND_MS
_DUE_MS = (2 * DAY_MS, 7 * DAY_MS)


class Newcomer:
    """One new customer. Details and consent are on record well before the account is confirmed."""

    def __init__(self, shape: Shape, chance: random.Random, number: int) -> None:
        self._shape = shape
        self._chance = chance
        self._name = f"n{number:05x}"
        self._customer = customer_id(shape.customers + number)
        self._device = device_of(shape.customers + number)
        self.touches: list[Touch] = []

    def tell(self, at_ms: int) -> list[Touch]:
        """The whole story of an account that is confirmed at `at_ms`."""
        self._register(at_ms - MINUTE_MS)
        self._note(at_ms, "web", "account_created", attributes={"source": self._chance.choice(_SOURCES)})
        lot = self._chance.random()
        if lot < 0.30:
            self._act(at_ms + MINUTE_MS + int(self._chance.random() * 8 * DAY_MS))
        elif lot < 0.45:  # about when a message is due
            self._act(at_ms + self._chance.choice(_DUE_MS) + self._chance.choice((-1, 0, 1, _BOUND_MS - 1, _BOUND_MS)))
        elif lot < 0.60:
            self._change(at_ms)
        elif lot < 0.66:
            again_ms = at_ms + HOUR_MS + int(self._chance.random() * 3 * DAY_MS)
            if lot < 0.63:  # the welcome is over by then
                self._act(at_ms + MINUTE_MS)
            self._note(again_ms, "app", "account_created", attributes={"source": "home"})
        return self.touches

    def _register(self, at_ms: int) -> None:
        profile = {"locale": self._chance.choice(("en", "de")), "first_name": self._chance.choice(_NAMES)}
        if self._chance.random() < 0.85:
            profile["email"] = f"{self._customer}@new.example"
        if self._chance.random() < 0.5:
            profile["push_token"] = f"t-{self._name}"
        self._note(at_ms, "crm", "profile_updated", attributes=profile)
        lot = self._chance.random()
        if lot < 0.75:
            where = {"channel": "push"} if lot < 0.1 else {}
            self._note(at_ms + 1, "crm", "consent_given", attributes={"purpose": "marketing", **where})

    def _act(self, at_ms: int) -> None:
        kind = self._chance.choice(("product_added", "order_completed", "calculator_used", "branch_visited"))
        product = self._chance.randrange(self._shape.products)
        bought = {"amount": price_of(product), "currency": CURRENCY}
        if kind == "product_added":
            self._note(at_ms, "web", kind, basket_id=self._name, product_id=product_id(product), **bought)
        elif kind == "order_completed":
            self._note(at_ms, "store", kind, order_id=f"o-{self._name}", **bought)
        else:
            channel = "web" if kind == "calculator_used" else "branch"
            self._note(at_ms, channel, kind, attributes={"topic": "mortgage"})

    def _change(self, at_ms: int) -> None:
        """The CRM's export of a later day: suppressed, consent withdrawn, or given at last."""
        later_ms = at_ms + HOUR_MS + int(self._chance.random() * 6 * DAY_MS)
        later_ms -= later_ms % MINUTE_MS
        kind = self._chance.choice(("customer_suppressed", "consent_withdrawn", "consent_given"))
        attributes = {} if kind == "customer_suppressed" else {"purpose": "marketing"}
        self._note(later_ms, "crm", kind, attributes=attributes)

    def _note(self, at_ms: int, channel: str, kind: str, **fields: object) -> None:
        if at_ms < self._shape.end_ms:
            device = self._device if channel in ("web", "app") else None
            self.touches.append(Touch(at_ms, self._customer, device, channel, kind, fields))


def _stories(shape: Shape) -> Iterator[list[Touch]]:
    chance = shape.chance("newcomers")
    number = 0
    while True:
        at_ms = random_time(shape, chance)
        if chance.random() < 0.03:  # before journeys are live
            at_ms = shape.begin_ms - MINUTE_MS - int(chance.random() * HOUR_MS)
        yield Newcomer(shape, chance, number).tell(off_the_minute(at_ms))
        number += 1


def tell(shape: Shape, room: int) -> list[Touch]:
    """New customers whose stories hold `room` relevant touchpoints."""
    return filled(room, _stories(shape), lambda touch: True)


PART = Part("newcomers", tell, of_types("account_created"))
