"""An exit, a wait or a signal asks for a touchpoint that no declared type and channel can give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cjo.compile.draft import Draft, Site
from cjo.compile.lints.base import Finding, Json, journeys, signals, step_site
from cjo.compile.lints.conditions import never

NAME = "never-happens"
_ROLES = ("start", "unless", "on", "points")


def find(draft: Draft) -> Iterator[Finding]:
    """One finding for each list of touchpoints and type in it."""
    for signal, site in signals(draft):
        for role in _ROLES:
            yield from _in(draft, site.at(role), signal.get(role) or ())
    for journey, site in journeys(draft):
        yield from _in(draft, site.at("exit"), journey["exit"])
        for step in journey["steps"]:
            yield from _in(draft, step_site(site, step["id"]).at("until"), step.get("until") or ())


def _in(draft: Draft, site: Site, matches: Iterable[Json]) -> Iterator[Finding]:
    for match in matches:
        reason = never(match, draft.tracking)
        if reason:
            yield Finding(site, f"no touchpoint is the {match['type']} that is asked for: {reason}")
