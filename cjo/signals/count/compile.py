"""The plan's part of the kind `count`."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values, check_value_name, collect_one, key_like, per
from cjo.compile.draft import Site
from cjo.signals.count.author import Count
from cjo.spec.common import Match


def compiled(site: Site, signal: Count, values: Values) -> dict[str, Any]:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    on = [match for match, _, _ in site.matches([Match(on=signal.on, where=signal.where)])]
    types = [match["type"] for match in on]
    collect: dict[str, Any] = {}
    values["count"] = "int"
    for name, wanted in signal.collect.items():
        here = site.at("collect", name)
        collect[name], kind = collect_one(here, wanted, types)
        check_value_name(here, name, values)
        values.setdefault(name, kind)
    return {
        "on": on,
        "at_least": signal.at_least,
        "distinct": key_like(site.at("distinct"), signal.distinct, types, "what is told apart"),
        "window_ms": signal.window,
        "cooldown_ms": signal.cooldown,
        "settle": signal.settle,
        "per": per(site, signal, types),
        "collect": collect,
    }
