"""date: a time of day on, or so many days before, a date that the profile holds (T5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cjo.engine.calendar import in_year, read_date
from cjo.engine.localtime import is_zone, local_to_utc_ms
from cjo.engine.people import earlier_view, profile_view
from cjo.engine.signals.base import Match, Row, Signal
from cjo.engine.signals.collect import Collector
from cjo.engine.state import armed_at

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Profile = dict[str, str | None]
Memory = dict[str, Any]

_ZONES_MS: Final = 2 * 86_400_000
"""A date begins and ends at most so much apart around the world."""
_DAY_MS: Final = 86_400_000
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_LAST_DAY: Final = date.max.toordinal()
_APART_DAYS: Final = 4
"""More than a local date can be from the UTC date of the same time, with a day that a zone left out."""


class Occurrence(NamedTuple):
    """A date as it comes round once: when its moment is (UTC epoch ms), the day itself, and what the moment carries."""

    at_ms: int
    day: str
    values: dict[str, Any]


class DateSignal(Signal):
    """Fires at `at` in the customer's zone, `before_days` days before the date; each year, or once.

    A wake-up for the next occurrence is armed by profile changes, by firing, and at a customer's first input under a
    plan that has other date signals than the last. Only occurrences from then on fire; a late profile update reaches
    back to its own time, at most `late_horizon`. A moment's id is made of signal, subject and day, and a day that has
    fired does not fire again when the profile is repeated or its zone changes. A change that comes late and moves the
    date away takes the moment back (T4). One that comes after a deadline, but is handled before it, does not touch it
    (T3).

    Memory, empty most of the time: `{"f": {day: [at_ms, moment_id]} of those that fired not long ago, "p": the
    occurrence that is still to be decided as the profile was before a later change}`.
    """

    keeps_wake = True
    begins = True

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        _, self._named, self._type = spec["date"]
        self._yearly: bool = spec["every"] == "year"
        self._before = timedelta(days=spec["before_days"])
        self._hour, self._minute = (int(part) for part in spec["at"].split(":"))
        self._collect = Collector(spec.get("collect"))
        self._zone: str = workspace["time_zone"]
        self.arms_in_the_past = True  # by an update within the bound
        self._reads = {
            self._named,
            "time_zone",
            *(part["value"][1] for part in (spec.get("collect") or {}).values()),
        }

    def listens(self) -> Iterator[tuple[Match, str, Any]]:
        yield {"type": "profile_updated", "where": None}, "profile", None

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        if self._reads.isdisjoint(turn.changed):
            return
        if self._named in turn.changed and self._is_unreadable(turn):
            turn.count("date_unreadable")
        memory = self._memory(turn) or {}
        pending_ms = armed_at(turn.state, self.wake_id(""))
        if pending_ms is not None and (pending_ms < row["at"] or "p" in memory):
            self._hold(turn, pending_ms)
            return
        self._take_back(turn, memory.get("f", {}), row["at"])
        self._arm_next(turn, row["at"])

    def begin(self, turn: Turn) -> None:
        """Arm for a customer of whom a profile may be on record, who has not met this version of the signal before.

        Where nothing of it is known yet and this input changes what it reads, `accept` comes next and arms by itself.
        """
        pending_ms = armed_at(turn.state, self.wake_id(""))
        if pending_ms is None and self._memory(turn) is None and not self._reads.isdisjoint(turn.changed):
            return
        if pending_ms is None or pending_ms >= turn.state["clock"]:
            self._arm_next(turn, turn.state["clock"])

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        memory = self._memory(turn) or {}
        held = memory.pop("p", None)
        if held is not None and held[0] == due_ms:
            found: Occurrence | None = Occurrence(*held)
        else:
            found = self._first(turn, profile_view(turn.state, turn.plan.profile), due_ms)
        if found is not None and found.at_ms == due_ms:
            fired = self.fire(turn, "", due_ms, [found.day], [], found.values)
            memory = self.accumulator(turn, "", dict)
            memory.setdefault("f", {})[found.day] = [due_ms, fired]
        self._arm_next(turn, due_ms + 1)

    def forget(self, accumulator: Memory, clock_ms: int) -> bool:
        oldest = clock_ms - self.late_horizon_ms - _ZONES_MS
        accumulator["f"] = {day: fired for day, fired in accumulator.get("f", {}).items() if fired[0] >= oldest}
        return not accumulator["f"] and "p" not in accumulator

    def _memory(self, turn: Turn) -> Memory | None:
        return self.memory(turn.state, "")

    def _arm_next(self, turn: Turn, from_ms: int) -> None:
        """Arm the first occurrence since `from_ms` and since the date is on record, none beyond the late horizon."""
        on_record = (turn.state.get("profile") or {}).get(self._named)
        found = None
        if on_record is not None and on_record[1] is not None:
            since_ms = max(from_ms, on_record[0], turn.state["clock"] - self.late_horizon_ms)
            found = self._next(turn, profile_view(turn.state, turn.plan.profile), since_ms)
        self.arm(turn, "", found[0] if found else None)

    def _is_unreadable(self, turn: Turn) -> bool:
        text = turn.state["profile"][self._named][1]
        return text is not None and read_date(text, self._type, self._zone) is None

    def _hold(self, turn: Turn, due_ms: int) -> None:
        """Keep what falls due before this change as the profile was before it; the change counts from then on."""
        memory = self.accumulator(turn, "", dict)
        found = self._first(turn, earlier_view(turn), due_ms)
        if "p" not in memory and found is not None and found.at_ms == due_ms:
            memory["p"] = list(found)

    def _take_back(self, turn: Turn, fired: dict[str, list[Any]], since_ms: int) -> None:
        """T4: what fired at or after a late change, for a day that is none any more, never was."""
        if not fired:
            return
        profile = profile_view(turn.state, turn.plan.profile)
        for day in [day for day, (at_ms, _) in fired.items() if at_ms >= since_ms]:
            if not self._comes_round(profile, date.fromisoformat(day)):
                self.take_back(turn, *fired.pop(day))

    def _comes_round(self, profile: Profile, day: date) -> bool:
        held = read_date(profile.get(self._named), self._type, self._zone_of(profile))
        return held is not None and day == (in_year(held, day.year) if self._yearly else held)

    def _zone_of(self, profile: Profile) -> str:
        own = profile.get("time_zone")
        return str(own) if is_zone(own) else self._zone

    def _first(self, turn: Turn, profile: Profile, since_ms: int) -> Occurrence | None:
        """The first occurrence at or after `since_ms` that has not fired."""
        found = self._next(turn, profile, since_ms)
        if found is None:
            return None
        at_ms, day, held, zone = found
        return Occurrence(at_ms, day.isoformat(), self._values(profile, held, day, zone))

    def _next(self, turn: Turn, profile: Profile, since_ms: int) -> tuple[int, date, date, str] | None:
        """Its time, its day, the date on record, and the zone: all that arming it needs."""
        zone = self._zone_of(profile)
        held = read_date(profile.get(self._named), self._type, zone)
        if held is None:
            return None
        fired = (self._memory(turn) or {}).get("f", {})
        for day in self._days(held, since_ms):
            at_ms = self._time_of(day, zone)
            if at_ms is not None and at_ms >= since_ms and day.isoformat() not in fired:
                return at_ms, day, held, zone
        return None

    def _days(self, held: date, since_ms: int) -> Iterator[date]:
        if not self._yearly:
            yield held
            return
        # What lies before this day is past everywhere: to reckon its time would cost most of all.
        begins = _EPOCH_DAY + since_ms // _DAY_MS + self._before.days - _APART_DAYS
        first_year = date.fromordinal(min(max(begins, 1), _LAST_DAY)).year
        year = 1970 + since_ms // 31_556_952_000  # the mean Gregorian year: at most a day off
        for other in range(max(held.year, first_year), min(9999, year + 3) + 1):
            day = in_year(held, other)
            if day.toordinal() >= begins:
                yield day

    def _time_of(self, day: date, zone: str) -> int | None:
        try:
            on = day - self._before
            return local_to_utc_ms(on.year, on.month, on.day, self._hour, self._minute, zone)
        except (ValueError, OverflowError):  # outside the calendar
            return None

    def _values(self, profile: Profile, held: date, day: date, zone: str) -> dict[str, Any]:
        entry = [0, "", self._collect.read({}, profile)]
        years = {"years": day.year - held.year} if self._yearly else {}
        return {**self._collect.values([entry], []), "date": day.isoformat(), **years, "time_zone": zone}


KIND = DateSignal
