"""birthday: a wish at nine in the morning, where the customer is, for those of age."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from cjo.demo.known import Known
from cjo.demo.ledger.base import Book, Moment, zone_at
from cjo.demo.shape import DAY_MS, Touch

_HOUR = time(9)


class Birthday(Book):
    """One wish a year, from 18 on."""

    journey = "birthday"
    purpose = "marketing"
    first_send = "congratulate"

    def tell(self, subject: str, story: list[Touch]) -> None:
        known = Known(story)
        moments = [m for told in story if told.attribute("birth_date") for m in self._birthdays(subject, told, known)]
        for moment in self.entries(moments, 300 * DAY_MS, lambda moment: (moment.times or 0) >= 18):
            self.send(moment, "congratulate", moment.at_ms, known, ("email", "push", "sms"))

    def _birthdays(self, subject: str, told: Touch, known: Known) -> Iterator[Moment]:
        """T5: each since the date is on record; nobody in this world changes their date or moves."""
        try:
            born = date.fromisoformat(told.attribute("birth_date") or "")
        except ValueError:
            return
        zone = ZoneInfo(zone_at(known, told.at_ms))
        for year in range(_day(told.at_ms).year - 1, _day(self.until_ms).year + 2):
            at_ms = int(datetime.combine(_in_year(born, year), _HOUR, zone).timestamp() * 1000)
            if year >= born.year and told.at_ms <= at_ms <= self.until_ms:
                yield Moment("has_birthday", subject, None, at_ms, times=year - born.year)


def _in_year(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 2, 28)


def _day(at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date()
