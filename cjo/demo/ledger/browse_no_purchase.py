"""browse-no-purchase: who compares three pieces of furniture and neither buys nor fills a basket gets a suggestion."""

from __future__ import annotations

from cjo.demo.known import Known
from cjo.demo.ledger.base import Book, Moment, exited
from cjo.demo.shape import DAY_MS, HOUR_MS, Touch

_WINDOW_MS = 2 * DAY_MS
_COOLDOWN_MS = 7 * DAY_MS
_NEEDED = 3
_WAIT_MS = 4 * HOUR_MS


class BrowseNoPurchase(Book):
    """One suggestion in two weeks, four hours after the third piece."""

    journey = "browse-no-purchase"
    purpose = "marketing"
    first_send = None

    def tell(self, subject: str, story: list[Touch]) -> None:
        for moment in self.entries(comparisons(subject, story), 14 * DAY_MS):
            due_ms = moment.at_ms + _WAIT_MS
            if any(t.type == "product_added" and moment.at_ms < t.at_ms <= due_ms for t in story):
                continue  # T3: at the end of the wait is inside
            if exited(story, ("order_completed",), moment.at_ms, due_ms) is None:
                self.send(moment, "suggest", due_ms, Known(story), ("email", "push"))


def comparisons(subject: str, story: list[Touch]) -> list[Moment]:
    """S1: three different pieces within two days, both ends included; again after falling below and a week."""
    views = [t for t in story if t.type == "product_viewed" and t.attribute("category") == "furniture"]
    moments: list[Moment] = []
    armed = True
    for place, view in enumerate(views):
        before = {t.fields["product_id"] for t in views[:place] if t.at_ms >= view.at_ms - _WINDOW_MS}
        if len(before) < _NEEDED:
            armed = armed or view.at_ms - moments[-1].at_ms >= _COOLDOWN_MS
        pieces = before | {view.fields["product_id"]}
        if armed and len(pieces) >= _NEEDED:
            items = tuple(sorted(pieces))
            moments.append(Moment("comparing_furniture", subject, None, view.at_ms, items=items, times=len(items)))
            armed = False
    return moments
