"""A wait is for a touchpoint that always ends the whole run first."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.compile.draft import Draft
from cjo.compile.lints.base import Finding, Json, journeys, step_site
from cjo.compile.lints.conditions import covers

NAME = "exit-comes-first"


def find(draft: Draft) -> Iterator[Finding]:
    """Exits are looked at before waits (rule R8)."""
    for journey, site in journeys(draft):
        for step in journey["steps"]:
            for match in step.get("until") or ():
                if any(_ends(leaving, match) for leaving in journey["exit"]):
                    here = step_site(site, step["id"]).at("until")
                    yield Finding(here, f"{match['type']} ends the run before the wait sees it: it is an `exit` too")


def _ends(leaving: Json, match: Json) -> bool:
    """True where every touchpoint that the wait is for is an exit."""
    return covers(leaving, match) and leaving["match"] in ("customer", match["match"])
