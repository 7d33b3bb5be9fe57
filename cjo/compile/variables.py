"""Variables of a run: their types follow from the expressions that set them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cjo.compile.conditions import Cond, parse_value
from cjo.compile.draft import Site
from cjo.compile.layout import Placed
from cjo.compile.scopes import Scope
from cjo.spec.common import UNKNOWN
from cjo.spec.journeys import Update

Types = dict[str, str | None]
_NUMBERS = {"int", "decimal"}


def types_of(steps: Iterable[Placed], scope_with: Callable[[Types], Scope]) -> Types:
    """Every variable that an `update` sets, with its type; None where no expression tells it.

    `run.attempts + 1` has a type once `run.attempts` has one, so this goes round until nothing is learnt any more.
    """
    texts = [pair for step in steps if isinstance(step.body, Update) for pair in step.body.update.items()]
    types: Types = dict.fromkeys(name for name, _ in texts)
    for _ in range(2 * len(types) + 1):
        before, scope = dict(types), scope_with(types)
        for name, text in texts:
            typed, _ = parse_value(text, scope) if text != UNKNOWN else (None, [])
            types[name] = _wider(types[name], typed[1] if typed else None)
        if types == before:
            break
    return types


def expressions(site: Site, body: Update, scope: Scope, types: Types) -> dict[str, Any]:
    """The plan's `set` of an update; what an expression complains of, and a type that does not fit, is noted."""
    made = {}
    for name, text in body.update.items():
        here = site.at("update", name)
        cond, kind = _expression(here, text, scope)
        known = types.get(name)
        if cond is not None and known is None:
            here.note("type-mismatch", f"the type of run.{name} can't be told", "begin with a literal or coalesce(...)")
        elif kind is not None and kind != known and (kind, known) != ("int", "decimal"):
            hint = f"other steps make it {known}; a variable has one type"
            here.note("type-mismatch", f"run.{name} is set to {kind}", hint)
        made[name] = {"type": known, "value": cond}
    return made


def _expression(here: Site, text: str, scope: Scope) -> tuple[Cond | None, str | None]:
    if text == UNKNOWN:
        return None, None
    typed, complaints = parse_value(text, scope)
    for complaint in complaints:
        here.complain(complaint)
    return typed or (None, None)


def number(site: Site, text: str, scope: Scope) -> Cond | None:
    """An expression that must be a number; what it complains of, and another type, is noted."""
    cond, kind = _expression(site, text, scope)
    if kind is not None and kind not in _NUMBERS:
        site.note("type-mismatch", f"expected a number, got {kind}", "write a number, or an expression of numbers")
    return cond


def _wider(known: str | None, found: str | None) -> str | None:
    """Whole numbers are decimals where any is; else the first type told counts."""
    if {known, found} == _NUMBERS:
        return "decimal"
    return known or found
