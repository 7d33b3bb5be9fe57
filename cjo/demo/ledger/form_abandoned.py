"""form-abandoned: a form left for 45 minutes, help at once, and a call at nine on the next working day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cjo.demo.known import Known
from cjo.demo.ledger.base import Book, Moment, exited, zone_at
from cjo.demo.shape import DAY_MS, MINUTE_MS, Touch

_STEPS = ("form_started", "form_step_completed")
_ENDS = ("form_submitted", "form_discarded")
_LEFT_AFTER_MS = 45 * MINUTE_MS


class FormAbandoned(Book):
    """Forms of two steps or more, one in three days."""

    journey = "form-abandoned"
    purpose = "advice"
    first_send = "help"

    def tell(self, subject: str, story: list[Touch]) -> None:
        forms: dict[str, list[Touch]] = defaultdict(list)
        for touch in story:
            if touch.type in (*_STEPS, *_ENDS):
                forms[touch.attribute("form_id") or ""].append(touch)
        found = (moment for form, life in forms.items() for moment in left(subject, form, life))
        moments = sorted(found, key=lambda moment: moment.at_ms)
        for moment in self.entries(moments, 3 * DAY_MS, lambda one: (one.times or 0) >= 2):
            self._help(moment, forms[moment.key or ""], Known(story))

    def _help(self, moment: Moment, life: list[Touch], known: Known) -> None:
        if self.send(moment, "help", moment.at_ms, known, ("push", "email")):
            return
        call_ms = next_working_day_at_nine(moment.at_ms, zone_at(known, moment.at_ms))
        if any(t.type == "form_step_completed" and moment.at_ms < t.at_ms <= call_ms for t in life):
            return  # T3: at the end of the wait is inside
        if exited(life, _ENDS, moment.at_ms, call_ms) is None:
            self.send(moment, "offer-call", call_ms, known, ("call",))


def left(subject: str, form: str, life: list[Touch]) -> Iterator[Moment]:
    """S2, T3: 45 minutes, both ends included, after the last step of a form without its end.

    It counts the steps that are each within 45 minutes of the next, with no end of the form in between.
    """
    row: list[Touch] = []
    for touch, following in zip(life, [*life[1:], None], strict=True):
        if touch.type in _ENDS:
            row = []
            continue
        row = [*row, touch] if row and touch.at_ms - row[-1].at_ms <= _LEFT_AFTER_MS else [touch]
        due_ms = touch.at_ms + _LEFT_AFTER_MS
        if following is None or following.at_ms > due_ms:
            yield Moment("form_left", subject, form, due_ms, times=len(row))


def next_working_day_at_nine(after_ms: int, zone: str) -> int:
    """T5: the first 09:00 of a Monday to Friday after `after_ms` where the customer lives, in UTC epoch ms."""
    local = datetime.fromtimestamp(after_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    nine = local.replace(hour=9, minute=0, second=0, microsecond=0)
    while nine <= local or nine.weekday() > 4:
        nine = (nine + timedelta(days=1)).replace(hour=9)  # the calendar's next day, whatever the clocks do
    return round(nine.timestamp() * 1000)
