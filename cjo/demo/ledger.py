"""The world's own record: what must follow from what happened, worked out without the engine.

It knows the two shipped journeys by heart and looks at the whole week at once, in order of happening. It shares no code
with `cjo.engine` and `cjo.compile`, so that where both agree, each is a witness for the other. The rules named here
are those of docs/semantics.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from cjo.demo.known import Known
from cjo.demo.shape import DAY_MS, MINUTE_MS, Touch

BASKET, MORTGAGE = "win-back-basket", "mortgage-offer"
FIRST_SENDS = ("remind", "invite")
ABANDONED, ENGAGED = "basket_abandoned", "high_mortgage_engagement"
_BOUND_MS = 5_000
_ENDS = ("order_completed", "basket_emptied")
_ABANDONED_AFTER_MS = 30 * MINUTE_MS
MORTGAGE_POINTS = {"page_viewed": 1, "calculator_used": 3, "branch_visited": 5}


class Moment(NamedTuple):
    """A signal that must fire. `total` and `items` (sorted) are a basket's, else None and ()."""

    signal: str
    subject: str
    key: str | None
    at_ms: int
    total: Decimal | None = None
    items: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """A decision that must be made: about an entry (`step` is None) or a send. `channel` where one was chosen."""

    journey: str
    subject: str
    key: str | None
    step: str | None
    at_ms: int
    reason: str
    channel: str | None = None


class Ledger:
    """What must follow from `touches`, with journeys live from `live_from_ms`: `moments` and `verdicts`.

    Nothing is left out for lying beyond the end of the log: compare up to the time that the log has reached.
    """

    def __init__(self, touches: Iterable[Touch], live_from_ms: int) -> None:
        self.live_from_ms = live_from_ms
        self.moments: list[Moment] = []
        self.verdicts: list[Verdict] = []
        for subject, story in _by_subject(touches).items():
            self._baskets(subject, story)
            self._mortgage(subject, story)

    def _baskets(self, subject: str, story: list[Touch]) -> None:
        moments = sorted(abandonments(subject, story), key=lambda moment: moment.at_ms)
        self.moments.extend(moments)
        last_entry_ms: int | None = None
        for moment in moments:
            reason = "entered"
            if moment.at_ms < self.live_from_ms:
                reason = "not_live"
            elif last_entry_ms is not None and moment.at_ms - last_entry_ms < 7 * DAY_MS:
                reason = "again_after"
            elif (moment.total or 0) < 20:
                reason = "condition_false"
            self._say(BASKET, moment, None, moment.at_ms, reason)
            if reason == "entered":
                last_entry_ms = moment.at_ms
                self._remind(moment, story)

    def _remind(self, moment: Moment, story: list[Touch]) -> None:
        known = Known(story)
        if self._send(BASKET, moment, "remind", moment.at_ms, known, "marketing", ("push", "email", "sms")):
            return
        again_ms = moment.at_ms + DAY_MS
        after = [touch for touch in story if _basket(touch) == moment.key and touch.at_ms > moment.at_ms]
        if any(touch.type == "product_added" and touch.at_ms <= again_ms for touch in after):
            return  # T3: what happens at the deadline of the pause is inside, what happens later is not
        if any(touch.type in _ENDS and touch.at_ms < again_ms + _BOUND_MS for touch in after):
            return  # T2, R3: an exit within the bound comes before the wake-up, and is immediate
        self._send(BASKET, moment, "remind-again", again_ms, known, "marketing", ("email", "sms"))

    def _mortgage(self, subject: str, story: list[Touch]) -> None:
        moments = crossings(subject, story)
        self.moments.extend(moments)
        last_entry_ms: int | None = None
        for moment in moments:
            reason = "entered"
            if moment.at_ms < self.live_from_ms:
                reason = "not_live"
            elif last_entry_ms is not None and moment.at_ms - last_entry_ms < 30 * DAY_MS:
                reason = "again_after"
            self._say(MORTGAGE, moment, None, moment.at_ms, reason)
            if reason == "entered":
                last_entry_ms = moment.at_ms
                self._invite(moment, story)

    def _invite(self, moment: Moment, story: list[Touch]) -> None:
        known = Known(story)
        if self._send(MORTGAGE, moment, "invite", moment.at_ms, known, "advice", ("email", "push")):
            return
        for touch in story:
            if not moment.at_ms < touch.at_ms <= moment.at_ms + 2 * DAY_MS:
                continue
            if touch.type in ("mortgage_applied", "branch_visited"):
                return
            if touch.type == "calculator_used" and touch.attribute("topic") == "mortgage":
                self._send(MORTGAGE, moment, "call", touch.at_ms, known, "advice", ("call",))
                return

    def _send(
        self, journey: str, moment: Moment, step: str, at_ms: int, known: Known, purpose: str, channels: tuple[str, ...]
    ) -> bool:
        """Note what must come of a send; True where it ends the run (D5: suppressed)."""
        if known.suppressed(at_ms):
            self._say(journey, moment, step, at_ms, "suppressed")
            return True
        reachable = [channel for channel in channels if known.address(channel, at_ms)]
        allowed = [channel for channel in reachable if known.consent(purpose, channel, at_ms)]
        if allowed:
            self._say(journey, moment, step, at_ms, "sent", allowed[0])
        else:
            self._say(journey, moment, step, at_ms, "no_consent" if reachable else "no_address")
        return False

    def _say(
        self, journey: str, moment: Moment, step: str | None, at_ms: int, reason: str, channel: str | None = None
    ) -> None:
        self.verdicts.append(Verdict(journey, moment.subject, moment.key, step, at_ms, reason, channel))


