"""Pass: policies.yaml becomes part of the plan's workspace, as far as it says something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cjo.compile.draft import Draft, Site
from cjo.engine.policies.base import TRANSACTIONAL, holds_for, is_about
from cjo.engine.windows import Rules, opens_at
from cjo.spec.common import UNKNOWN
from cjo.spec.journeys import JourneyDocument
from cjo.spec.policies import Cap, Group, HoldOut, Hours, Policies

Json = dict[str, Any]
_MONDAY_MS = 4 * 86_400_000
"""1970-01-05T00:00:00Z."""


def run(draft: Draft) -> None:
    """Make `caps` and what else the file says, in the order of the file; check the names in it."""
    document = draft.spec.policies
    if document is None or document.model is None:
        return
    model, site = document.model, Site(draft, document, (), "policies")
    quiet = [_hours(one, name, hours) for name, hours, one in _each(site, "quiet_hours", model.quiet_hours)]
    windows = [_hours(one, name, hours) for name, hours, one in _each(site, "send_windows", model.send_windows)]
    groups = [_group(one, name, group) for name, group, one in _each(site, "arbitration", model.arbitration)]
    made = {
        "caps": [_cap(one, name, cap) for name, cap, one in _each(site, "caps", model.caps)],
        "quiet_hours": quiet,
        "send_windows": windows,
        "groups": groups,
        "hold_outs": [_hold_out(one, name, part) for name, part, one in _each(site, "hold_outs", model.hold_outs)],
        "preferred_channel": _preferred(site.at("preferred_channel"), model),
        "test_recipients": model.test_recipients.model_dump() if model.test_recipients else None,
        "mode": "shadow" if model.mode == "shadow" else None,
    }
    draft.plan["workspace"] |= {name: part for name, part in made.items() if part}
    _one_group_each(site, groups)
    _some_time(site, quiet, windows)


def _each(site: Site, part: str, models: Mapping[str, Any]) -> list[tuple[str, Any, Site]]:
    found = []
    for name, model in models.items():
        here = site.at(part, name)
        found.append((name, model, Site(here.draft, here.document, here.path, f"{_WORDS[part]} {name}")))
    return found


_WORDS = {
    "caps": "cap",
    "quiet_hours": "quiet hours",
    "send_windows": "send window",
    "arbitration": "arbitration group",
    "hold_outs": "hold-out",
}


def _cap(site: Site, name: str, cap: Cap) -> Json:
    rolling = isinstance(cap.per, int)
    return {
        "name": name,
        "at_most": cap.at_most,
        "per": None if rolling else cap.per,
        "window_ms": cap.per if rolling else None,
        "channels": _channels(site, cap.channels),
        "purposes": _purposes(site, cap.purposes, "transactional messages are never capped (D6)"),
    }


def _hours(site: Site, name: str, hours: Hours) -> Json:
    return {
        "name": name,
        "from_minute": _minute(hours.from_),
        "to_minute": _minute(hours.to),
        "days": hours.days,
        "channels": _channels(site, hours.channels),
        "purposes": _purposes(site, hours.purposes, None),
    }


def _group(site: Site, name: str, group: Group) -> Json:
    return {
        "name": name,
        "hold_ms": group.hold,
        "spacing_ms": group.spacing,
        "journeys": _journeys(site, group.journeys),
        "purposes": _purposes(site, group.purposes, "transactional messages never compete (D6)"),
    }


def _hold_out(site: Site, name: str, hold_out: HoldOut) -> Json:
    return {
        "name": name,
        "share": hold_out.share,
        "journeys": _journeys(site, hold_out.journeys),
        "purposes": _purposes(site, hold_out.purposes, "transactional messages are never held out (D6)"),
    }


def _channels(site: Site, names: list[str] | None) -> list[str] | None:
    for index, channel in enumerate(names or ()):
        known, otherwise = site.draft.workspace.channels, "`channels` in workspace.yaml lists them"
        site.at("channels", index).known("unknown-channel", "channel", channel, known, otherwise)
    return names


def _purposes(site: Site, names: list[str] | None, but_transactional: str | None) -> list[str] | None:
    """`but_transactional`: why the rule can't be about transactional messages; None where it can."""
    otherwise = "`purposes` in workspace.yaml lists them"
    known = [name for name in site.draft.workspace.purposes if name != TRANSACTIONAL or not but_transactional]
    for index, purpose in enumerate(names or ()):
        hint = f"{otherwise}; {but_transactional}" if but_transactional else otherwise
        site.at("purposes", index).known("unknown-purpose", "purpose", purpose, known, hint)
    return names


def _journeys(site: Site, names: list[str] | None) -> list[str] | None:
    known = [document.model.journey for document in site.draft.spec.journeys if document.model]
    broken = any(document.model is None for document in site.draft.spec.journeys)
    for index, name in enumerate(names or ()):
        if not broken or name in known:
            site.at("journeys", index).known("unknown-journey", "journey", name, known, "defined journeys:")
    return names


def _preferred(site: Site, model: Policies) -> str | None:
    name = model.preferred_channel
    if name is not None:
        hint = "`profile` in tracking.yaml declares them"
        site.known("unknown-name", "profile attribute", name, site.draft.tracking.profile, hint)
    return name


def _minute(clock: str) -> int:
    if clock == UNKNOWN:
        return 0
    hour, minute = clock.split(":")
    return 60 * int(hour) + int(minute)


def _one_group_each(site: Site, groups: list[Json]) -> None:
    """A journey competes in one group: which of two would have the last word? Of journeys of one name the first counts.

    That there are several is told elsewhere.
    """
    taken: dict[str, str] = {}
    models: dict[str, JourneyDocument] = {}
    for document in site.draft.spec.journeys:
        if document.model:
            models.setdefault(document.model.journey, document.model)
    for group in groups:
        for model in models.values():
            if not holds_for(group, model.journey, model.purpose):
                continue
            if model.journey in taken:
                site.at("arbitration", group["name"]).note_key(
                    "two-groups",
                    f"journey {model.journey} is in the group {taken[model.journey]} already",
                    "give each journey one group: by `journeys`, or by `purposes` that don't overlap",
                )
                break
            taken[model.journey] = group["name"]


def _some_time(site: Site, quiet: list[Json], windows: list[Json]) -> None:
    """Quiet hours and send windows together must leave some time of the week."""
    for channel in site.draft.workspace.channels:
        for purpose in site.draft.workspace.purposes:
            rules = Rules(*(tuple(one for one in part if is_about(one, channel, purpose)) for part in (quiet, windows)))
            if opens_at(_MONDAY_MS, rules, "UTC")[0] is None:
                where = site.at("send_windows" if rules.open else "quiet_hours")
                where.note_key(
                    "never-open",
                    f"no time of the week is left for {purpose} messages by {channel}",
                    "shorten the quiet hours, or widen the send windows",
                )
                return
