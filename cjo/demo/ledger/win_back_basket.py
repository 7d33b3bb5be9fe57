"""win-back-basket: a basket left for half an hour is reminded of, and once more a day later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from cjo.demo.known import Known
from cjo.demo.ledger.base import Book, Moment, exited
from cjo.demo.shape import DAY_MS, MINUTE_MS, Touch

ABANDONED = "basket_abandoned"
_ENDS = ("order_completed", "basket_emptied")
_ABANDONED_AFTER_MS = 30 * MINUTE_MS


class WinBackBasket(Book):
    """One reminder a week of a basket of 20 or more, and a second where nothing was added in the day after it."""

    journey = "win-back-basket"
    purpose = "marketing"
    first_send = "remind"

    def tell(self, subject: str, story: list[Touch]) -> None:
        moments = sorted(abandonments(subject, story), key=lambda moment: moment.at_ms)
        for moment in self.entries(moments, 7 * DAY_MS, lambda moment: (moment.total or 0) >= 20):
            self._remind(moment, story)

    def _remind(self, moment: Moment, story: list[Touch]) -> None:
        known = Known(story)
        if self.send(moment, "remind", moment.at_ms, known, ("push", "email", "sms")):
            return
        again_ms = moment.at_ms + DAY_MS
        mine = [touch for touch in story if _basket(touch) == moment.key]
        if any(touch.type == "product_added" and moment.at_ms < touch.at_ms <= again_ms for touch in mine):
            return  # T3: what happens at the deadline of the pause is inside, what happens later is not
        if exited(mine, _ENDS, moment.at_ms, again_ms) is None:
            self.send(moment, "remind-again", again_ms, known, ("email", "sms"))


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


def _basket(touch: Touch) -> str | None:
    return touch.fields.get("basket_id")
