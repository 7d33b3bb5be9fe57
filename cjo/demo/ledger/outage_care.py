"""outage-care: who was told of a power cut hears news and the end of it, and nobody else does."""

from __future__ import annotations

from collections import defaultdict

from cjo.demo.known import Known
from cjo.demo.ledger.base import TRANSACTIONAL, Book, Moment
from cjo.demo.shape import DAY_MS, MINUTE_MS, Touch

_CHANNELS = ("sms", "push", "email")
_SPREAD_MS = {"start": 10 * MINUTE_MS, "update": 5 * MINUTE_MS, "end": 10 * MINUTE_MS}


class OutageCare(Book):
    """Each power cut once. What is held is released within its spread (D11); when, is taken from what came out."""

    journey = "outage-care"
    purpose = TRANSACTIONAL
    first_send = None

    def tell(self, subject: str, story: list[Touch]) -> None:
        outages: dict[str, list[Touch]] = defaultdict(list)
        for touch in story:
            if touch.type.startswith("outage_"):
                outages[touch.attribute("outage_id") or ""].append(touch)
        for outage, life in outages.items():
            begun = [touch.at_ms for touch in life if touch.type == "outage_started"]
            moments = [Moment("outage_began", subject, outage, at_ms) for at_ms in begun]
            for moment in self.entries(moments, None):
                self._care(moment, life, Known(story))

    def _care(self, moment: Moment, life: list[Touch], known: Known) -> None:
        told_ms = self._held_send(moment, "start", moment.at_ms, life, known)
        while told_ms is not None:
            heard = _next(life, told_ms, told_ms + 3 * DAY_MS, ("outage_updated", "outage_ended"))
            if heard is None:
                return
            if heard.type == "outage_ended":
                self._held_send(moment, "end", heard.at_ms, (), known)
                return
            told_ms = self._news(moment, heard.at_ms, life, known)

    def _news(self, moment: Moment, at_ms: int, life: list[Touch], known: Known) -> int | None:
        """When the news was told or could not be; None where the run is over, the end told instead."""
        release_ms = self.release(moment, "update", at_ms, _SPREAD_MS["update"])
        over = _next(life, at_ms - 1, release_ms, ("outage_ended",))
        if over is not None:
            self._held_send(moment, "end", over.at_ms, (), known)
            return None
        return None if self.send(moment, "update", release_ms, known, _CHANNELS) else release_ms

    def _held_send(
        self, moment: Moment, step: str, at_ms: int, life: list[Touch] | tuple[()], known: Known
    ) -> int | None:
        """When something was sent; None where it was not, or where the end of the power cut came first."""
        release_ms = self.release(moment, step, at_ms, _SPREAD_MS[step])
        if _next(life, at_ms - 1, release_ms, ("outage_ended",)) is not None:
            return None
        self.send(moment, step, release_ms, known, _CHANNELS)
        return release_ms if self.verdicts[-1].reason == "sent" else None


def _next(life: list[Touch] | tuple[()], after_ms: int, until_ms: int, types: tuple[str, ...]) -> Touch | None:
    """The first touchpoint of these types after `after_ms`, up to `until_ms`, which is inside (T3)."""
    return next((touch for touch in life if touch.type in types and after_ms < touch.at_ms <= until_ms), None)
