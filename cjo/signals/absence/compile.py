"""The plan's part of the kind `absence`."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values, check_value_name, collect_one, per
from cjo.compile.draft import Site
from cjo.signals.absence.author import Absence
from cjo.spec.patterns import Each


def compiled(site: Site, signal: Absence, values: Values) -> dict[str, Any]:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    start = [match for match, _, _ in site.at("start").matches(signal.start)]
    unless = [match for match, _, _ in site.at("unless").matches(signal.unless)]
    started_by = [match["type"] for match in start]
    collect: dict[str, Any] = {}
    for name, wanted in signal.collect.items():
        here = site.at("collect", name)
        collect[name], values[name] = collect_one(here, wanted, started_by)
        check_value_name(here, name)
    _check_minus(site, signal)
    return {
        "start": start,
        "unless": unless,
        "within_ms": signal.within,
        "per": per(site, signal, [*started_by, *(match["type"] for match in unless)]),
        "on_repeat": signal.on_repeat,
        "collect": collect,
    }


def _check_minus(site: Site, signal: Absence) -> None:
    with_minus = [name for name, wanted in signal.collect.items() if isinstance(wanted, Each) and wanted.minus]
    for name in with_minus[1:]:
        hint = "a touchpoint taken out takes all its values out: one `minus` a signal is enough"
        site.at("collect", name, "minus").note("wrong-value", f"'{with_minus[0]}' has a `minus` already", hint)
