"""What a record says, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cjo import reasons
from cjo.topics import ACTIONS_PREFIX, DEADLETTERS, DECISIONS, MOMENTS, TOUCHPOINTS

Value = Mapping[str, Any]
_ABOUT = ("basket_id", "product_id", "order_id", "session_id")


def kind_of(topic: str) -> str | None:
    """touchpoint, moment, decision, action or dead letter; None for a topic of something else."""
    if topic == TOUCHPOINTS or topic.startswith(f"{TOUCHPOINTS}."):
        return "touchpoint"
    if topic.startswith(ACTIONS_PREFIX):
        return "action"
    return {MOMENTS: "moment", DECISIONS: "decision", DEADLETTERS: "dead letter"}.get(topic)


def sentence(kind: str, value: Value) -> str:
    """What a record of that kind says in one line, without its time and its customer."""
    return plain(_SENTENCES[kind](value))


def plain(text: str) -> str:
    """Text of anybody's in one line, with what would move a terminal's cursor, colour or direction made visible."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(sign if sign.isprintable() or sign == _JOINER else _escaped(sign) for sign in line)


_JOINER = "\u200d"
"""Holds the parts of one picture together."""


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode()


def _touchpoint(value: Value) -> str:
    if value["type"] == "moment_reached":
        return _moment_reached(value.get("attributes") or {})
    about = [f"{name.removesuffix('_id')} {value[name]}" for name in _ABOUT if value.get(name)]
    if value.get("amount") is not None:
        about.append(f"{money(value['amount'])} {value.get('currency') or ''}".strip())
    about += [f"{name} {text}" for name, text in sorted((value.get("attributes") or {}).items())]
    if value.get("text"):
        about.append(f"“{value['text']}”")
    return f"{value['type']} ({value['channel']}){': ' if about else ''}{', '.join(about)}"


def _moment_reached(said: Mapping[str, str]) -> str:
    key = f" for {said['key']}" if said.get("key") else ""
    what = "taken back: the moment" if said.get("void") == "true" else "the moment"
    as_whom = f", as {' and '.join(said['who'].split(','))}" if said.get("who") else ""
    return f"moment_reached: {what} {said.get('signal')}{key} of {said.get('subject')}{as_whom}"


def moment(value: Value, made_by: Sequence[str] | None = None) -> str:
    """What a moment says; `made_by` tells those of its events that are moments of other signals.

    None where nobody has looked for them: then an event may be one or the other.
    """
    key = f" for {value['key']}" if value.get("key") else ""
    others = [f"made by {one}" for one in made_by or ()]
    count, noun = len(value.get("evidence") or ()) - len(others), "event" if made_by is None else "touchpoint"
    rest = [f"from {count} {noun}{'' if count == 1 else 's'}"] if count else []
    values = value.get("values") or {}
    made = ", ".join([*others, *rest]) or ("from two rates" if values.keys() >= _RATES else "from the profile")
    late = f", {reasons.length(value['late_ms'])} late" if value.get("late_ms") else ""
    return f"{value['signal']}{key}, {made}{late}{_carried(values)}"


_RATES = {"recent", "baseline", "percent"}
"""What moments of kind `change` carry: a rate is made by no single event."""
_SHOWN = 5


def _carried(values: Value) -> str:
    """The values of a moment; of a model's what it said first, and of what."""
    if "probability" in values:
        seen = ", ".join(f"{name} {_short(told)}" for name, told in values.items() if name != "probability")
        return f": probability {values['probability']} of {seen}"
    told = ", ".join(f"{name} {_short(one)}" for name, one in values.items() if one not in (None, []))
    return f": {told}" if told else ""


def _short(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    return " + ".join(map(str, value[:_SHOWN])) + (f" + {len(value) - _SHOWN} more" if len(value) > _SHOWN else "")


def _decision(value: Value) -> str:
    step = f" / {value['step']}" if value.get("step") else ""
    rule = f" [{value['reason']}, {value['rule']}]" if value.get("rule") else f" [{value['reason']}]"
    return f"{value['journey']}{step}: {_in_mode(value)}{reasons.sentence(value)}{rule}"


def _in_mode(decision: Value) -> str:
    """Says of what was not decided for real that it was not."""
    mode = decision.get("mode") or "live"
    if mode == "shadow" and decision["kind"] in ("send", "emit") and decision["outcome"] == "accepted":
        return "in shadow, so nothing goes out: "
    return "" if mode == "live" else f"in {mode}: "


def _action(value: Value) -> str:
    to = f" to {value['address']}" if value.get("address") else ""
    if value["kind"] == "cancel":
        why = f": {value['reason']}" if value.get("reason") else ""
        return f"{value['kind']} {value['channel']}{to}, {value['journey']} / {value['step']}{why}"
    content = value.get("content") or {}
    said = content.get("subject") or content.get("title") or content.get("body") or value.get("template") or ""
    if not said:
        said = ", ".join(f"{name} {text}" for name, text in (value.get("variables") or {}).items())
        return f"{value['channel']}, {value['journey']} / {value['step']}" + (f": {said}" if said else "")
    instead = f", instead of {value['supersedes']}" if value.get("supersedes") else ""
    return f"{value['channel']}{to}, {value['journey']} / {value['step']}: “{said}”{instead}"


def _dead_letter(value: Value) -> str:
    return f"{value['topic']} {value['partition']}/{value['offset']}, {value['kind']}: {value['error']}"


def money(amount: Any) -> str:
    """An amount with at least two decimal places and no needless ones: `12.50`, `0.0125`."""
    text = format(Decimal(amount), ".4f")
    return text[:-2] if text.endswith("00") else text.rstrip("0")


_SENTENCES: dict[str, Callable[[Value], str]] = {
    "touchpoint": _touchpoint,
    "moment": moment,
    "decision": _decision,
    "action": _action,
    "dead letter": _dead_letter,
}
