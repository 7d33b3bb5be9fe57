"""What the kinds of signal share when they are compiled: business keys, and what moments collect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cjo.compile.draft import Site
from cjo.compile.scopes import MOMENT_OWN, Ref
from cjo.spec.patterns import Each, Keyed, Listed

_CALL = re.compile(r"(sum|count)\(\s*([A-Za-z_][\w.]*)?\s*\)").fullmatch
_NUMBERS = ("int", "decimal")
Values = dict[str, str | None]
"""Name of a value that a moment carries -> its type; None where it can't be told because of a problem."""


def per(site: Site, signal: Keyed, types: list[str]) -> Ref | None:
    """The REF of the signal's business key; None where it looks at the customer."""
    if signal.per is None or signal.per == "customer":
        return None
    return key_like(site.at("per"), signal.per, types, "a business key")


def key_like(site: Site, name: str | None, types: list[str], what: str) -> Ref | None:
    """The REF of a value that two touchpoints have in common or not: text or a whole number."""
    ref = site.ref_for_types(name, types) if name is not None else None
    if ref and ref[2] not in ("string", "int"):
        site.note("type-mismatch", f"{what} is text or a whole number, '{name}' is {ref[2]}")
    return ref


def collect_one(site: Site, wanted: str | Listed, types: list[str]) -> tuple[dict[str, Any], str | None]:
    """The plan's form of one collected value, and its type."""
    if isinstance(wanted, Listed):
        ref = site.at("each").ref_for_types(wanted.each, types)
        taken_out = wanted.minus if isinstance(wanted, Each) else []
        minus = [match for match, _, _ in site.at("minus").matches(taken_out)]
        if ref and ref[2] == "list":
            site.at("each").note("type-mismatch", f"each takes single values, '{wanted.each}' is a list")
        if ref:
            site.at("each").ref_for_types(wanted.each, [*types, *(match["type"] for match in minus)])
        return {"each": ref, "minus": minus, "max": wanted.max}, "list"
    call = _CALL(wanted.strip())
    if call and call[1] == "count" and not call[2]:
        return {"count": True}, "int"
    if call and call[1] == "sum" and call[2]:
        ref = site.ref_for_types(call[2], types)
        if ref and ref[2] not in _NUMBERS:
            site.note("type-mismatch", f"sum takes a number, '{call[2]}' is of type {ref[2]}")
        return {"sum": ref}, ref[2] if ref else None
    if "(" in wanted:
        hint = "write sum(name), count(), {each: name}, or a name for the newest value"
        site.note("bad-reference", f"'{wanted}' is nothing to collect", hint)
        return {"value": None}, None
    ref = site.ref_for_types(wanted, types)
    return {"value": ref}, ref[2] if ref else None


def collect_newest(site: Site, wanted: Mapping[str, str], types: list[str], values: Values) -> dict[str, Any]:
    """Fields and attributes of the one touchpoint that makes a moment."""
    collect: dict[str, Any] = {}
    for name, written in wanted.items():
        here = site.at("collect", name)
        ref = here.ref_for_types(written, types)
        collect[name] = {"value": ref}
        values[name] = ref[2] if ref else None
        check_value_name(here, name)
    return collect


def collect_profile(site: Site, names: list[str], values: Values) -> dict[str, Any]:
    """Profile attributes for the moment, each under its own name."""
    declared, collect = site.draft.tracking.profile, {}
    for index, written in enumerate(names):
        here, name = site.at("collect", index), written.removeprefix("profile.")
        if not here.known("unknown-name", "profile attribute", name, declared, "tracking.yaml declares:"):
            continue
        check_value_name(here, name, values)
        values.setdefault(name, declared[name])
        collect[name] = {"value": ["profile", name, declared[name]]}
    return collect


def check_value_name(site: Site, name: str, own: Values | None = None) -> None:
    """A collected value must not hide what every moment, or one of this kind, has already."""
    if name in MOMENT_OWN or name in (own or ()) or name == "score":
        site.note_key("bad-name", f"'{name}' is what every moment has already", "choose another name")
