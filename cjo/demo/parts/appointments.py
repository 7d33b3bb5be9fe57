"""Appointments at the bank: video calls that are booked, cancelled, kept or missed, and visits to the branch."""

from __future__ import annotations

import random
from collections.abc import Iterator

from cjo.demo.parts.base import Part, filled, off_the_minute
from cjo.demo.people import customer_id
from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Shape, Touch, random_time

QUARTER_MS = 15 * MINUTE_MS
_TOPICS = ("savings", "mortgage", "pension", "shares")


def _relevant(touch: Touch) -> bool:
    if touch.type == "appointment_booked":
        return touch.attribute("form") == "video"
    return touch.type in ("appointment_cancelled", "appointment_joined")


def tell(shape: Shape, room: int) -> list[Touch]:
    """Appointments until there are `room` touchpoints of them."""
    return filled(room, _appointments(shape), _relevant)


def _appointments(shape: Shape) -> Iterator[list[Touch]]:
    chance = shape.chance("appointments")
    number = 0
    while True:
        number += 1
        customer = customer_id(chance.randrange(shape.customers))
        story = _appointment(chance, f"a{number:05x}", customer, off_the_minute(random_time(shape, chance)))
        yield [touch for touch in story if touch.at_ms < shape.end_ms]


def _appointment(chance: random.Random, appointment_id: str, customer: str, booked_ms: int) -> Iterator[Touch]:
    """It starts on a quarter of an hour, and reminders go out on one."""

    def touch(at_ms: int, channel: str, kind: str, **more: str) -> Touch:
        fields = {"attributes": {"appointment_id": appointment_id, **more}}
        return Touch(at_ms, customer, None, channel, kind, fields)

    ahead_ms = chance.choice((QUARTER_MS, 2 * HOUR_MS, 20 * HOUR_MS, DAY_MS, 2 * DAY_MS, 4 * DAY_MS))
    starts_ms = booked_ms + int((0.5 + chance.random()) * ahead_ms)
    starts_ms += QUARTER_MS - starts_ms % QUARTER_MS
    if chance.random() < 0.02:  # a slip: it is over when it is booked
        starts_ms -= 8 * DAY_MS
    form = "video" if chance.random() < 0.85 else "branch"
    about = {"form": form, "topic": chance.choice(_TOPICS), "starts_at": str(starts_ms)}
    yield touch(booked_ms, chance.choice(("web", "app", "call", "branch")), "appointment_booked", **about)
    lot = chance.random()
    if lot < 0.15:
        at_ms = booked_ms + int(chance.random() * (starts_ms - booked_ms))
        if at_ms > booked_ms:
            yield touch(off_the_minute(at_ms), "web", "appointment_cancelled")
    elif lot < 0.80:
        yield touch(max(booked_ms + 20 * SECOND_MS, starts_ms + chance.randint(-9, 13) * MINUTE_MS), "video",
                    "appointment_joined")  # fmt: skip
    elif lot < 0.86:  # in the last moment, and just too late
        late_ms = chance.choice((-1, 0, 10 * SECOND_MS, 5 * MINUTE_MS))
        yield touch(max(booked_ms + 20 * SECOND_MS, starts_ms + QUARTER_MS + late_ms), "video", "appointment_joined")


PART = Part("appointments", tell, _relevant)
