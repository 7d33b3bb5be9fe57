"""A message may still be delivered when the next one of its journey goes by the same channel."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.compile.draft import Draft
from cjo.compile.lints.base import Finding, Json, journeys, step_site
from cjo.spec.durations import in_words

NAME = "outlives-wait"


def find(draft: Draft) -> Iterator[Finding]:
    """A send, then a wait that is shorter than the message's `expires`, then a send by the same channel."""
    channels = draft.plan["workspace"]["channels"]
    for journey, site in journeys(draft):
        steps = {step["id"]: step for step in journey["steps"]}
        for step, wait, following in _rows(journey["steps"], steps):
            for channel in step["channels"]:
                lasts_ms = step["expires_ms"] or channels[channel]["expires_ms"]
                if channel in following["channels"] and lasts_ms > wait["for_ms"]:
                    here = step_site(site, step["id"])
                    said = f"{in_words(lasts_ms)} by {channel}, and '{following['id']}' follows"
                    yield Finding(here, f"can be delivered for {said} after {in_words(wait['for_ms'])}")
                    break


def _rows(steps: list[Json], named: dict[str, Json]) -> Iterator[tuple[Json, Json, Json]]:
    """Every send with the wait after it and the send after that."""
    for step in steps:
        wait = named.get(step.get("next") or "")
        if step["kind"] != "send" or wait is None or wait["kind"] != "wait" or wait.get("for_ms") is None:
            continue
        following = named.get(wait["timeout_then"] or wait["next"] or "")
        if following is not None and following["kind"] == "send":
            yield step, wait, following