def abandonments(subject: str, story: list[Touch]) -> list[Moment]:
    """S2, T3: 30 minutes, both ends included, after the last addition to a basket without an order or an emptying.

    The moment tells of one stretch of shopping: additions each within 30 minutes of the one before and with no end of
    the basket in between, less what was taken out again.
    """
    lives: dict[str, list[Touch]] = defaultdict(list)
    for touch in story:
        key = _basket(touch)
        if key and touch.type in ("product_added", "product_removed", *_ENDS):
            lives[key].append(touch)
    return [moment for key, life in lives.items() for moment in _left_behind(subject, key, life)]


def _left_behind(subject: str, key: str, life: list[Touch]) -> Iterable[Moment]:
    stops = [touch.at_ms for touch in life if touch.type in _ENDS]
    adds = [touch for touch in life if touch.type == "product_added"]
    for place, add in enumerate(adds):
        due_ms = add.at_ms + _ABANDONED_AFTER_MS
        if place + 1 < len(adds) and adds[place + 1].at_ms <= due_ms:
            continue
        if any(add.at_ms <= stop_ms <= due_ms for stop_ms in stops):
            continue
        since_ms = _stretch_begin(adds[: place + 1], stops)
        inside = [touch for touch in life if since_ms <= touch.at_ms <= due_ms]
        left = _left_inside(inside)
        total = sum((touch.fields["amount"] for touch in left), Decimal(0))
        yield Moment(ABANDONED, subject, key, due_ms, total, tuple(sorted(t.fields["product_id"] for t in left)))


def _stretch_begin(adds: list[Touch], stops: list[int]) -> int:
    begin_ms = adds[-1].at_ms
    for add in reversed(adds):
        if begin_ms - add.at_ms > _ABANDONED_AFTER_MS or any(add.at_ms <= stop_ms <= begin_ms for stop_ms in stops):
            break
        begin_ms = add.at_ms
    return begin_ms


def _left_inside(touches: list[Touch]) -> list[Touch]:
    """The additions that no later removal of the same product took back, the newest first."""
    left: list[Touch] = []
    for touch in touches:
        if touch.type == "product_added":
            left.append(touch)
        elif touch.type == "product_removed":
            same = [add for add in left if add.fields["product_id"] == touch.fields["product_id"]]
            if same:
                left.remove(same[-1])
    return left


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


def _basket(touch: Touch) -> str | None:
    return touch.fields.get("basket_id")


def _by_subject(touches: Iterable[Touch]) -> dict[str, list[Touch]]:
    stories: dict[str, list[Touch]] = defaultdict(list)
    for touch in sorted(touches, key=lambda touch: touch.at_ms):
        stories[touch.subject].append(touch)
    return stories
