"""repeated-error: three blocking errors in ten minutes, an apology, and a call where they go on."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.demo.known import Known
from cjo.demo.ledger.base import TRANSACTIONAL, Book, Moment
from cjo.demo.shape import DAY_MS, MINUTE_MS, Touch

_AT_LEAST = 3
_WINDOW_MS = 10 * MINUTE_MS


class RepeatedError(Book):
    """One apology a week; operations hear of it first."""

    journey = "repeated-error"
    purpose = TRANSACTIONAL
    first_send = None

    def tell(self, subject: str, story: list[Touch]) -> None:
        for moment in self.entries(list(rows_of_errors(subject, story)), 7 * DAY_MS):
            known = Known(story)
            if known.suppressed(moment.at_ms):
                self.say(moment, "tell-operations", moment.at_ms, "suppressed")
                continue
            self.say(moment, "tell-operations", moment.at_ms, "emitted")
            self.send(moment, "sorry", moment.at_ms, known, ("push", "sms"))
            self._watch(moment, story, known)

    def _watch(self, moment: Moment, story: list[Touch], known: Known) -> None:
        """Half an hour: whichever comes first, help or one more error; at its end is inside (T3)."""
        for touch in story:
            if not moment.at_ms < touch.at_ms <= moment.at_ms + 30 * MINUTE_MS:
                continue
            if touch.type == "help_requested":
                return
            if _blocks(touch):
                self.send(moment, "call", touch.at_ms, known, ("call",))
                return


def rows_of_errors(subject: str, story: list[Touch]) -> Iterator[Moment]:
    """S1: the third within ten minutes, both ends included; again only after falling below and a day."""
    times = [touch.at_ms for touch in story if _blocks(touch)]
    last_ms: int | None = None
    armed = True
    for place, at_ms in enumerate(times):
        level = sum(1 for past_ms in times[: place + 1] if past_ms >= at_ms - _WINDOW_MS)
        if level - 1 < _AT_LEAST:
            armed = last_ms is None or at_ms - last_ms >= DAY_MS
        if armed and level >= _AT_LEAST:
            yield Moment("errors_in_a_row", subject, None, at_ms, times=level)
            last_ms, armed = at_ms, False


def _blocks(touch: Touch) -> bool:
    return touch.type == "error_shown" and touch.attribute("severity") == "blocking"
