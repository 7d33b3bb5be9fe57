"""The plan's part of the kind `inactivity`."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values, check_value_name, collect_one, per
from cjo.compile.draft import Site
from cjo.signals.inactivity.author import Inactivity


def compiled(site: Site, signal: Inactivity, values: Values) -> dict[str, Any]:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    on = [match for match, _, _ in site.at("on").matches(signal.on)]
    types = [match["type"] for match in on]
    collect: dict[str, Any] = {}
    for name, wanted in signal.collect.items():
        here = site.at("collect", name)
        collect[name], values[name] = collect_one(here, wanted, types)
        check_value_name(here, name)
        if signal.active is None and "value" not in collect[name]:
            hint = "write `active: {within: 30 days}` for all of that time, or a bare name for the newest value"
            here.note("wrong-value", "without `active` only the last touchpoint is looked at", hint)
    return {
        "on": on,
        "at_least": signal.active.at_least if signal.active else 1,
        "within_ms": signal.active.within if signal.active else 0,
        "silent_ms": signal.silent,
        "per": per(site, signal, types),
        "collect": collect,
    }
