"""The customers: what the CRM knows of them, what they consented to, and what changes in mid-week."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from cjo.demo.shape import HOUR_MS, MINUTE_MS, SECOND_MS, Shape, Touch, random_time

_FIRST_NAMES = ("Anna", "Ben", "Carla", "David", "Elif", "Finn", "Giulia", "Hanna", "Ivan", "Jana", "Karim", "Lea")
_LOCALES = ("en", "de", "de", "fr")
_ZONES = ("Europe/Zurich", "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kolkata")
_PURPOSES = {"marketing": (0.60, 0.75), "advice": (0.55, 0.65)}
"""Share of customers who said yes to every channel, and (with those) to at least one."""


def customer_id(number: int) -> str:
    """Id of the customer with this number, from 0."""
    return f"c{number:06d}"


def device_of(number: int) -> str:
    """Id of the device that the customer with this number uses."""
    return f"d{number:06d}"


def people(shape: Shape) -> list[Touch]:
    """All profile, consent and suppression touchpoints of all customers, not ordered.

    What was known before the week comes in the hour before it; changes in mid-week come from the CRM's export, which
    runs at the first second of a minute, but not of a quarter of an hour: then messages go out that were due by the
    clock, and it is beyond doubt what was known.
    """
    chance, births = shape.chance("people"), shape.chance("births")
    touches: list[Touch] = []
    for number in range(shape.customers):
        touches.extend(_known_before(shape, chance, number, _birth_date(births)))
        touches.extend(_changes(shape, chance, number))
    return touches


def _known_before(shape: Shape, chance: random.Random, number: int, born: dict[str, str]) -> Iterator[Touch]:
    at_ms = shape.begin_ms - HOUR_MS + int(chance.random() * (HOUR_MS - 10 * SECOND_MS))
    if chance.random() < 0.92:
        yield _crm(at_ms, number, "profile_updated", _profile(chance, number) | born)
    for purpose, (everywhere, somewhere) in _PURPOSES.items():
        lot = chance.random()
        if lot < everywhere:
            yield _crm(at_ms + 1, number, "consent_given", {"purpose": purpose})
            if chance.random() < 0.05:
                yield _crm(at_ms + 2, number, "consent_withdrawn", {"purpose": purpose, "channel": _channel(chance)})
        elif lot < somewhere:
            yield _crm(at_ms + 1, number, "consent_given", {"purpose": purpose, "channel": _channel(chance)})
    if chance.random() < 0.01:
        yield _crm(at_ms + 3, number, "customer_suppressed", {})


def _changes(shape: Shape, chance: random.Random, number: int) -> Iterator[Touch]:
    lot = chance.random()
    if lot > 0.13:
        return
    at_ms = _export_time(shape, chance)
    if lot < 0.03:
        yield _crm(at_ms, number, "consent_withdrawn", {"purpose": "marketing"})
    elif lot < 0.04:
        yield _crm(at_ms, number, "consent_withdrawn", {"purpose": "advice", "channel": "email"})
    elif lot < 0.07:
        yield _crm(at_ms, number, "consent_given", {"purpose": chance.choice(("marketing", "advice"))})
    elif lot < 0.11:
        yield _crm(at_ms, number, "profile_updated", {"push_token": f"t{number}-2", "email": _email(number, "new")})
    elif lot < 0.12:
        yield _crm(at_ms, number, "customer_suppressed", {})
    else:
        yield _crm(at_ms, number, "customer_suppressed", {})
        later_ms = _off_the_quarter(at_ms + (1 + int(chance.random() * 2000)) * MINUTE_MS)
        if later_ms < shape.end_ms:
            yield _crm(later_ms, number, "customer_unsuppressed", {})


def _export_time(shape: Shape, chance: random.Random) -> int:
    at_ms = random_time(shape, chance)
    return _off_the_quarter(at_ms - at_ms % MINUTE_MS + int(chance.random() * SECOND_MS))


def _off_the_quarter(at_ms: int) -> int:
    return at_ms if at_ms // MINUTE_MS % 15 else at_ms + MINUTE_MS


def _profile(chance: random.Random, number: int) -> dict[str, str]:
    profile = {"locale": chance.choice(_LOCALES)}
    if chance.random() < 0.75:
        profile["email"] = _email(number, "mail")
    if chance.random() < 0.45:
        profile["phone"] = f"+4179{number:07d}"
    if chance.random() < 0.40:
        profile["push_token"] = f"t{number}-1"
    if chance.random() < 0.85:
        profile["first_name"] = chance.choice(_FIRST_NAMES)
    if chance.random() < 0.20:
        profile["time_zone"] = chance.choice(_ZONES)
    return profile


def _birth_date(births: random.Random) -> dict[str, str]:
    """Half of the customers told it, a few in a form that nobody can read."""
    told, day = births.random(), date(1935, 1, 1) + timedelta(days=births.randrange(80 * 365))
    if births.random() < 0.02:
        day = date(1960 + 4 * births.randrange(12), 2, 29)
    if told >= 0.5:
        return {}
    return {"birth_date": day.isoformat() if told > 0.005 else day.strftime("%d.%m.%y")}


def _email(number: int, host: str) -> str:
    return f"{customer_id(number)}@{host}.example"


def _channel(chance: random.Random) -> str:
    return chance.choice(("email", "email", "push", "sms", "call"))


def _crm(at_ms: int, number: int, kind: str, attributes: dict[str, str]) -> Touch:
    return Touch(at_ms, customer_id(number), None, "crm", kind, {"attributes": attributes})
