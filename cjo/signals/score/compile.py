"""The plan's part of the kind `score`."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values, per
from cjo.compile.draft import Site
from cjo.signals.score.author import Score


def compiled(site: Site, signal: Score, values: Values) -> dict[str, Any]:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    found = site.at("points").matches(signal.points)
    values["score"] = "int"
    return {
        "points": [{**match, "add": getattr(model, "add", 0)} for match, _, model in found],
        "at_least": signal.at_least,
        "window_ms": signal.window,
        "cooldown_ms": signal.cooldown,
        "settle": signal.settle,
        "per": per(site, signal, [match["type"] for match, _, _ in found]),
    }
