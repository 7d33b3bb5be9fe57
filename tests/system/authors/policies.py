"""policies.yaml: caps, quiet hours, send windows, arbitration, hold-outs, preferred channel, shadow and test."""

from __future__ import annotations

from typing import Any

from tests.system.authors import words
from tests.system.chance import Chance

_WINDOWS = ("2 hours", "1 day", "3 days", "day", "day", "day", "week", "month")
_QUIET = (("21:00", "08:00"), ("22:00", "06:30"), ("00:00", "05:00"), ("02:00", "03:00"), ("12:00", "13:00"))
_OPEN = (("09:00", "18:00"), ("08:00", "20:00"), ("07:30", "12:30"))


def policies(chance: Chance, journeys: list[str]) -> dict[str, Any] | None:
    """The file, None where the workspace has none."""
    if chance.maybe(0.15):
        return None
    found: dict[str, Any] = {}
    if chance.maybe(0.7):
        found["caps"] = {f"cap{number}": _cap(chance) for number in range(chance.randint(1, 3))}
    if chance.maybe(0.35):
        found["quiet_hours"] = {f"quiet{number}": _hours(chance, _QUIET) for number in range(chance.randint(1, 2))}
    if chance.maybe(0.2):
        found["send_windows"] = {"office": _hours(chance, _OPEN)}
    if chance.maybe(0.35):
        found["arbitration"] = {"offers": _group(chance, journeys)}
    if chance.maybe(0.3):
        found["hold_outs"] = {f"out{number}": _hold_out(chance, journeys) for number in range(chance.randint(1, 2))}
    if chance.maybe(0.3):
        found["preferred_channel"] = "preferred"
    if chance.maybe(0.05):
        found["mode"] = "shadow"
    elif chance.maybe(0.08):
        found["test_recipients"] = chance.choice(
            [
                {"customers": ["c0", "c2"]},
                {"addresses": ["*@example.org"]},
                {"customers": ["c1"], "addresses": ["c0@*"]},
            ]
        )
    return found or None


def _cap(chance: Chance) -> dict[str, Any]:
    cap: dict[str, Any] = {"at_most": chance.choice([1, 1, 2, 3]), "per": chance.choice(_WINDOWS)}
    if chance.maybe(0.3):
        cap["channels"] = chance.some(list(words.CHANNELS), 1, 2)
    if chance.maybe(0.3):
        cap["purposes"] = chance.some(["marketing", "advice"], 1, 2)
    return cap


def _hours(chance: Chance, times: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    begins, ends = chance.choice(times)
    hours: dict[str, Any] = {"from": begins, "to": ends}
    if chance.maybe(0.3):
        hours["days"] = chance.choice(["weekday", ["monday", "sunday", "wednesday"]])
    if chance.maybe(0.4):
        hours["channels"] = chance.some(list(words.CHANNELS), 1, 3)
    if chance.maybe(0.2):
        hours["purposes"] = chance.some(list(words.PURPOSES), 1, 2)
    return hours


def _group(chance: Chance, journeys: list[str]) -> dict[str, Any]:
    group: dict[str, Any] = {"spacing": chance.choice(["0 ms", "1 hour", "1 day"])}
    if chance.maybe(0.6):
        group["hold"] = chance.choice(["1 minute", "10 minutes", "2 hours"])
    if chance.maybe(0.5):
        group["journeys"] = chance.some(journeys, 1)
    else:
        group["purposes"] = chance.some(["marketing", "advice"], 1)
    return group


def _hold_out(chance: Chance, journeys: list[str]) -> dict[str, Any]:
    part: dict[str, Any] = {"share": chance.choice(["20%", "50%", "100%", "0%"])}
    if chance.maybe(0.4):
        part["journeys"] = chance.some(journeys, 1)
    elif chance.maybe(0.5):
        part["purposes"] = chance.some(["marketing", "advice"], 1)
    return part
