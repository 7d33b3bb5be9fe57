"""The policies of a plan in words: what policies.yaml says, one line each, under a word for its kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cjo.insight.words import amount, listed
from cjo.spec.durations import in_words
from cjo.spec.waits import DAYS

Json = dict[str, Any]
_NAMES = [name for name, numbers in DAYS.items() if len(numbers) == 1]
_ALL = " of any purpose but transactional"


def of_workspace(workspace: Json) -> Iterator[tuple[str, str]]:
    """(kind in a word, what a rule does), in the order of the checks that they are part of."""
    if workspace.get("mode") == "shadow":
        yield "mode", "shadow: everything is decided and logged, nothing is sent"
    if recipients := workspace.get("test_recipients"):
        yield "test", _recipients(recipients)
    if attribute := workspace.get("preferred_channel"):
        yield "prefers", f"a step's channels that profile.{attribute} names come first"
    for rule in workspace.get("quiet_hours") or ():
        yield "quiet", f"{rule['name']}: nothing{_by(rule)}{_for(rule, '')} {_hours(rule)}"
    for rule in workspace.get("send_windows") or ():
        about = f"{_by(rule)}{_for(rule, '')}".strip() or "everything"
        yield "window", f"{rule['name']}: {about} only {_hours(rule)}"
    for cap in workspace.get("caps") or ():
        yield "cap", _cap(cap)
    for group in workspace.get("groups") or ():
        yield "group", _group(group)
    for hold_out in workspace.get("hold_outs") or ():
        of = f" of {listed(hold_out['journeys'])}" if hold_out["journeys"] else ""
        about = f"{of}{_for(hold_out, '' if of else _ALL)}"
        share = f"{hold_out['share'] / 100:g} %"
        yield "hold-out", f"{hold_out['name']}: {share} of the customers get nothing{about}"


def _cap(cap: Json) -> str:
    window = f"in {in_words(cap['window_ms'])}" if cap["window_ms"] else f"a {cap['per']} of the customer's calendar"
    return f"{cap['name']}: at most {amount(cap['at_most'], 'message')}{_by(cap)}{_for(cap, _ALL)} {window}"


def _group(group: Json) -> str:
    who = listed(group["journeys"]) if group["journeys"] else "all journeys"
    held = f"{in_words(group['hold_ms'])} after the first falls due" if group["hold_ms"] else "at an instant"
    then = f", then none for {in_words(group['spacing_ms'])}" if group["spacing_ms"] else ""
    return f"{group['name']}: of {who}{_for(group, '')} one sends {held}{then}"


def _recipients(recipients: Json) -> str:
    parts = [
        f"the {what} {listed(recipients[what])}" for what in ("customers", "addresses") if recipients[what]
    ]  # fmt: skip
    return f"only {listed(parts)} get anything"


def _by(rule: Json) -> str:
    return f" by {listed(rule['channels'], 'or')}" if rule["channels"] else ""


def _for(rule: Json, otherwise: str) -> str:
    return f" for {listed(rule['purposes'], 'or')}" if rule["purposes"] else otherwise


def _hours(rule: Json) -> str:
    days = f" on {listed([_NAMES[number] for number in rule['days']])}" if rule["days"] is not None else ""
    return f"from {_clock(rule['from_minute'])} to {_clock(rule['to_minute'])}{days}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
