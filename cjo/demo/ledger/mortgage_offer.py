"""mortgage-offer: ten points of interest within a week, an invitation, and a call for who goes on calculating."""

from __future__ import annotations

from cjo.demo.known import Known
from cjo.demo.ledger.base import Book, Moment
from cjo.demo.shape import DAY_MS, Touch

ENGAGED = "high_mortgage_engagement"
MORTGAGE_POINTS = {"page_viewed": 1, "calculator_used": 3, "branch_visited": 5}


class MortgageOffer(Book):
    """One invitation a month, and a call where the calculator is used within two days of it."""

    journey = "mortgage-offer"
    purpose = "advice"
    first_send = "invite"

    def tell(self, subject: str, story: list[Touch]) -> None:
        for moment in self.entries(crossings(subject, story), 30 * DAY_MS):
            self._invite(moment, story)

    def _invite(self, moment: Moment, story: list[Touch]) -> None:
        known = Known(story)
        if self.send(moment, "invite", moment.at_ms, known, ("email", "push")):
            return
        for touch in story:
            if not moment.at_ms < touch.at_ms <= moment.at_ms + 2 * DAY_MS:
                continue
            if touch.type in ("mortgage_applied", "branch_visited"):
                return
            if touch.type == "calculator_used" and touch.attribute("topic") == "mortgage":
                self.send(moment, "call", touch.at_ms, known, ("call",))
                return


def crossings(subject: str, story: list[Touch]) -> list[Moment]:
    """S1: 10 points within 7 days, both ends included; once, and again only 30 days later and after falling below."""
    scored = [
        (t.at_ms, MORTGAGE_POINTS[t.type])
        for t in story
        if t.type in MORTGAGE_POINTS and t.attribute("topic") == "mortgage"
    ]
    moments: list[Moment] = []
    armed = True
    for place, (at_ms, points) in enumerate(scored):
        inside = sum(p for past_ms, p in scored[: place + 1] if past_ms >= at_ms - 7 * DAY_MS)
        if inside - points < 10:
            armed = not moments or at_ms - moments[-1].at_ms >= 30 * DAY_MS
        if armed and inside >= 10:
            moments.append(Moment(ENGAGED, subject, None, at_ms))
            armed = False
    return moments
