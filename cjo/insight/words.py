"""Parts of a plan as text: conditions as an author would write them, touchpoints, lists, lengths of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from cjo.spec.durations import in_words
from cjo.spec.waits import DAYS

Cond = Sequence[Any]
Match = dict[str, Any]

_INFIX = ("=", "!=", "<", "<=", ">", ">=", "+", "-", "*")
_FUNCTIONS = ("lower", "upper", "coalesce")


def condition(cond: Cond) -> str:
    """A COND or an expression of a plan as SQL text; a name has its place before it unless it is the touchpoint's."""
    return _text(cond, within=None)


def match(one: Match) -> str:
    """`page_viewed where topic = 'mortgage'`."""
    return f"{one['type']} where {condition(one['where'])}" if one.get("where") else str(one["type"])


def matches(several: Iterable[Match], last: str = "or") -> str:
    """`order_completed or basket_emptied`; conditions that follow one another are set apart."""
    return listed([match(one) for one in several], last)


def goal_window(journey: dict[str, Any]) -> str:
    """How long the goal of a journey of a plan counts, and from when on (D10)."""
    first = "arm or send" if any(step["kind"] == "experiment" for step in journey["steps"]) else "send"
    return f"within {in_words(journey['goal']['within_ms'])} of the first {first}"


def listed(items: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; `nothing` for none."""
    if len(items) < 2:
        return items[0] if items else "nothing"
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def reference(ref: Cond) -> str:
    """`basket_id`, `moment.total`: the name that an author gives a value."""
    source, name = ref[0], ref[1]
    return str(name) if source in ("field", "attr") else f"{source}.{name}"


def waited(step: Match) -> str:
    """What a wait is for: `1 day`, `until monday 09:00`, `until moment.starts_at - 24 hours`."""
    if step.get("local"):
        days, minute = step["local"]["days"], step["local"]["minute"]
        named = next((f"{word} " for word, numbers in DAYS.items() if numbers == days), "")
        return f"until {named}{minute // 60:02}:{minute % 60:02}"
    if step.get("time"):
        add_ms = step["time"]["add_ms"]
        after = f" {'-' if add_ms < 0 else '+'} {in_words(abs(add_ms))}" if add_ms else ""
        return f"until {reference(step['time']['of'])}{after}"
    return in_words(step["for_ms"])


def amount(count: int, noun: str) -> str:
    """`1 touchpoint`, `2,000 touchpoints`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _text(cond: Cond, within: str | None) -> str:
    word = cond[0]
    if word in ("and", "or"):
        joined = f" {word.upper()} ".join(_text(part, word) for part in cond[1:])
        return f"({joined})" if within not in (None, word) else joined
    if word in _INFIX:
        left, right = (_operand(part) for part in cond[1:])
        return f"{left} {'<>' if word == '!=' else word} {right}"
    special = _SPECIAL.get(word)
    if special is not None:
        return special(cond)
    if word in _FUNCTIONS:
        return f"{word.upper()}({', '.join(_text(part, None) for part in cond[1:])})"
    return reference(cond) if len(cond) > 1 and isinstance(cond[1], str) else str(list(cond))


def _operand(cond: Cond) -> str:
    text = _text(cond, None)
    return f"({text})" if cond[0] in _INFIX else text


def _literal(cond: Cond) -> str:
    _, value, kind = cond
    if value is None:
        return "NULL"
    if kind == "timestamp":
        return f"'{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}'"
    if kind == "bool":
        return str(value).upper()
    return "'" + str(value).replace("'", "''") + "'" if kind == "string" else str(value)


def _in(cond: Cond) -> str:
    return f"{_text(cond[1], None)} IN ({', '.join(_text(item, None) for item in cond[2])})"


def _between(cond: Cond) -> str:
    return f"{_text(cond[1], None)} BETWEEN {_text(cond[2], None)} AND {_text(cond[3], None)}"


_SPECIAL: dict[Any, Callable[[Cond], str]] = {
    "lit": _literal,
    "not": lambda cond: f"NOT ({_text(cond[1], None)})",
    "is_null": lambda cond: f"{_text(cond[1], None)} IS NULL",
    "in": _in,
    "between": _between,
    "like": lambda cond: f"{_text(cond[1], None)} LIKE {_literal(['lit', cond[2], 'string'])}",
}
