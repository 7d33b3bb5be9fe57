"""Reason codes of decisions: what each means, and one plain sentence about a decision that carries it.

The page docs/reference/reasons.md is this table; `python -m cjo.reasons` prints it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Reason(NamedTuple):
    """One reason code: the kinds of decision that carry it, its meaning, and a sentence with places for fields.

    Places are fields of the decision and its inputs; `{..._ms}` becomes a length of time, the inputs in `_TIMES` times
    in UTC, `{until}` also in the zone that decided it. `{without_consent}` and `{without_address}` are the channels
    that were refused for that, `{closed}` is the one that is waited for.
    """

    kinds: str
    meaning: str
    sentence: str


REASONS: dict[str, Reason] = {
    # entries
    "entered": Reason("entry", "The moment opened a run.", "a run starts"),
    "stale": Reason(
        "entry",
        "The moment is older than the journey's `fresh`.",
        "no run: the moment is {age_ms} old, and only {fresh_ms} counts as fresh",
    ),
    "not_live": Reason(
        "entry",
        "The moment is from before the workspace went live (`--live-from`): it fills memory and opens no run.",
        "no run: the moment is from before the journeys went live at {live_from}",
    ),
    "already_open": Reason(
        "entry", "A run of this journey and key is open.", "no run: one of this journey is open already"
    ),
    "again_after": Reason(
        "entry",
        "The last entry is too recent for the journey's `again`.",
        "no run: the last one started {entered}, and another may only start {after_ms} later",
    ),
    "again_never": Reason(
        "entry",
        "The journey is entered once (`again: never`), and this customer was in it.",
        "no run: this journey is for once, and was entered {entered}",
    ),
    "too_many_runs": Reason(
        "entry", "The customer has as many open runs as the workspace allows.", "no run: {open} runs are open, the most"
    ),
    "condition_false": Reason(
        "entry", "The journey's `enter: where` does not hold.", "no run: the entry condition does not hold"
    ),
    "journey_paused": Reason(
        "entry",
        "The journey is paused (`cjo pause`): it would have been entered, and is not.",
        "no run: the journey is paused since {paused_since}",
    ),
    "outside_share": Reason(
        "entry",
        "The journey is published to a share of the customers (`cjo apply --to`), and this one is not among them.",
        "no run: the journey is open to {share} of the customers, and this one is not among them",
    ),
    "no_contact": Reason(
        "entry",
        "A moment of an account (or the like) is for its contact person, and nobody has said who that is.",
        "no run: nobody is known to speak for {subject}",
    ),
    "no_members": Reason(
        "entry",
        "A moment of an account (or the like) is for its members, and no customer was seen on its touchpoints.",
        "no run: no member of {subject} is known",
    ),
    # sends
    "sent": Reason("send", "An action was requested.", "a message by {channel} is requested"),
    "no_consent": Reason(
        "send, end",
        "No consent on record for the purpose, on any channel of the step with an address.",
        "nothing sent: no consent for {without_consent}",
    ),
    "no_address": Reason(
        "send, end",
        "The profile has no address for any channel of the step.",
        "nothing sent: no address for {without_address}",
    ),
    "cap_reached": Reason(
        "send, end",
        "A cap of policies.yaml has no room left for this customer.",
        "nothing sent: the cap {cap} allows {at_most}, and {taken} went since {since}",
    ),
    "not_a_test_recipient": Reason(
        "send, end",
        "The workspace is in test (`test_recipients` of policies.yaml), and this customer is none of them.",
        "nothing sent: the workspace is in test, and this is no test recipient",
    ),
    "expired": Reason(
        "send, emit, end",
        "The action was held, and its time (`expires`, from when it first fell due) was over before it could go, or "
        "will be.",
        "nothing sent: it was due at {due}, and of no use after {expires}",
    ),
    "send_window": Reason(
        "hold, send, end",
        "Quiet hours, or no send window is open. The message is held until then; where the step says `refused: "
        "{send_window: ...}` it is refused.",
        "{closed} is closed by {window} until {until}",
    ),
    "arbitration": Reason(
        "hold",
        "The first of an arbitration group waits for others to compete with, or another joins it.",
        "the message is held until {until}: others of the group {group} may come",
    ),
    "arbitration_lost": Reason(
        "send, end",
        "Another journey of the arbitration group was to send at the same time, and won.",
        "nothing sent: another of the group {group} goes first, the action {winner}",
    ),
    "arbitration_blocked": Reason(
        "send, end",
        "Another journey of the arbitration group has sent, and the group's `spacing` is not over.",
        "nothing sent: the group {group} is silent until {until}, after the action {winner}",
    ),
    "held_out": Reason(
        "send",
        "The customer is in a hold-out: everything is as for the others, but nothing is sent.",
        "nothing sent: the customer is held out, by {hold_out}",
    ),
    "suppressed": Reason(
        "send, emit, end", "The customer is not to be contacted at all.", "nothing sent: the customer is suppressed"
    ),
    "template_error": Reason(
        "send, end", "The message could not be made from its template.", "nothing sent: the template failed: {error}"
    ),
    "spread": Reason(
        "hold",
        "The send is held for a time of this run's own, so that a burst is spread (`spread`); then all checks follow.",
        "the message is held until {until}: sends are spread over {spread_ms}",
    ),
    "paused": Reason(
        "hold",
        "The journey is paused (`cjo pause`): the action is held until it is resumed, at most until it expires.",
        "the message is held, at most until {until}: the journey is paused since {paused_since}",
    ),
    "emitted": Reason("emit", "An action went to a topic of the workspace's own.", "{channel} is asked"),
    "emit_removed": Reason(
        "emit",
        "The emit is no longer in workspace.yaml, and this run's version of the journey still asks for it.",
        "nothing emitted: {channel} was removed from the workspace",
    ),
    # moves
    "branch_taken": Reason("move", "The condition of a case holds.", "goes on with {to}: case {case} holds"),
    "branch_else": Reason("move", "No case of the branch holds.", "goes on with {to}: no case holds"),
    "updated": Reason("move", "Variables of the run were set.", "notes {noted}"),
    "arm_assigned": Reason(
        "move",
        "The first exposure to an experiment: the arm is drawn and kept for ever.",
        "is in the arm {arm} from now on",
    ),
    "arm_kept": Reason("move", "The customer was exposed before and keeps the arm.", "is in the arm {arm}, as before"),
    "offer_chosen": Reason("move", "Of the offers of a `decide` this one has the highest score.", "is offered {offer}"),
    "no_offer": Reason("move", "No offer of a `decide` is eligible and has room.", "is offered nothing"),
    "waiting": Reason("move", "A wait began.", "waits until {until}"),
    "wait_over": Reason("move", "The wait's time is over.", "the wait is over"),
    "wait_past": Reason("move", "The time to wait for is past.", "does not wait: {until} is past"),
    "wait_no_time": Reason("move", "The time to wait for is not known.", "does not wait: there is no time to wait for"),
    "wait_event": Reason("move", "An event that the wait was for happened.", "the wait ends with {event}"),
    "migrated": Reason(
        "move",
        "A new version of the journey declares how runs in flight move to it (`migrate`).",
        "goes on in version {journey_version} at {step}, until {until}",
    ),
    # goals and ends
    "goal_reached": Reason(
        "goal, send, end", "The run's goal was reached; nothing more is sent for it.", "the goal {goal} is reached"
    ),
    "exit_event": Reason(
        "end, cancel",
        "An exit event of the journey happened, or of one that has handed over to it, before it did.",
        "the run ends: {event} happened",
    ),
    "replaced": Reason(
        "end",
        "A new moment has taken the place of the one behind the run (`again: replace`).",
        "the run ends: a newer one",
    ),
    "handed_over": Reason(
        "move, end",
        "The run ends, and its customer is offered to another journey.",
        "the run ends: it goes on in {to}",
    ),
    "exit_step": Reason("end", "The run came to an exit.", "the run ends at an exit: {said}"),
    "completed": Reason("end", "The run went past its last step.", "the run is complete"),
    "run_expired": Reason("end", "The run reached its greatest duration.", "the run ends: it lasted too long"),
    "step_budget": Reason(
        "end",
        "The run took more steps at one instant than the workspace allows.",
        "the run ends: too many steps at one instant",
    ),
    "moment_void": Reason(
        "end, cancel",
        "A late touchpoint shows that the moment never was.",
        "the run ends: a late touchpoint shows that its moment never was",
    ),
    "journey_removed": Reason("end", "The journey is no longer in the plan.", "the run ends: the journey was removed"),
    "journey_stopped": Reason(
        "end", "The journey was stopped (`cjo stop`, `cjo stop-all`).", "the run ends: the journey was stopped"
    ),
    "step_removed": Reason(
        "end",
        "The run's step is no longer in the plan, or no run waits at it any more.",
        "the run ends: its step was removed from the journey",
    ),
    # what came too late
    "cancelled_late": Reason(
        "cancel",
        "A late touchpoint takes back an action that can still be stopped: a `cancel` record follows.",
        "the message by {channel} is taken back",
    ),
    "too_late": Reason(
        "cancel",
        "A late touchpoint speaks against an action that can no longer be stopped.",
        "the message by {channel} should not have gone, and can't be stopped any more",
    ),
}

_OPTIONAL = "said"
_TIMES = ("until", "entered", "since", "live_from", "moment_at", "due", "expires", "paused_since")
_NOTHING_SENT, _RUN_ENDS = "nothing sent:", "the run ends:"
_GOAL_BLOCKS_SEND = f"{_NOTHING_SENT} the goal of the run was reached before"
_PASSED = {"passed": "", "address": "no_address", "consent": "no_consent"}
_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000), ("ms", 1))


def sentence(decision: Mapping[str, Any]) -> str:
    """What a decision says, in plain words, without the journey's name. An unknown code is given as it is."""
    reason = REASONS.get(decision["reason"])
    if reason is None:
        return str(decision["reason"]).replace("_", " ")
    blocks = decision["reason"] == "goal_reached" and decision["kind"] != "goal"
    said = (_GOAL_BLOCKS_SEND if blocks else reason.sentence).format_map(_Places(decision)).removesuffix(": ")
    if decision["kind"] in ("send", "hold") and (passed := _passed_over(decision)):
        return f"{said}; not by {passed}"
    if decision["kind"] != "end" or "send" not in reason.kinds:
        return said
    return f"{_RUN_ENDS} {said.removeprefix(_NOTHING_SENT).strip()}"


