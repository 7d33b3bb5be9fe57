"""Conditions as closures: a COND or REF of the plan (docs/reference/plan.md) becomes a Python function, once.

The closures take `(row, moment, profile)`:

- `row`: the input row; `attributes` may be absent, `amount` is decimal text. Where a run decides there is no row, and
  the run stands in its place: `vars` are its variables, `out` the outcomes of its steps.
- `moment`: one flat dict of the collected values and `at`, `key`, `score`, `late_ms`; or None.
- `profile`: attribute -> text; or None.

They are called for every relevant touchpoint and condition, so the common shapes have a function of their own.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from cjo.engine.exact import EXACT
from cjo.errors import SpecError
from cjo.values import READERS

Row = dict[str, Any]
Evaluate = Callable[[Row, "dict[str, Any] | None", "dict[str, Any] | None"], Any]
Condition = Callable[[Row, "dict[str, Any] | None", "dict[str, Any] | None"], "bool | None"]

# Where a run keeps what these sources name.
_OF_RUN: Final = {"run": "vars", "outcome": "out"}


def compile_condition(cond: Sequence[Any] | None) -> Condition:
    """A function `(row, moment, profile) -> True, False or None` (SQL's unknown); no condition is always True."""
    return _always_true if cond is None else _compile(cond)


def compile_value(cond: Sequence[Any]) -> Evaluate:
    """A function `(row, moment, profile) -> value` of an expression of any type."""
    return _compile(cond)


def compile_ref(ref: Sequence[Any]) -> Evaluate:
    """A function `(row, moment, profile) -> value` of a REF.

    Values are str, int, Decimal, bool, int (epoch milliseconds) or list by the REF's type; None where it is absent
    or its text is not of that type.
    """
    source, name, kind = ref
    reader = READERS[kind]
    if source == "field":
        return _read_field(name, None if kind == "string" else reader)
    if source == "attr":
        return _read_attr(name, None if kind == "string" else reader)
    if source in _OF_RUN:
        return _read_run(_OF_RUN[source], name, reader)
    return _read_moment(name, reader) if source == "moment" else _read_profile(name, reader)


def refs_of(cond: Sequence[Any] | None) -> list[Sequence[Any]]:
    """Every REF in a condition, in order."""
    if not isinstance(cond, list) or not cond or cond[0] == "lit":
        return []
    if cond[0] in ("field", "attr", "moment", "profile"):
        return [cond]
    return [ref for part in cond[1:] if isinstance(part, list) for ref in refs_of(part)]


def _always_true(row: Row, moment: Any, profile: Any) -> bool:
    return True


def _compile(cond: Sequence[Any]) -> Evaluate:
    build = _BUILDERS.get(cond[0])
    if build is None:
        raise SpecError(f"condition: unknown operator {cond[0]!r}", "compile the workspace with this version of cjo")
    return build(cond)


# --- values ---


def _read_field(name: str, reader: Callable[[Any], Any] | None) -> Evaluate:
    if reader is None:
        return lambda row, moment, profile: row.get(name)

    def read(row: Row, moment: Any, profile: Any) -> Any:
        value = row.get(name)
        return None if value is None else reader(value)

    return read


def _read_attr(name: str, reader: Callable[[Any], Any] | None) -> Evaluate:
    def text(row: Row, moment: Any, profile: Any) -> Any:
        attributes: Row | None = row.get("attributes")
        return attributes.get(name) if attributes else None

    def read(row: Row, moment: Any, profile: Any) -> Any:
        attributes: Row | None = row.get("attributes")
        value = attributes.get(name) if attributes else None
        return None if value is None else reader(value)  # type: ignore[misc]

    return text if reader is None else read


def _read_moment(name: str, reader: Callable[[Any], Any]) -> Evaluate:
    def read(row: Row, moment: Any, profile: Any) -> Any:
        value = moment.get(name) if moment else None
        return None if value is None else reader(value)

    return read


def _read_run(part: str, name: str, reader: Callable[[Any], Any]) -> Evaluate:
    def read(row: Row, moment: Any, profile: Any) -> Any:
        kept = row.get(part)
        value = kept.get(name) if kept else None
        return None if value is None else reader(value)

    return read


def _read_profile(name: str, reader: Callable[[Any], Any]) -> Evaluate:
    def read(row: Row, moment: Any, profile: Any) -> Any:
        value = profile.get(name) if profile else None
        return None if value is None else reader(value)

    return read


def _literal_value(cond: Sequence[Any]) -> Any:
    _, value, kind = cond
    return Decimal(value) if kind == "decimal" else value


def _literal(cond: Sequence[Any]) -> Evaluate:
    value = _literal_value(cond)
    return lambda row, moment, profile: value


# --- logic ---


def _and(cond: Sequence[Any]) -> Evaluate:
    parts = [_compile(part) for part in cond[1:]]

    def holds(row: Row, moment: Any, profile: Any) -> bool | None:
        result: bool | None = True
        for part in parts:
            value = part(row, moment, profile)
            if value is False:
                return False
            if value is None:
                result = None
        return result

    return holds


def _or(cond: Sequence[Any]) -> Evaluate:
    parts = [_compile(part) for part in cond[1:]]

    def holds(row: Row, moment: Any, profile: Any) -> bool | None:
        result: bool | None = False
        for part in parts:
            value = part(row, moment, profile)
            if value is True:
                return True
            if value is None:
                result = None
        return result

    return holds


def _not(cond: Sequence[Any]) -> Evaluate:
    inner = _compile(cond[1])

    def holds(row: Row, moment: Any, profile: Any) -> bool | None:
        value = inner(row, moment, profile)
        return None if value is None else not value

    return holds


def _is_null(cond: Sequence[Any]) -> Evaluate:
    inner = _compile(cond[1])
    return lambda row, moment, profile: inner(row, moment, profile) is None


# --- comparisons ---


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Sequence[Any]], Evaluate]:
    def build(cond: Sequence[Any]) -> Evaluate:
        _, left, right = cond
        if right[0] == "lit":
            return _with_literal(test, left, _literal_value(right))
        first, second = _compile(left), _compile(right)

        def holds(row: Row, moment: Any, profile: Any) -> bool | None:
            a = first(row, moment, profile)
            if a is None:
                return None
            b = second(row, moment, profile)
            return None if b is None else test(a, b)

        return holds

    return build


