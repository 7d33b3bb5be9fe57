"""A signal can never fire, or an exit or wait asks for what no declared type and channel gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cjo.compile.draft import Draft, Site
from cjo.compile.lints.base import Finding, Json, journeys, signals, step_site
from cjo.compile.lints.conditions import covers, never
from cjo.engine.inputs import matches_in

NAME = "never-happens"
_ROLES = ("start", "unless", "on", "points")


def find(draft: Draft) -> Iterator[Finding]:
    """One finding for each list of touchpoints and type in it."""
    for signal, site in signals(draft):
        for role in _ROLES:
            yield from _in(draft, site.at(role), signal.get(role) or ())
        for part in [name for name in signal if name not in _ROLES]:
            yield from _in(draft, site.at(part), matches_in(signal[part]))
        yield from _by_itself(signal, site)
    for journey, site in journeys(draft):
        yield from _in(draft, site.at("exit"), journey["exit"])
        for step in journey["steps"]:
            yield from _in(draft, step_site(site, step["id"]).at("until"), step.get("until") or ())


def _by_itself(signal: Json, site: Site) -> Iterator[Finding]:
    """Where it is the signal's own parts that keep it from firing."""
    if signal["kind"] == "absence" and all(_cancelled(start, signal["unless"]) for start in signal["start"]):
        yield Finding(site.at("unless"), "what begins it cancels it: `unless` asks for each touchpoint of `start`")
    if signal["kind"] == "score" and all(point["add"] <= 0 for point in signal["points"]):
        yield Finding(site.at("points"), "no touchpoint adds to it, so it is never reached")


def _cancelled(start: Json, unless: Iterable[Json]) -> bool:
    return any(covers(cancel, start) for cancel in unless)


def _in(draft: Draft, site: Site, matches: Iterable[Json]) -> Iterator[Finding]:
    for match in matches:
        reason = never(match, draft.tracking)
        if reason:
            yield Finding(site, f"no touchpoint is the {match['type']} that is asked for: {reason}")
