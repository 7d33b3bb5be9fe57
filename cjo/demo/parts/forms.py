"""Forms: filled in step by step, submitted, thrown away, or left half way and sometimes taken up again."""

from __future__ import annotations

import random
from collections.abc import Iterator

from cjo.demo.parts.base import Part, filled, of_types, off_the_minute
from cjo.demo.people import customer_id, device_of
from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Shape, Touch, random_time

_FORMS = ("mortgage", "card", "loan", "pension", "address change")
_WAIT_MS = 45 * MINUTE_MS
_relevant = of_types("form_started", "form_step_completed", "form_submitted", "form_discarded")


def tell(shape: Shape, room: int) -> list[Touch]:
    """Forms until there are `room` touchpoints of them."""
    return filled(room, _forms(shape), _relevant)


def _forms(shape: Shape) -> Iterator[list[Touch]]:
    chance = shape.chance("forms")
    number = 0
    while True:
        number += 1
        who = int(chance.random() ** 1.5 * shape.customers)
        known = chance.random() > 0.1
        form = Form(shape, chance, f"f{number:05x}", customer_id(who) if known else None, device_of(who))
        yield form.tell(random_time(shape, chance))


class Form:
    """One form from its opening on. Steps are away from the turn of a minute, where the CRM exports its changes."""

    def __init__(self, shape: Shape, chance: random.Random, form_id: str, customer: str | None, device: str) -> None:
        self._shape = shape
        self._chance = chance
        self._attributes = {"form_id": form_id, "form": chance.choice(_FORMS)}
        self._customer = customer
        self._device = device
        self._channel = chance.choice(("web", "web", "app"))
        self._steps = 0
        self._now_ms = 0
        self.touches: list[Touch] = []

    def tell(self, start_ms: int) -> list[Touch]:
        """The whole story, starting at `start_ms`."""
        self._now_ms = start_ms
        self._go("form_started")
        self._fill_in(self._chance.choice((0, 0, 1, 2, 3, 5)))
        while self._chance.random() < 0.2:  # taken up again: within the wait, after it, the next day
            self._now_ms += 5 * MINUTE_MS + int(self._chance.random() ** 3 * 30 * HOUR_MS)
            self._fill_in(1)
        self._end()
        return self.touches

    def _fill_in(self, steps: int) -> None:
        for _ in range(steps):
            self._steps += 1
            self._go("form_step_completed", step=str(self._steps))

    def _end(self) -> None:
        lot = self._chance.random()
        deadline_ms = self._now_ms + _WAIT_MS
        ends = "form_submitted" if lot % 0.1 < 0.08 else "form_discarded"
        if lot < 0.30:
            self._note(self._now_ms + MINUTE_MS + int(self._chance.random() * 20 * MINUTE_MS), ends, {})
        elif lot < 0.33:
            self._note(deadline_ms, ends, {})
        elif lot < 0.36:
            self._note(deadline_ms + 1, ends, {})
        elif lot < 0.38:
            self._note(deadline_ms + int(self._chance.random() * 5 * SECOND_MS), ends, {})
        elif lot < 0.50:
            self._note(deadline_ms + int(self._chance.random() ** 2 * 2 * DAY_MS), ends, {})

    def _go(self, kind: str, **more: str) -> None:
        self._now_ms += int((8 + self._chance.random() * 180) * SECOND_MS)
        self._now_ms = off_the_minute(self._now_ms)
        self._note(self._now_ms, kind, more)

    def _note(self, at_ms: int, kind: str, more: dict[str, str]) -> None:
        if at_ms < self._shape.end_ms:
            fields = {"attributes": self._attributes | more}
            self.touches.append(Touch(at_ms, self._customer, self._device, self._channel, kind, fields))


PART = Part("forms", tell, _relevant)
