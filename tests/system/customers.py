"""What happens to customers: touchpoints by event time, with gaps that hit the lengths of time that authors wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.system.authors import words
from tests.system.chance import Chance
from tests.system.lengths import DAY, HOUR, MINUTE, SECOND, ms
from tests.system.story import Documents

Touchpoint = dict[str, Any]
_LENGTH = re.compile(r"[0-9]+ [a-z]+").fullmatch
_BEGINS = (
    "2026-03-28T20:00:00+00:00",  # the clocks of Europe go forward in the night after
    "2026-10-24T20:00:00+00:00",  # and back
    "2026-03-07T22:00:00+00:00",  # those of New York forward
    "2026-04-04T10:00:00+00:00",  # those of Lord Howe back, by half an hour
    "2026-12-30T12:00:00+00:00",
    "2028-02-27T06:00:00+00:00",
    "2026-06-01T00:00:00+00:00",
)


class Customers:
    """Draws a few days of some customers; `days` is how long."""

    def __init__(self, chance: Chance, documents: Documents) -> None:
        self._chance = chance
        self.begin_ms = _epoch_ms(chance.choice(_BEGINS))
        self.days = chance.choice([1, 2, 4, 8])
        self._gaps = [ms(text) for text in sorted(set(_lengths(documents)))]
        self._serial = 0

    def touchpoints(self) -> Iterator[Touchpoint]:
        """Everybody's touchpoints, one customer after the other, each in event-time order."""
        for number in range(self._chance.randint(2, 5)):
            yield from self._customer(f"c{number}")
        if self._chance.maybe(0.3):
            yield from self._customer("")

    def made(self, customer: str, kind: str, at_ms: int, **fields: Any) -> Touchpoint:
        """One touchpoint; without a customer it is of a device."""
        self._serial += 1
        who = {"customer_id": customer} if customer else {"device_id": "d"}
        touchpoint = {"event_id": f"e{self._serial}", **who, "channel": "web", "type": kind, "occurred_at": at_ms}
        return {**touchpoint, "attributes": {}, **fields}

    def _customer(self, customer: str) -> Iterator[Touchpoint]:
        chance = self._chance
        at_ms = self.begin_ms + chance.choice([0, chance.randint(0, HOUR)])
        end_ms = self.begin_ms + self.days * DAY
        easy = chance.maybe(0.5)
        if easy or chance.maybe(0.9):
            yield self._profile(customer, at_ms, whole=True)
        for purpose in ("marketing", "advice"):
            if easy or chance.maybe(0.9):
                yield self._consent(customer, at_ms + chance.choice([0, 1, SECOND]), "consent_given", purpose)
        for _ in range(chance.randint(5, 40)):
            at_ms += self._gap()
            if at_ms > end_ms:
                break
            yield self._event(customer, at_ms) if easy and chance.maybe(0.9) else self._any(customer, at_ms)

    def _gap(self) -> int:
        chance, form = self._chance, self._chance.random()
        if form < 0.35:
            return max(0, chance.choice(self._gaps) + chance.choice([-1, 0, 0, 1, -SECOND, SECOND]))
        if form < 0.6:
            return chance.choice([0, 0, 1, SECOND, chance.randint(0, MINUTE)])
        return chance.randint(0, chance.choice([10 * MINUTE, HOUR, 6 * HOUR]))

    def _any(self, customer: str, at_ms: int) -> Touchpoint:
        form = self._chance.random()
        if form < 0.75:
            return self._event(customer, at_ms)
        if form < 0.85:
            return self._profile(customer, at_ms, whole=False)
        if form < 0.95:
            kind = self._chance.choice(["consent_given", "consent_withdrawn"])
            return self._consent(customer, at_ms, kind, self._chance.choice(["marketing", "advice", ""]))
        kind = self._chance.choice(["customer_suppressed", "customer_unsuppressed", "customer_unsuppressed"])
        return self.made(customer, kind, at_ms)

    def _event(self, customer: str, at_ms: int) -> Touchpoint:
        chance = self._chance
        kind = chance.choice(words.TYPES)
        fields: dict[str, Any] = {"basket_id": chance.choice(["b1", "b1", "b2"])} if kind in words.KEYED else {}
        if kind in ("added", "removed", "viewed"):
            fields["product_id"] = chance.choice(["p1", "p2", "p3"])
        drawn = {
            "topic": chance.choice(words.TOPICS),
            "n": str(chance.randint(0, 3)),
            "sum": chance.choice(["1", "2.5"]),
        }
        if chance.maybe(0.3):
            drawn["due"] = str(at_ms + chance.choice([-HOUR, 0, HOUR, DAY, 3 * DAY]))
        return self.made(customer, kind, at_ms, **fields, attributes=drawn)

    def _consent(self, customer: str, at_ms: int, kind: str, purpose: str) -> Touchpoint:
        said = {"purpose": purpose} if purpose or kind == "consent_given" else {}
        if said.get("purpose") == "":
            said["purpose"] = "marketing"
        if self._chance.maybe(0.4):
            said["channel"] = self._chance.choice(list(words.CHANNELS))
        return self.made(customer, kind, at_ms, attributes=said)

    def _profile(self, customer: str, at_ms: int, whole: bool) -> Touchpoint:
        chance = self._chance
        known = {
            "email": f"{customer}@example.org",
            "phone": "+41790000000",
            "token": "t",
            "locale": chance.choice(["de", "en", "fr"]),
            "time_zone": chance.choice([*words.ZONES, "Nowhere/City"]),
            "segment": chance.choice([*words.SEGMENTS, ""]),
            "birth_date": self._birth_date(),
            "renews": str(at_ms + chance.choice([-DAY, HOUR, DAY, 3 * DAY])),
            "score": str(chance.randint(0, 3)),
            "preferred": chance.choice(["sms", "web, email", "pigeon"]),
        }
        names = chance.some(list(known), 6 if whole else 1, 10 if whole else 3)
        values = {name: known[name] for name in names}
        if not whole and chance.maybe(0.2):
            values[names[0]] = ""
        return self.made(customer, "profile_updated", at_ms, attributes=values)

    def _birth_date(self) -> str:
        day = datetime.fromtimestamp(self.begin_ms / 1000, UTC) + timedelta(days=self._chance.randint(-2, 9))
        year = self._chance.choice([1980, 1996, day.year])
        leap = "2000-02-29" if day.month in (2, 3) else f"{year}-{day:%m-%d}"  # it must not come round at the end
        return self._chance.choice([f"{year}-{day:%m-%d}", f"{year}-{day:%m-%d}", leap, "no date"])


def _epoch_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1000


def _lengths(part: Any) -> Iterator[str]:
    """Every length of time that an author wrote, up to two days: touchpoints fall on deadlines."""
    if isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _lengths(inner)
    elif isinstance(part, str) and _LENGTH(part) and ms(part) <= 2 * DAY:
        yield part