def _passed_over(decision: Mapping[str, Any]) -> str:
    """The channels that gave way to the one of the decision, and why."""
    if decision.get("channel") is None:
        return ""
    found = []
    for name, value in (decision.get("inputs") or {}).items():
        what, _, channel = name.partition(".")
        if what in _PASSED and channel:
            found.append(f"{channel} ({_PASSED[what] or value})")
    return ", ".join(found)


def page() -> str:
    """docs/reference/reasons.md."""
    rows = [f"| `{code}` | {reason.kinds} | {reason.meaning} |" for code, reason in REASONS.items()]
    return "\n".join([_PAGE_HEAD, *rows, ""])


_PAGE_HEAD = """# Reason codes
Every decision carries one. `cjo why CUSTOMER` says them in sentences; the decision's `rule` names the numbered rule
behind it (docs/semantics.md), its `inputs` what was looked at. This page is made by `python -m cjo.reasons`.

| code | kinds of decision | meaning |
|---|---|---|"""


class _Places(dict[str, str]):
    """Fields and inputs of a decision as words."""

    def __init__(self, decision: Mapping[str, Any]) -> None:
        fields = {name: value for name, value in decision.items() if isinstance(value, str)}
        inputs = decision.get("inputs") or {}
        lists = {f"without_{what}": _channels(inputs, f"{what}.") for what in ("consent", "address")}
        lists["noted"] = ", ".join(f"{name} = {value}" for name, value in inputs.items()) or "nothing"
        lists["closed"] = decision.get("channel") or "the channel"
        words = {name: _words(name, value) for name, value in inputs.items()}
        if (there := _there(inputs)) and "until" in words:
            words["until"] += f", {there}"
        super().__init__(fields | lists | words)

    def __missing__(self, name: str) -> str:
        return "" if name == _OPTIONAL else "?"


