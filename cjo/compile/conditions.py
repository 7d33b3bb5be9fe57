"""Conditions: SQL text, parsed by sqlglot, checked against a whitelist and typed, becomes the COND tree of the plan.

What is not in the tables below is refused: no subqueries, no casts, no functions but three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlglot import exp

from cjo.compile.expressions import Complaint, read_expression, unread
from cjo.compile.scopes import Scope, UnknownName
from cjo.spec.common import UNKNOWN
from cjo.values import to_decimal, to_int, to_timestamp

Cond = list[Any]
#: A tree and its type; None where the type can't be told because of a problem already noted.
Typed = tuple[Cond, str | None]

_COMPARISONS = {exp.EQ: "=", exp.NEQ: "!=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_NUMBERS = ("int", "decimal")
_UNKNOWN: Typed = (["lit", None, "string"], None)


def parse_condition(text: str, scope: Scope) -> tuple[Cond | None, list[Complaint]]:
    """The COND of a condition, or None with what is wrong with it."""
    expression, complaint = read_expression(text, scope)
    if expression is None:
        return None, [complaint] if complaint else []
    builder = _Builder(scope)
    cond, kind = builder.build(expression)
    if kind not in (None, "bool"):
        builder.complain("type-mismatch", expression, f"a condition must be true or false, this is of type {kind}")
    return (None, builder.complaints) if builder.complaints else (cond, [])


def parse_value(text: str, scope: Scope) -> tuple[Typed | None, list[Complaint]]:
    """An expression of any type and its type (None where it can't be told), or None with what is wrong with it."""
    expression, complaint = read_expression(text, scope)
    if expression is None:
        return None, [complaint] if complaint else []
    builder = _Builder(scope)
    typed = builder.build(expression)
    return (None, builder.complaints) if builder.complaints else (typed, [])


def names_in(cond: Cond | None) -> list[list[str]]:
    """Every REF in a condition, in order."""
    if not isinstance(cond, list) or not cond or cond[0] == "lit":
        return []
    if cond[0] in ("field", "attr", "moment", "profile", "run", "outcome"):
        return [cond]
    return [ref for part in cond[1:] if isinstance(part, list) for ref in names_in(part)]


class _Builder:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.complaints: list[Complaint] = []

    def complain(self, name: str, node: exp.Expr, message: str, hint: str | None = None) -> Typed:
        starts = [found.meta["start"] for found in node.walk() if "start" in found.meta]
        self.complaints.append(Complaint(name, min(starts) if starts else None, message, hint))
        return _UNKNOWN

    def build(self, node: exp.Expr) -> Typed:
        if node.comments:
            return self.complain("condition-not-allowed", node, "a comment inside a condition", "use a YAML comment")
        handler = _HANDLERS.get(type(node))
        if handler is not None and not unread(node):
            return handler(self, node)
        written = node.sql()
        shown = written if len(written) <= 60 else written[:57] + "..."
        return self.complain("condition-not-allowed", node, f"'{shown}' is not allowed in a condition")

    # --- names and literals ---

    def column(self, node: exp.Column) -> Typed:
        identifiers = [part for part in node.parts if isinstance(part, exp.Identifier)]
        if len(identifiers) != len(node.parts):
            return self.complain("condition-not-allowed", node, "'*' is not allowed in a condition")
        names = [part.name for part in identifiers]
        if identifiers[-1].args.get("quoted") and len(names) == 1:
            try:
                self._scope.resolve(names)
            except UnknownName:
                hint = f"text stands in single quotes: '{names[0]}'"
                return self.complain("unknown-name", node, f'unknown name "{names[0]}"', hint)
        try:
            ref = self._scope.resolve(names)
        except UnknownName as unknown:
            return self.complain("unknown-name", node, unknown.message, unknown.hint)
        return ref, ref[2]

    def literal(self, node: exp.Literal) -> Typed:
        if node.is_string:
            return ["lit", node.this, "string"], "string"
        whole, number = to_int(node.this), to_decimal(node.this)
        if whole is not None:
            return ["lit", whole, "int"], "int"
        if number is not None:
            return ["lit", format(number, "f"), "decimal"], "decimal"
        hint = "write digits with an optional point, at most 18 before and after it"
        return self.complain("type-mismatch", node, f"number {node.this} can't be read", hint)

    def boolean(self, node: exp.Boolean) -> Typed:
        return ["lit", bool(node.this), "bool"], "bool"

    def null(self, node: exp.Null) -> Typed:
        hint = "write IS NULL or IS NOT NULL"
        return self.complain("condition-not-allowed", node, "comparing with NULL is never true", hint)

    def negative(self, node: exp.Neg) -> Typed:
        cond, kind = self._number(node.this)
        if cond[0] == "lit" and kind:
            value = cond[1]
            return (["lit", -value, kind] if isinstance(value, int) else ["lit", _negated(value), kind]), kind
        return ["-", ["lit", 0, "int"], cond], kind

    # --- logic ---

    def logic(self, node: exp.Connector) -> Typed:
        word = "and" if isinstance(node, exp.And) else "or"
        parts: Cond = []
        for side in (node.this, node.expression):
            cond = self._truth(side)
            parts.extend(cond[1:] if cond[0] == word and not isinstance(side, exp.Paren) else [cond])
        return [word, *parts], "bool"

    def negation(self, node: exp.Not) -> Typed:
        return ["not", self._truth(node.this)], "bool"

    def paren(self, node: exp.Paren) -> Typed:
        return self.build(node.this)

    def is_null(self, node: exp.Is) -> Typed:
        if not isinstance(node.expression, exp.Null):
            hint = "write the name alone, or NOT name"
            return self.complain("condition-not-allowed", node, "IS is only for IS NULL and IS NOT NULL", hint)
        return ["is_null", self.build(node.this)[0]], "bool"

    def _truth(self, node: exp.Expr) -> Cond:
        cond, kind = self.build(node)
        if kind not in (None, "bool"):
            self.complain("type-mismatch", node, f"AND, OR and NOT take conditions, {_shown(node)} is of type {kind}")
        return cond

    # --- comparisons ---

    def comparison(self, node: exp.Binary) -> Typed:
        operator = _COMPARISONS[type(node)]
        (left, left_kind), (right, right_kind) = self._alike(node, node.this, node.expression)
        if operator not in ("=", "!=") and "bool" in (left_kind, right_kind):
            self.complain("type-mismatch", node, f"true and false have no order, so '{operator}' can't compare them")
        if left[0] == "lit" and right[0] != "lit":
            left, right, operator = right, left, _MIRRORED.get(operator, operator)
        return [operator, left, right], "bool"

    def between(self, node: exp.Between) -> Typed:
        value, low, high = node.this, node.args["low"], node.args["high"]
        (first, kind), (second, _) = self._alike(node, value, low)
        third = self._alike(node, value, high)[1][0]
        if kind == "bool":
            self.complain("type-mismatch", node, "true and false have no order, so BETWEEN can't compare them")
        return ["between", first, second, third], "bool"

    def membership(self, node: exp.In) -> Typed:
        items = node.expressions
        if node.args.get("query") or node.args.get("unnest") or node.args.get("field") or not items:
            return self.complain("condition-not-allowed", node, "IN takes a list of literals", "write x IN ('a', 'b')")
        value, kind = self.build(node.this)
        literals = []
        for item in items:
            if not isinstance(item.this if isinstance(item, exp.Neg) else item, exp.Literal | exp.Boolean):
                self.complain("condition-not-allowed", item, "IN takes a list of literals", "write x IN ('a', 'b')")
                continue
            cond, item_kind = self.build(item)
            literals.append(self._fit(node, (cond, item_kind), kind)[0])
            self._check_alike(node, kind, literals[-1][2] if item_kind else None, item)
        return ["in", value, literals], "bool"

    def like(self, node: exp.Like) -> Typed:
        value, kind = self.build(node.this)
        if kind not in (None, "string"):
            self.complain("type-mismatch", node, f"LIKE takes text, {_shown(node.this)} is of type {kind}")
        if not (isinstance(node.expression, exp.Literal) and node.expression.is_string):
            hint = "write x LIKE 'begin%'"
            return self.complain("condition-not-allowed", node, "LIKE takes a pattern in single quotes", hint)
        like = ["like", value, node.expression.this]
        return (["not", like] if node.args.get("negate") else like), "bool"

    def _alike(self, node: exp.Expr, left: exp.Expr, right: exp.Expr) -> tuple[Typed, Typed]:
        first, second = self.build(left), self.build(right)
        first, second = self._fit(node, first, second[1]), self._fit(node, second, first[1])
        self._check_alike(node, first[1], second[1], right)
        return first, second

    def _fit(self, node: exp.Expr, typed: Typed, other: str | None) -> Typed:
        """A literal in the type of what it is compared with: whole numbers as decimals, text as a time."""
        cond, kind = typed
        if cond[0] != "lit" or kind is None:
            return typed
        if kind == "int" and other == "decimal":
            return ["lit", str(cond[1]), "decimal"], "decimal"
        if kind == "string" and other == "timestamp":
            at_ms = to_timestamp(cond[1]) if "-" in cond[1][1:] else None
            if at_ms is not None:
                return ["lit", at_ms, "timestamp"], "timestamp"
            hint = "write a time in ISO 8601 with its zone, like '2026-05-01T00:00:00Z'"
            return self.complain("type-mismatch", node, f"'{cond[1]}' is not a time", hint)
        return typed

    def _check_alike(self, node: exp.Expr, left: str | None, right: str | None, where: exp.Expr) -> None:
        if left is None or right is None or left == right != "list" or (left in _NUMBERS and right in _NUMBERS):
            return
        if "list" in (left, right):
            self.complain("type-mismatch", node, "a list can't be compared", "a list can only be tested by IS NULL")
            return
        hint = "text stands in single quotes, numbers and true or false do not"
        message = f"{_shown(node)} compares {left} with {right}"
        self.complain("type-mismatch", where, message, hint)

    # --- functions ---

    def arithmetic(self, node: exp.Binary) -> Typed:
        (left, left_kind), (right, right_kind) = self._number(node.this), self._number(node.expression)
        kinds = (left_kind, right_kind)
        kind = None if None in kinds else "decimal" if "decimal" in kinds else "int"
        return [_ARITHMETIC[type(node)], left, right], kind

    def _number(self, node: exp.Expr) -> Typed:
        cond, kind = self.build(node)
        if kind not in (None, *_NUMBERS):
            return self.complain("type-mismatch", node, f"expected a number, {_shown(node)} is of type {kind}")
        return cond, kind

    def text_function(self, node: exp.Func) -> Typed:
        word = "lower" if isinstance(node, exp.Lower) else "upper"
        cond, kind = self.build(node.this)
        if kind not in (None, "string"):
            self.complain("type-mismatch", node, f"{word.upper()} takes text, {_shown(node.this)} is of type {kind}")
        return [word, cond], "string"

    def coalesce(self, node: exp.Coalesce) -> Typed:
        parts = [node.this, *node.expressions]
        typed = [self.build(part) for part in parts]
        kinds = [kind for _, kind in typed if kind]
        common = "decimal" if set(kinds) == set(_NUMBERS) else kinds[0] if kinds else None
        fitted = [self._fit(node, one, common) for one in typed]
        for (_, kind), part in zip(fitted, parts, strict=True):
            self._check_alike(node, common, kind, part)
        return ["coalesce", *(cond for cond, _ in fitted)], common


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

_HANDLERS: dict[type[exp.Expr], Callable[[_Builder, Any], Typed]] = {
    exp.Column: _Builder.column,
    exp.Literal: _Builder.literal,
    exp.Boolean: _Builder.boolean,
    exp.Null: _Builder.null,
    exp.Neg: _Builder.negative,
    exp.And: _Builder.logic,
    exp.Or: _Builder.logic,
    exp.Not: _Builder.negation,
    exp.Paren: _Builder.paren,
    exp.Is: _Builder.is_null,
    exp.Between: _Builder.between,
    exp.In: _Builder.membership,
    exp.Like: _Builder.like,
    exp.Lower: _Builder.text_function,
    exp.Upper: _Builder.text_function,
    exp.Coalesce: _Builder.coalesce,
    **dict.fromkeys(_COMPARISONS, _Builder.comparison),
    **dict.fromkeys(_ARITHMETIC, _Builder.arithmetic),
}


def _negated(number: str) -> str:
    return number[1:] if number.startswith("-") else f"-{number}"


def _shown(node: exp.Expr) -> str:
    text = node.sql()
    return text if len(text) <= 60 else text[:57] + "..."


def parse_ref(text: str, scope: Scope) -> tuple[Sequence[str] | None, Complaint | None]:
    """The REF of a name such as `basket_id` or `moment.total`, or what is wrong with it; neither for UNKNOWN."""
    if text == UNKNOWN:
        return None, None
    parts = text.strip().split(".")
    if not all(part.isidentifier() or part.replace("-", "_").isidentifier() for part in parts) or len(parts) > 2:
        return None, Complaint("bad-reference", None, f"'{text}' is not the name of a value")
    try:
        return scope.resolve(parts), None
    except UnknownName as unknown:
        return None, Complaint("unknown-name", None, unknown.message, unknown.hint)
