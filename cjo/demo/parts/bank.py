"""Mortgage research: pages, calculator, visits to a branch, and sometimes an application."""

from __future__ import annotations

import random
from collections.abc import Iterator

from cjo.demo.parts.base import Part, Story, filled, off_the_minute
from cjo.demo.people import customer_id, device_of
from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Shape, Touch, random_time

_LOANS = (250_000, 400_000, 550_000, 800_000)


class Research(Story):
    """One subject's interest in a mortgage over some days.

    Its touchpoints are more than the bound apart, and away from the turn of a minute, where the CRM exports its
    changes: so their order of arrival is their order of happening, which matters to a score that counts at once.
    """

    def __init__(self, shape: Shape, chance: random.Random, name: str, customer: str | None, device: str) -> None:
        super().__init__(shape, chance, customer, device)
        self._name = name

    def tell(self, start_ms: int) -> list[Touch]:
        """The whole story, starting at `start_ms`."""
        self._now_ms = start_ms
        visits = 1 if self._chance.random() < 0.45 else 1 + self._chance.randint(1, 4)
        for visit in range(visits):
            self._visit(f"{self._name}-{visit}")
            self._now_ms += 2 * HOUR_MS + int(self._chance.random() * 1.5 * DAY_MS)
        return self.touches

    def _visit(self, session: str) -> None:
        channel = self._chance.choice(("web", "web", "app"))
        for page in range(self._chance.randint(1, 6)):
            self._note(channel, "page_viewed", session, {"topic": "mortgage", "page": f"/mortgage/{page}"})
        if self._chance.random() < 0.35:
            loan = {"loan": str(self._chance.choice(_LOANS)), "years": str(self._chance.choice((5, 10, 15)))}
            self._note(channel, "calculator_used", session, {"topic": "mortgage", **loan})
        if self._chance.random() < 0.12:
            self._now_ms += HOUR_MS
            self._note("branch", "branch_visited", None, {"topic": self._chance.choice(("mortgage", "account"))})
        if self._chance.random() < 0.05:
            self._now_ms += 10 * MINUTE_MS
            self._note(channel, "mortgage_applied", session, {"loan": str(self._chance.choice(_LOANS))})

    def _note(self, channel: str, kind: str, session: str | None, attributes: dict[str, str]) -> None:
        self._now_ms += int((6 + self._chance.random() * 90) * SECOND_MS)
        self._now_ms = off_the_minute(self._now_ms)
        if self._now_ms < self._shape.end_ms:
            customer = self._customer
            fields = (
                {"attributes": attributes} if session is None else {"session_id": session, "attributes": attributes}
            )
            self.touches.append(Touch(self._now_ms, customer, self._device, channel, kind, fields))


def _stories(shape: Shape) -> Iterator[list[Touch]]:
    chance = shape.chance("bank")
    for number, who in enumerate(chance.sample(range(shape.customers), shape.customers)):
        anonymous = chance.random() < 0.1
        customer, device = (None, f"m{who:06d}") if anonymous else (customer_id(who), device_of(who))
        yield Research(shape, chance, f"m{number:x}", customer, device).tell(random_time(shape, chance))


def tell(shape: Shape, room: int) -> list[Touch]:
    """Research that holds `room` relevant touchpoints, as far as there are customers."""
    return filled(room, _stories(shape), _is_relevant)


def _is_relevant(touch: Touch) -> bool:
    if touch.type == "page_viewed":
        return touch.attribute("topic") == "mortgage"
    return touch.type in ("calculator_used", "branch_visited", "mortgage_applied")


PART = Part("bank", tell, _is_relevant, share=0.37)