def _channels(inputs: Mapping[str, str], prefix: str) -> str:
    named = [name.removeprefix(prefix) for name in inputs if name.startswith(prefix)]
    return " or ".join(sorted(named)) or "any channel"


_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def _words(name: str, value: str) -> str:
    if not _WHOLE.fullmatch(value):
        return value
    if name.endswith("_ms"):
        return length(int(value))
    if name in _TIMES:
        return _utc(int(value))
    return value


def _utc(at_ms: int) -> str:
    try:
        return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):  # a time that a touchpoint names may lie outside the calendar
        return f"{at_ms} ms"


def _there(inputs: Mapping[str, str]) -> str | None:
    """`08:00 on 2026-11-01 in Asia/Tokyo (the customer's)`: `until` where it was decided; None where that is UTC."""
    name, until = inputs.get("time_zone", "UTC"), inputs.get("until", "")
    if name == "UTC" or not _WHOLE.fullmatch(until):
        return None
    try:
        there = datetime.fromtimestamp(int(until) / 1000, ZoneInfo(name))
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
        return None
    return f"{there:%H:%M on %Y-%m-%d} in {name} (the {inputs.get('time_zone_of', 'workspace')}'s)"


def length(length_ms: int) -> str:
    """A length of time in its two greatest units: `1 day 3 hours`, `40 seconds`, `0 ms`."""
    for (name, size_ms), (smaller, smaller_ms) in pairwise(_UNITS):
        if length_ms >= size_ms:
            rest = length_ms % size_ms // smaller_ms
            return _counted(length_ms // size_ms, name) + (f" {_counted(rest, smaller)}" if rest else "")
    return f"{length_ms} ms"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if name == "ms" or count == 1 else f"{count} {name}s"


if __name__ == "__main__":
    print(page(), end="")
