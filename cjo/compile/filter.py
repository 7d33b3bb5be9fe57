"""Conditions as Flink SQL, for the filter in front of Python. Too wide is fine, too narrow never.

A condition is turned into SQL that is TRUE wherever the condition is TRUE. NOT is pushed down to the comparisons; one
that SQL would not decide exactly as cjo/engine/conditions.py does becomes TRUE, whether it stands under a NOT or not.
AND and OR keep that property.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cjo.compile.merged import merged

Cond = Sequence[Any]

_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_NUMBER = {"int": "BIGINT", "decimal": "DECIMAL(38, 18)"}
_LITERAL_BELOW = 1 << 63
"""Flink refuses a longer number that stands as it is."""
OF_A_TYPE, OF_ALL = 100, 200
"""So many comparisons at most: SQL's planner handles a chain of them by recursion, and 400 overflow its stack."""


def filter_sql(needs: dict[str, list[Cond | None]]) -> str:
    """The whole filter: touchpoint type -> conditions under which it is needed (None: always).

    Names are columns of the log, in backticks; the text is a boolean Flink SQL expression.
    """
    always: list[str] = []
    asked: dict[str, list[str]] = {}
    for name, conditions in sorted(needs.items()):
        alternatives = list(dict.fromkeys(widened(cond) for cond in merged(conditions)))
        if None in alternatives:
            always.append(name)
        else:
            asked[name] = [sql for sql in alternatives if sql]
    too_long = _too_long(asked)
    sometimes = [
        f"(`type` = {text_literal(name)} AND ({' OR '.join(alternatives)}))"
        for name, alternatives in asked.items()
        if name not in too_long
    ]
    listed = ", ".join(map(text_literal, sorted({*always, *too_long})))
    return " OR ".join([f"`type` IN ({listed})", *sometimes] if listed else sometimes)


def _too_long(asked: dict[str, list[str]]) -> set[str]:
    """The types whose conditions are more than SQL should be asked: all touchpoints of them are let through."""
    found, total = set(), 0
    for length, name in sorted((sum(map(_comparisons, asked[name])), name) for name in asked):
        total += length
        if length > OF_A_TYPE or total > OF_ALL:
            found.add(name)
    return found


def _comparisons(sql: str) -> int:
    """How many at most: a text that has these words in it makes it more."""
    return 1 + sql.count(" OR ") + sql.count(" AND ")


def widened(cond: Cond | None) -> str | None:
    """SQL that is TRUE wherever `cond` is; None where that is every row."""
    return None if cond is None else _sql(cond, True)


def text_literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def _sql(cond: Cond, holds: bool) -> str | None:
    """SQL that is TRUE wherever `cond` is TRUE (`holds`) or FALSE (not `holds`); None: every row."""
    word = cond[0]
    if word == "not":
        return _sql(cond[1], not holds)
    if word in ("and", "or"):
        parts = [_sql(part, holds) for part in cond[1:]]
        return _all(parts) if (word == "and") == holds else _any(parts)
    leaf = _LEAVES.get(word)
    return leaf(cond, holds) if leaf else None


def _all(parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return f"({' AND '.join(known)})" if len(known) > 1 else known[0] if known else None


def _any(parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return f"({' OR '.join(known)})" if len(known) > 1 else known[0]


def _truth(cond: Cond, holds: bool) -> str | None:
    """A bool alone: an attribute whose text is `true` or `false`, or a literal."""
    if cond[0] == "lit":
        return None if cond[1] is holds else "FALSE"
    return f"{_text(cond)} = '{'true' if holds else 'false'}'" if cond[0] == "attr" else None


def _comparison(cond: Cond, holds: bool) -> str | None:
    word, left, right = cond
    operator = word if holds else _OPPOSITE[word]
    if left[0] == "lit" or not _is_simple(left) or not _is_simple(right):
        return None
    if left[2] == "bool":
        return _truth(left, (operator == "=") == right[1]) if right[0] == "lit" else None
    if operator not in ("=", "!=") and left[2] == "string" and not _orderable(right):
        return None
    first, second = _operand(left), _operand(right)
    return None if first is None or second is None else f"{first} {operator.replace('!=', '<>')} {second}"


def _orderable(cond: Cond) -> bool:
    """Text that SQL's optimiser puts in the same order as Python: it compares UTF-16, beyond ASCII that differs."""
    return cond[0] == "lit" and cond[1].isascii() and cond[1].isprintable()


def _is_simple(cond: Cond) -> bool:
    return cond[0] in ("field", "attr", "lit")


def _operand(cond: Cond) -> str | None:
    """A field, attribute or literal as SQL; None where SQL would read another value than Python."""
    source, value, kind = cond
    if source == "lit":
        return text_literal(value) if kind == "string" else _number(str(value)) if kind in _NUMBER else None
    if source == "field" or kind == "string":
        return _text(cond)
    # Laxer than Python's reading, never stricter: what Python reads as NULL makes the comparison unknown anyway.
    return f"TRY_CAST({_text(cond)} AS {_NUMBER[kind]})" if kind in _NUMBER else None


def _number(text: str) -> str:
    digits = int("".join(filter(str.isdigit, text)))
    return text if digits < _LITERAL_BELOW else f"CAST('{text}' AS DECIMAL(38, 18))"


def _text(ref: Cond) -> str:
    return f"`{ref[1]}`" if ref[0] == "field" else f"`attributes`[{text_literal(ref[1])}]"


def _between(cond: Cond, holds: bool) -> str | None:
    _, value, low, high = cond
    return _sql(["and", [">=", value, low], ["<=", value, high]], holds)


def _in(cond: Cond, holds: bool) -> str | None:
    value, items = cond[1], cond[2]
    if holds and value[0] in ("field", "attr") and value[2] == "string" and all(item[0] == "lit" for item in items):
        return f"{_text(value)} IN ({', '.join(text_literal(item[1]) for item in items)})"
    if len(items) > OF_A_TYPE:  # as one of several conditions it alone is left out
        return None
    return _sql(["or", *(["=", value, item] for item in items)], holds)


def _is_null(cond: Cond, holds: bool) -> str | None:
    inner = cond[1]
    if inner[0] not in ("field", "attr"):
        return None
    if not holds:
        return f"{_text(inner)} IS NOT NULL"
    # An attribute that is not of its type is NULL to Python and not to SQL.
    return f"{_text(inner)} IS NULL" if inner[0] == "field" or inner[2] == "string" else None


def _like(cond: Cond, holds: bool) -> str | None:
    _, value, pattern = cond
    if not _is_simple(value) or value[0] == "lit" or "_" in pattern or "\\" in pattern:
        return None
    return f"{_text(value)} {'LIKE' if holds else 'NOT LIKE'} {text_literal(pattern)}"


_LEAVES: dict[str, Callable[[Cond, bool], str | None]] = {
    "lit": _truth,
    "attr": _truth,
    "is_null": _is_null,
    "between": _between,
    "in": _in,
    "like": _like,
    **dict.fromkeys(_OPPOSITE, _comparison),
}
