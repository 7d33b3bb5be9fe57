"""The plan's part of the kind `change`."""

from __future__ import annotations

from decimal import Decimal
from math import gcd
from typing import Any

from cjo.compile.collected import Values, collect_one, per
from cjo.compile.draft import Site
from cjo.compile.scopes import Ref
from cjo.signals.change.author import Change
from cjo.spec.durations import in_words

TOTALS = 400
"""So many totals are kept of a key at most."""
_ALL = 10_000
_ROUND_MS = [minutes * 60_000 for minutes in (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)]


def compiled(site: Site, signal: Change, values: Values) -> dict[str, Any]:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    on = [match for match, _, _ in site.at("on").matches(signal.on)]
    types = [match["type"] for match in on]
    of = _summed(site, signal, types)
    _check_direction(site, signal)
    if _fits(site, signal):
        _check_totals(site, signal)
    kind = "decimal" if signal.of else "int"
    values |= {"recent": kind, "baseline": kind, "percent": "int"}
    spans_ms = signal.baseline * 3 // 4 if signal.baseline_spans is None else signal.baseline_spans
    return {
        "on": on,
        "of": of,
        "recent_ms": signal.recent,
        "baseline_ms": signal.baseline,
        "every_ms": signal.every,
        "falls_to": signal.falls_to,
        "rises_to": signal.rises_to,
        "baseline_at_least": format(Decimal(str(signal.baseline_at_least)), "f"),
        "baseline_spans_ms": spans_ms - spans_ms % signal.every,
        "cooldown_ms": signal.cooldown,
        "per": per(site, signal, types),
    }


def _summed(site: Site, signal: Change, types: list[str]) -> Ref | None:
    if signal.of is None:
        return None
    part, _ = collect_one(site.at("of"), signal.of, types)
    if "sum" not in part:
        if part.get("value") or "count" in part:
            hint = "leave `of` out to count touchpoints, or write sum(amount)"
            site.at("of").note("bad-reference", f"'{signal.of}' is no sum", hint)
        return None
    ref: Ref | None = part["sum"]
    return ref


def _check_direction(site: Site, signal: Change) -> None:
    falls, rises = signal.falls_to, signal.rises_to
    written = {"falls_to", "rises_to"} & set(site.document.root.find(site.path)[1].fields or ())
    if len(written) != 1:
        hint = "write `falls_to: 50%` or `rises_to: 200%`; for both, two signals"
        site.note_key("wrong-value", "expected one of falls_to and rises_to", hint)
    elif falls is not None and falls >= _ALL:
        site.at("falls_to").note("wrong-value", "a fall is to less than 100%", "for more than before, use rises_to")
    elif rises is not None and rises <= _ALL:
        site.at("rises_to").note("wrong-value", "a rise is to more than 100%", "for less than before, use falls_to")


def _fits(site: Site, signal: Change) -> bool:
    """True where the windows are whole multiples of `every`; else a problem."""
    lengths = {"recent": signal.recent, "baseline": signal.baseline}
    if signal.baseline_spans is not None:
        lengths["baseline_spans"] = signal.baseline_spans
        if signal.baseline_spans >= signal.baseline:
            hint = f"less than {in_words(signal.baseline)}"
            site.at("baseline_spans").note("wrong-value", "nothing in the baseline is as old as that", hint)
            return False
    for name, length_ms in lengths.items():
        if length_ms % signal.every:
            every = in_words(gcd(signal.every, *lengths.values()))
            message = f"{in_words(length_ms)} is no multiple of `every`, which is {in_words(signal.every)}"
            site.at(name).note("wrong-value", message, f"write `every: {every}`, or other lengths")
            return False
    return True


def _check_totals(site: Site, signal: Change) -> None:
    """Totals are kept for both windows, and as long as late touchpoints count."""
    kept_ms = signal.recent + signal.baseline + site.draft.workspace.late_horizon
    if kept_ms // signal.every > TOTALS:
        whole = gcd(signal.recent, signal.baseline)
        fitting = [one for one in _ROUND_MS if whole % one == 0 and kept_ms // one <= TOTALS]
        offer = f"write `every: {in_words(fitting[0])}`, or shorter windows" if fitting else "write shorter windows"
        message = f"with `every: {in_words(signal.every)}` a customer has {kept_ms // signal.every:,} totals to keep"
        site.note_key("wrong-value", message, f"at most {TOTALS} are kept: {offer}")
