"""Mortgage advice: how much somebody wants a mortgage shows in what they do, and in whether they book an appointment.

The interest itself is in no touchpoint. It makes visits longer, closer together and nearer to the calculator, and a
booking likelier; and chance has its part in all of it, as it has with people.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from cjo.demo.parts.base import Part, Story, filled, off_the_minute
from cjo.demo.people import customer_id, device_of
from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Shape, Touch, random_time

TOPIC = "mortgage"
QUARTER_MS = 15 * MINUTE_MS
_LOANS = (250_000, 400_000, 550_000, 800_000)


class Interest(Story):
    """One customer's way to an appointment, or away from it. Touchpoints are as far apart as those of the bank's."""

    def __init__(self, shape: Shape, chance: random.Random, name: str, who: int) -> None:
        super().__init__(shape, chance, customer_id(who), device_of(who))
        self._name = name
        self._interest = chance.random()
        """From 0, mere curiosity, to 1."""

    def tell(self, start_ms: int) -> list[Touch]:
        """The whole story, starting at `start_ms`."""
        self._now_ms = start_ms
        for visit in range(1 + int(self._chance.random() * (3 + 7 * self._interest))):
            self._visit(f"{self._name}-{visit}")
            if visit and self._chance.random() < _share(8 * self._interest - 6.5):
                self._book()
                break
            self._now_ms += int((0.15 + self._chance.random() * 3 * (1.2 - self._interest)) * DAY_MS)
        return self.touches

    def _visit(self, session: str) -> None:
        channel = self._chance.choice(("web", "web", "app"))
        for page in range(self._chance.randint(1, 2 + round(6 * self._interest))):
            self._note(channel, "page_viewed", session, topic=TOPIC, page=f"/mortgage/{page}")
        for _ in range(2):
            if self._chance.random() < 0.03 + 0.5 * self._interest:
                loan = str(self._chance.choice(_LOANS))
                self._note(channel, "calculator_used", session, topic=TOPIC, loan=loan, years="10")
        if self._chance.random() < 0.2 * self._interest:
            self._now_ms += HOUR_MS
            self._note("branch", "branch_visited", None, topic=TOPIC)

    def _book(self) -> None:
        self._now_ms += int((2 + self._chance.random() * 20) * MINUTE_MS)
        starts_ms = self._now_ms + int((0.2 + self._chance.random() * 4) * DAY_MS)
        starts_ms += QUARTER_MS - starts_ms % QUARTER_MS
        appointment = {"appointment_id": f"{self._name}-a"}
        form = "video" if self._chance.random() < 0.5 else "branch"
        self._note("web", "appointment_booked", None, **appointment, form=form, topic=TOPIC, starts_at=str(starts_ms))
        if self._chance.random() < 0.85:
            self._now_ms = max(self._now_ms, starts_ms - 9 * MINUTE_MS)
            self._note("video" if form == "video" else "branch", "appointment_joined", None, **appointment)

    def _note(self, channel: str, kind: str, session: str | None, **attributes: str) -> None:
        self._now_ms = off_the_minute(self._now_ms + int((6 + self._chance.random() * 90) * SECOND_MS))
        if self._now_ms < self._shape.end_ms:
            fields = {"attributes": attributes} | ({"session_id": session} if session else {})
            self.touches.append(Touch(self._now_ms, self._customer, self._device, channel, kind, fields))


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _stories(shape: Shape) -> Iterator[list[Touch]]:
    chance = shape.chance("advice")
    for number, who in enumerate(chance.sample(range(shape.customers), shape.customers)):
        yield Interest(shape, chance, f"v{number:x}", who).tell(random_time(shape, chance))


def tell(shape: Shape, room: int) -> list[Touch]:
    """Interest that holds `room` relevant touchpoints, as far as there are customers."""
    return filled(room, _stories(shape), is_relevant)


def is_relevant(touch: Touch) -> bool:
    """True where the model looks at it, or it is what the model is about."""
    if touch.type in ("page_viewed", "calculator_used", "branch_visited", "appointment_booked"):
        return touch.attribute("topic") == TOPIC
    return touch.type == "appointment_joined"


PART = Part("advice", tell, is_relevant)
