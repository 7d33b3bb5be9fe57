"""Two versions over one log (a shadow comparison): what each decided for a subject, side by side.

Decisions about the same step (or the entry) of the same journey are compared in order of time. Those that are equal are
passed over; what is left is paired, and a decision without a partner is set against what the other version says of that
journey instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any, NamedTuple

from cjo.engine.turn import Effect

KINDS = {
    "only_base": "sent now, not by the other version",
    "only_other": "sent by the other version, not now",
    "other_channel": "sent by both, on another channel",
    "other_time": "sent by both, at another time",
    "other_message": "sent by both, with another message",
    "other_reason": "sent by neither, for another reason",
}


class Side(NamedTuple):
    """What one version decided: `decision` None where it decided nothing, with why in `note`."""

    decision: dict[str, Any] | None
    note: str = ""


class Difference(NamedTuple):
    """One thing that two versions decided differently for a subject."""

    subject: str
    kind: str
    journey: str
    step: str
    base: Side
    other: Side


_Place = tuple[str, str]


class Told:
    """What a version said of one subject, arranged for comparing."""

    def __init__(self, effects: Iterable[Effect], signals: dict[str, str]) -> None:
        self._signals = signals
        self._content: dict[str, Any] = {}
        self._moments: dict[str, int] = {}
        self.decisions: dict[str, list[dict[str, Any]]] = {}
        self.sends: dict[_Place, list[dict[str, Any]]] = {}
        for kind, record in effects:
            if kind == "action":
                self._content.setdefault(
                    record["action_id"], (record["address"], record["template"], record["content"])
                )
            elif kind == "moment":
                self._moments[record["signal"]] = self._moments.get(record["signal"], 0) + 1
            elif kind == "decision":
                self._decided(record)

    def _decided(self, record: dict[str, Any]) -> None:
        self.decisions.setdefault(record["journey"], []).append(record)
        if record["kind"] == "send" or (record["kind"] == "entry" and record["outcome"] == "refused"):
            self.sends.setdefault((record["journey"], record["step"] or ""), []).append(record)

    def identity(self, record: dict[str, Any]) -> tuple[Any, ...]:
        """What must be equal for a customer to be treated equally."""
        message = self.message(record)
        return record["outcome"], record["reason"], record["channel"], record["decided_at"], repr(message)

    def message(self, record: dict[str, Any]) -> Any:
        """Address, template and content of what a decision sent, None where it sent nothing."""
        return self._content.get(record["action_id"])

    def instead(self, journey: str, at_ms: int) -> Side:
        """What this version says of `journey` near a time, where it decided nothing about the step itself."""
        found = self.decisions.get(journey)
        if found:
            return Side(min(found, key=lambda record: abs(record["decided_at"] - at_ms)))
        signal = self._signals.get(journey)
        if signal is None:
            return Side(None, "this version has no such journey")
        fired = self._moments.get(signal, 0)
        return Side(None, f"signal {signal} did not fire" if not fired else f"signal {signal} fired, with no decision")

    def _entries(self, journey: str) -> list[dict[str, Any]]:
        return [record for record in self.decisions.get(journey, ()) if record["kind"] == "entry"]

    def tells_by_sends(self, refused: dict[str, Any], there: Told) -> bool:
        """True for an entry that the other version, `there`, refused and this one did not, by time, if it came to a
        send here: what it sent, or why not, is the difference. Entries that both have alike are none."""
        if refused["kind"] != "entry":
            return False
        decided = self.decisions.get(refused["journey"], [])
        alike = {(record["outcome"], record["decided_at"]) for record in there._entries(refused["journey"])}
        entries = [
            record
            for record in self._entries(refused["journey"])
            if (record["outcome"], record["decided_at"]) not in alike
        ]
        nearest = min(entries, key=lambda record: abs(record["decided_at"] - refused["decided_at"]), default=None)
        if nearest is None or nearest["outcome"] != "accepted":
            return False
        return any(record["kind"] == "send" and record["run_id"] == nearest["run_id"] for record in decided)


def compare(subject: str, base: Told, other: Told) -> list[Difference]:
    """Every difference between what two versions decided for a subject."""
    found: list[Difference] = []
    for place in sorted(base.sends.keys() | other.sends.keys()):
        left = [record for record in base.sends.get(place, []) if not other.tells_by_sends(record, base)]
        right = [record for record in other.sends.get(place, []) if not base.tells_by_sends(record, other)]
        left, right = _without_equal(base, left, other, right)
        for one, two in zip_longest(left, right):
            kind = _kind(base, one, other, two)
            if kind is not None:
                found.append(_difference(subject, kind, place, base, one, other, two))
    return found


def _without_equal(
    base: Told, left: list[dict[str, Any]], other: Told, right: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rest = list(right)
    remaining = []
    for record in left:
        identity = base.identity(record)
        twin = next((one for one in rest if other.identity(one) == identity), None)
        if twin is None:
            remaining.append(record)
        else:
            rest.remove(twin)
    return _sent_first(remaining), _sent_first(rest)


def _sent_first(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sends are paired with sends before a refusal is set against one."""
    return sorted(records, key=lambda record: (record["outcome"] != "accepted", record["decided_at"]))


def _kind(base: Told, one: dict[str, Any] | None, other: Told, two: dict[str, Any] | None) -> str | None:
    sent, sent_there = _sent(one), _sent(two)
    if one is None or two is None or sent != sent_there:
        return "only_base" if sent else "only_other" if sent_there else "other_reason"
    if not sent:
        return "other_reason" if one["reason"] != two["reason"] else None
    if one["channel"] != two["channel"]:
        return "other_channel"
    return "other_time" if one["decided_at"] != two["decided_at"] else "other_message"


def _sent(record: dict[str, Any] | None) -> bool:
    return record is not None and record["outcome"] == "accepted"


def _difference(
    subject: str, kind: str, place: _Place, base: Told, one: dict[str, Any] | None, other: Told,
    two: dict[str, Any] | None,
) -> Difference:  # fmt: skip
    journey, step = place
    at_ms = (one or two or {})["decided_at"]
    left = Side(one) if one else base.instead(journey, at_ms)
    right = Side(two) if two else other.instead(journey, at_ms)
    return Difference(subject, kind, journey, step, left, right)