def _with_literal(test: Callable[[Any, Any], bool], left: Sequence[Any], literal: Any) -> Evaluate:
    if test is operator.eq and left[0] == "attr" and left[2] == "string":
        return _attr_equals(left[1], literal)
    value_of = _compile(left)

    def holds(row: Row, moment: Any, profile: Any) -> bool | None:
        value = value_of(row, moment, profile)
        return None if value is None else test(value, literal)

    return holds


def _attr_equals(name: str, literal: Any) -> Evaluate:
    def holds(row: Row, moment: Any, profile: Any) -> bool | None:
        attributes: Row | None = row.get("attributes")
        if not attributes:
            return None
        value = attributes.get(name)
        return None if value is None else value == literal

    return holds


def _in(cond: Sequence[Any]) -> Evaluate:
    value_of = _compile(cond[1])
    members = frozenset(_literal_value(item) for item in cond[2])

    def holds(row: Row, moment: Any, profile: Any) -> bool | None:
        value = value_of(row, moment, profile)
        return None if value is None else value in members

    return holds


def _between(cond: Sequence[Any]) -> Evaluate:
    _, value, low, high = cond
    return _and(["and", [">=", value, low], ["<=", value, high]])


def _like(cond: Sequence[Any]) -> Evaluate:
    value_of = _compile(cond[1])
    pattern = "".join({"%": ".*", "_": "."}.get(char) or re.escape(char) for char in cond[2])
    matches = re.compile(pattern, re.DOTALL).fullmatch

    def holds(row: Row, moment: Any, profile: Any) -> bool | None:
        value = value_of(row, moment, profile)
        return None if value is None else matches(value) is not None

    return holds


# --- functions ---


def _arithmetic(exact: Callable[[Any, Any], Any], decimal: Callable[..., Any]) -> Callable[[Sequence[Any]], Evaluate]:
    def build(cond: Sequence[Any]) -> Evaluate:
        first, second = _compile(cond[1]), _compile(cond[2])

        def compute(row: Row, moment: Any, profile: Any) -> Any:
            a, b = first(row, moment, profile), second(row, moment, profile)
            if a is None or b is None:
                return None
            return exact(a, b) if isinstance(a, int) and isinstance(b, int) else decimal(a, b)

        return compute

    return build


def _text_function(function: Callable[[str], str]) -> Callable[[Sequence[Any]], Evaluate]:
    def build(cond: Sequence[Any]) -> Evaluate:
        inner = _compile(cond[1])

        def compute(row: Row, moment: Any, profile: Any) -> str | None:
            value = inner(row, moment, profile)
            return None if value is None else function(value)

        return compute

    return build


def _coalesce(cond: Sequence[Any]) -> Evaluate:
    parts = [_compile(part) for part in cond[1:]]

    def compute(row: Row, moment: Any, profile: Any) -> Any:
        for part in parts:
            value = part(row, moment, profile)
            if value is not None:
                return value
        return None

    return compute


_BUILDERS: Final[dict[str, Callable[[Sequence[Any]], Evaluate]]] = {
    "field": compile_ref,
    "attr": compile_ref,
    "moment": compile_ref,
    "profile": compile_ref,
    "run": compile_ref,
    "outcome": compile_ref,
    "lit": _literal,
    "and": _and,
    "or": _or,
    "not": _not,
    "is_null": _is_null,
    "=": _compare(operator.eq),
    "!=": _compare(operator.ne),
    "<": _compare(operator.lt),
    "<=": _compare(operator.le),
    ">": _compare(operator.gt),
    ">=": _compare(operator.ge),
    "in": _in,
    "between": _between,
    "like": _like,
    "+": _arithmetic(operator.add, EXACT.add),
    "-": _arithmetic(operator.sub, EXACT.subtract),
    "*": _arithmetic(operator.mul, EXACT.multiply),
    "lower": _text_function(str.lower),
    "upper": _text_function(str.upper),
    "coalesce": _coalesce,
}
