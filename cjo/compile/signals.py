"""Pass: the plan's `signals`, and what the moments of each carry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cjo.compile.conditions import names_in, parse_ref
from cjo.compile.draft import Draft, Site
from cjo.compile.scopes import MOMENT_OWN, ProfileScope, Ref
from cjo.spec.common import DAY_MS, UNKNOWN, Match
from cjo.spec.signals import Absence, Count, Date, Each, Event, Listed, Profile, Score, Signal

_CALL = re.compile(r"(sum|count)\(\s*([A-Za-z_][\w.]*)?\s*\)").fullmatch
_NUMBERS = ("int", "decimal")
_NAMES = "name what has to change, like profile.segment = 'gold'"
Values = dict[str, str | None]


def run(draft: Draft) -> None:
    """Make `signals`, in the order of files."""
    for document in draft.spec.signals:
        for name, signal in document.model.signals.items() if document.model else ():
            site = Site(draft, document, ("signals", name), f"signal {name}")
            values: Values = dict(MOMENT_OWN)
            compiled = _KINDS[signal.kind](site, signal, values)
            draft.signals[name] = {"name": name, "kind": signal.kind, **_common(signal), **compiled}
            written = document.root.find(["signals", name, "collect"])[1]
            named = written.fields or [str(item.value) for item in written.items or ()]
            draft.moment_values[name] = {**dict.fromkeys(named), **values}
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


def _count(site: Site, signal: Count, values: Values) -> dict[str, Any]:
    on = [match for match, _, _ in site.matches([Match(on=signal.on, where=signal.where)])]
    types = [match["type"] for match in on]
    collect: dict[str, Any] = {}
    values["count"] = "int"
    for name, wanted in signal.collect.items():
        here = site.at("collect", name)
        collect[name], kind = _collect_one(here, wanted, types)
        _check_value_name(here, name, values)
        values.setdefault(name, kind)
    return {
        "on": on,
        "at_least": signal.at_least,
        "distinct": _key_like(site.at("distinct"), signal.distinct, types, "what is told apart"),
        "window_ms": signal.window,
        "cooldown_ms": signal.cooldown,
        "settle": signal.settle,
        "per": _per(site, signal, types),
        "collect": collect,
    }


def _profile(site: Site, signal: Profile, values: Values) -> dict[str, Any]:
    here, scope = site.at("when"), ProfileScope(site.draft.tracking.profile)
    when = here.condition(signal.when, scope) if signal.when != UNKNOWN else None
    if when is not None and not names_in(when):
        here.note("wrong-value", "the condition names nothing of the profile, so no update can turn it true", _NAMES)
    return {
        "when": when,
        "first": signal.first,
        "per": None,
        "collect": _collect_profile(site, signal.collect, values),
    }


def _date(site: Site, signal: Date, values: Values) -> dict[str, Any]:
    here = site.at("date")
    ref, complaint = parse_ref(signal.date, ProfileScope(site.draft.tracking.profile))
    if complaint:
        here.complain(complaint)
    if ref and ref[2] not in ("string", "timestamp"):
        hint = "declare it in tracking.yaml as string (2026-05-01) or timestamp"
        here.note("type-mismatch", f"'{signal.date}' is of type {ref[2]}, which holds no date", hint)
    values |= {"date": "string", "time_zone": "string"} | ({"years": "int"} if signal.every else {})
    return {
        "date": list(ref) if ref else None,
        "every": signal.every,
        "before_days": signal.before // DAY_MS,
        "at": signal.at,
        "per": None,
        "collect": _collect_profile(site, signal.collect, values),
    }


_KINDS: Mapping[str, Any] = {
    "absence": _absence,
    "count": _count,
    "date": _date,
    "event": _event,
    "profile": _profile,
    "score": _score,
}


def _collect_profile(site: Site, names: list[str], values: Values) -> dict[str, Any]:
    """Profile attributes for the moment, each under its own name."""
    declared, collect = site.draft.tracking.profile, {}
    for index, written in enumerate(names):
        here, name = site.at("collect", index), written.removeprefix("profile.")
        if not here.known("unknown-name", "profile attribute", name, declared, "tracking.yaml declares:"):
            continue
        _check_value_name(here, name, values)
        values.setdefault(name, declared[name])
        collect[name] = {"value": ["profile", name, declared[name]]}
    return collect


def _per(site: Site, signal: Absence | Score | Count | Event, types: list[str]) -> Ref | None:
    if signal.per is None or signal.per == "customer":
        return None
    return _key_like(site.at("per"), signal.per, types, "a business key")


def _key_like(site: Site, name: str | None, types: list[str], what: str) -> Ref | None:
    """The REF of a value that two touchpoints have in common or not: text or a whole number."""
    ref = site.ref_for_types(name, types) if name is not None else None
    if ref and ref[2] not in ("string", "int"):
        site.note("type-mismatch", f"{what} is text or a whole number, '{name}' is {ref[2]}")
    return ref


def _collect_one(site: Site, wanted: str | Listed, types: list[str]) -> tuple[dict[str, Any], str | None]:
    """The plan's form of one collected value, and its type."""
    if isinstance(wanted, Listed):
        ref = site.at("each").ref_for_types(wanted.each, types)
        taken_out = wanted.minus if isinstance(wanted, Each) else []
        minus = [match for match, _, _ in site.at("minus").matches(taken_out)]
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


def _check_value_name(site: Site, name: str, own: Values | None = None) -> None:
    if name in MOMENT_OWN or name in (own or ()) or name == "score":
        site.note_key("bad-name", f"'{name}' is what every moment has already", "choose another name")


def _check_minus(site: Site, signal: Absence) -> None:
    with_minus = [name for name, wanted in signal.collect.items() if isinstance(wanted, Each) and wanted.minus]
    for name in with_minus[1:]:
        hint = "a touchpoint taken out takes all its values out: one `minus` a signal is enough"
        site.at("collect", name, "minus").note("wrong-value", f"'{with_minus[0]}' has a `minus` already", hint)
