"""regular-gone-quiet: who shopped a lot and then not at all for three days is asked whether something went wrong."""

from __future__ import annotations

from cjo.demo.known import Known
from cjo.demo.ledger.base import Book, Moment
from cjo.demo.shape import DAY_MS, Touch

_SILENT_MS = 3 * DAY_MS
_WITHIN_MS = 14 * DAY_MS
_NEEDED = 5


class RegularGoneQuiet(Book):
    """One letter in thirty days, at the end of the three days."""

    journey = "regular-gone-quiet"
    purpose = "marketing"
    first_send = "invite-back"

    def tell(self, subject: str, story: list[Touch]) -> None:
        known = Known(story)
        for moment in self.entries(silences(subject, story), 30 * DAY_MS):
            self.send(moment, "invite-back", moment.at_ms, known, ("email", "push"))


def silences(subject: str, story: list[Touch]) -> list[Moment]:
    """T3: what comes at exactly the end of the three days, or two weeks before the last, is inside."""
    shopping = [t for t in story if t.type in ("product_added", "order_completed")]
    moments = []
    for place, last in enumerate(shopping):
        if place + 1 < len(shopping) and shopping[place + 1].at_ms <= last.at_ms + _SILENT_MS:
            continue
        before = [t for t in shopping[: place + 1] if t.at_ms >= last.at_ms - _WITHIN_MS]
        if len(before) >= _NEEDED:
            moments.append(Moment("regular_gone_quiet", subject, None, last.at_ms + _SILENT_MS))
    return moments
