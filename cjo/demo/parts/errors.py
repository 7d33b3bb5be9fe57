"""Things that fail: bursts of errors, some that block and some that are mere hints, and who asks for help."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.demo.parts.base import Part, Story, filled, off_the_minute
from cjo.demo.people import customer_id, device_of
from cjo.demo.shape import DAY_MS, SECOND_MS, Shape, Touch, random_time

_CODES = ("E42", "E7", "E500", "TIMEOUT")
_PAGES = ("/pay", "/cart", "/login", "/transfer")


def _relevant(touch: Touch) -> bool:
    return touch.type == "help_requested" or (touch.type == "error_shown" and touch.attribute("severity") == "blocking")


def tell(shape: Shape, room: int) -> list[Touch]:
    """Bursts of errors until there are `room` touchpoints of them."""
    return filled(room, _troubles(shape), _relevant)


def _troubles(shape: Shape) -> Iterator[list[Touch]]:
    chance = shape.chance("errors")
    candidates = chance.sample(range(shape.customers), shape.customers)
    while True:  # one story a customer; a small world begins again, and stories may lie over each other then
        for who in candidates:
            known = chance.random() > 0.1
            trouble = Trouble(shape, chance, customer_id(who) if known else None, device_of(who))
            yield trouble.tell(random_time(shape, chance))


class Trouble(Story):
    """What fails for one subject, in one to three bursts.

    Touchpoints are more than the bound apart, so that they arrive as they happened, which matters to a count that fires
    at once; and away from the turn of a minute, where the CRM exports its changes.
    """

    def tell(self, start_ms: int) -> list[Touch]:
        """The whole story, starting at `start_ms`."""
        self._now_ms = start_ms
        for _ in range(self._chance.choice((1, 1, 2, 3))):
            self._burst()
            self._now_ms += int((0.2 + self._chance.random() * 2) * DAY_MS)
        return self.touches

    def _burst(self) -> None:
        code, longest_s = self._chance.choice(_CODES), self._chance.choice((30, 120, 400))
        for _ in range(self._chance.randint(1, 6)):
            blocking = self._chance.random() < 0.85
            attributes = {"code": code, "page": self._chance.choice(_PAGES)}
            severity = {"severity": "blocking" if blocking else "hint"}
            self._go(8 + self._chance.random() * longest_s, self._chance.choice(("web", "app")), attributes | severity)
        if self._chance.random() < 0.2:
            self._go(30 + self._chance.random() * 1500, "support", {"topic": "error"})
        if self._chance.random() < 0.3:  # and once more, at about the end of the half hour
            again = {"code": code, "page": "/pay", "severity": "blocking"}
            self._go(self._chance.choice((300, 1200, 1790, 1900)), "web", again)

    def _go(self, after_s: float, channel: str, attributes: dict[str, str]) -> None:
        self._now_ms += int(after_s * SECOND_MS)
        self._now_ms = off_the_minute(self._now_ms)
        kind = "help_requested" if channel == "support" else "error_shown"
        if self._now_ms < self._shape.end_ms:
            fields = {"attributes": attributes}
            self.touches.append(Touch(self._now_ms, self._customer, self._device, channel, kind, fields))


PART = Part("errors", tell, _relevant)
