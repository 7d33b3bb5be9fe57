"""profile: a condition over the profile turns true (S1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cjo.engine.conditions import compile_condition, refs_of
from cjo.engine.people import earlier_view, profile_view
from cjo.engine.signals.base import Match, Row, Signal
from cjo.engine.signals.collect import Collector

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


class ProfileSignal(Signal):
    """Fires when a profile update makes the condition true that was false or unknown before it.

    It needs no memory: the profile on record is what the condition held of. An update older than what is on record
    changes nothing and fires nothing. One that only fills in what was not known yet completes the condition as of the
    newest value it reads: that is the moment's time, whichever of the two came first. The first update of a
    customer of whom no profile is on record fires only where `first` is `counts`.
    """

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._when = compile_condition(spec["when"])
        self._names = {ref[1] for ref in refs_of(spec["when"])}
        self._first_counts: bool = spec.get("first") == "counts"
        self._collect = Collector(spec.get("collect"))

    def listens(self) -> Iterator[tuple[Match, str, Any]]:
        yield {"type": "profile_updated", "where": None}, "profile", None

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        if self._names.isdisjoint(turn.changed) or not (self._first_counts or _was_known(turn)):
            return
        profile = profile_view(turn.state, turn.plan.profile)
        if self._when({}, None, profile) is not True or self._when({}, None, earlier_view(turn)) is True:
            return
        known = turn.state["profile"]
        at_ms = max(known[name][0] for name in self._names if name in known)
        entry = [at_ms, mark, self._collect.read({}, profile)]
        self.fire(turn, "", at_ms, [mark], [(row["at"], mark)], self._collect.values([entry], []))

    def reach_ms(self) -> int | None:
        """None of its own: the customer has the profile."""
        return 0

    def reach_as_input_ms(self) -> int | None:
        """All of the log: beside the plan there is no profile but that which was read, whenever it was told."""
        return None


def _was_known(turn: Turn) -> bool:
    """True where something was on record before this update."""
    return any(turn.changed.get(name, True) is not None for name in turn.state["profile"])


KIND = ProfileSignal
