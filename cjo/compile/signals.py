"""Pass: the plan's `signals`, and what the moments of each carry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cjo.compile.draft import Draft, Site
from cjo.compile.scopes import MOMENT_OWN, Ref
from cjo.spec.common import Match
from cjo.spec.signals import Absence, Each, Event, Score, Signal

_CALL = re.compile(r"(sum|count)\(\s*([A-Za-z_][\w.]*)?\s*\)").fullmatch
_NUMBERS = ("int", "decimal")
Values = dict[str, str | None]


def run(draft: Draft) -> None:
    """Make `signals`, in the order of files."""
    for document in draft.spec.signals:
        for name, signal in document.model.signals.items() if document.model else ():
            site = Site(draft, document, ("signals", name), f"signal {name}")
            values: Values = dict(MOMENT_OWN)
            compiled = _KINDS[signal.kind](site, signal, values)
            draft.signals[name] = {"name": name, "kind": signal.kind, **_common(signal), **compiled}
            written = document.root.find(["signals", name, "collect"])[1].fields or {}
            draft.moment_values[name] = {**dict.fromkeys(written), **values}
    draft.plan["signals"] = list(draft.signals.values())


def _common(signal: Signal) -> dict[str, Any]:
    return {"revision": signal.revision, "version": "", "effective_at_ms": signal.effective_at or 0}


def _absence(site: Site, signal: Absence, values: Values) -> dict[str, Any]:
    start = [match for match, _, _ in site.at("start").matches(signal.start)]
    unless = [match for match, _, _ in site.at("unless").matches(signal.unless)]
    started_by = [match["type"] for match in start]
    collect: dict[str, Any] = {}
    for name, wanted in signal.collect.items():
        here = site.at("collect", name)
        collect[name], values[name] = _collect_one(here, wanted, started_by)
        _check_value_name(here, name)
    _check_minus(site, signal)
    return {
        "start": start,
        "unless": unless,
        "within_ms": signal.within,
        "per": _per(site, signal, [*started_by, *(match["type"] for match in unless)]),
        "on_repeat": signal.on_repeat,
        "collect": collect,
    }


def _score(site: Site, signal: Score, values: Values) -> dict[str, Any]:
    found = site.at("points").matches(signal.points)
    values["score"] = "int"
    return {
        "points": [{**match, "add": getattr(model, "add", 0)} for match, _, model in found],
        "at_least": signal.at_least,
        "window_ms": signal.window,
        "cooldown_ms": signal.cooldown,
        "settle": signal.settle,
        "per": _per(site, signal, [match["type"] for match, _, _ in found]),
    }


def _event(site: Site, signal: Event, values: Values) -> dict[str, Any]:
    on = [match for match, _, _ in site.matches([Match(on=signal.on, where=signal.where)])]
    types = [match["type"] for match in on]
    collect: dict[str, Any] = {}
    for name, wanted in signal.collect.items():
        here = site.at("collect", name)
        ref = here.ref_for_types(wanted, types)
        collect[name] = {"value": ref}
        values[name] = ref[2] if ref else None
        _check_value_name(here, name)
    return {"on": on, "settle": signal.settle, "per": _per(site, signal, types), "collect": collect}


_KINDS: Mapping[str, Any] = {"absence": _absence, "score": _score, "event": _event}


def _per(site: Site, signal: Signal, types: list[str]) -> Ref | None:
    if signal.per is None or signal.per == "customer":
        return None
    ref = site.at("per").ref_for_types(signal.per, types)
    if ref and ref[2] not in ("string", "int"):
        site.at("per").note("type-mismatch", f"a business key is text or a whole number, '{signal.per}' is {ref[2]}")
    return ref


def _collect_one(site: Site, wanted: str | Each, types: list[str]) -> tuple[dict[str, Any], str | None]:
    """The plan's form of one collected value, and its type."""
    if isinstance(wanted, Each):
        ref = site.at("each").ref_for_types(wanted.each, types)
        minus = [match for match, _, _ in site.at("minus").matches(wanted.minus)]
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


def _check_value_name(site: Site, name: str) -> None:
    if name in MOMENT_OWN or name == "score":
        site.note_key("bad-name", f"'{name}' is what every moment has already", "choose another name")


def _check_minus(site: Site, signal: Absence) -> None:
    with_minus = [name for name, wanted in signal.collect.items() if isinstance(wanted, Each) and wanted.minus]
    for name in with_minus[1:]:
        hint = "a touchpoint taken out takes all its values out: one `minus` a signal is enough"
        site.at("collect", name, "minus").note("wrong-value", f"'{with_minus[0]}' has a `minus` already", hint)
