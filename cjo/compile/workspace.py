"""Pass: workspace.yaml and tracking.yaml become the plan's `workspace`."""

from __future__ import annotations

import re
from typing import Any

from cjo.compile.draft import Draft, Site
from cjo.compile.tracking import FIELDS, HEARTBEAT, SYSTEM_TYPES
from cjo.spec.workspace import TRANSACTIONAL, Channel
from cjo.topics import ACTIONS_PREFIX, OWN

_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}").fullmatch


def run(draft: Draft) -> None:
    """Make `workspace`; check channels, addresses, and the names of types and attributes."""
    model = draft.workspace
    _check_tracking(draft)
    draft.plan["workspace"] = {
        "name": model.workspace,
        "bound_ms": model.bound,
        "time_zone": model.time_zone,
        "locale": model.locale,
        "partitions": model.partitions,
        "retention_ms": None if model.retention == "for ever" else model.retention,
        "live_from_ms": None,
        "dedup_horizon_ms": model.duplicate_horizon,
        "late_horizon_ms": model.late_horizon,
        "purposes": list(model.purposes),
        "channels": {name: _channel(draft, name, channel) for name, channel in model.channels.items()},
        "unsubscribe": _unsubscribe(draft),
        "emits": {name: _emit(draft, name) for name in model.emits},
        "profile": draft.tracking.profile,
        "limits": {
            "open_runs": model.limits.open_runs,
            "events_per_key": model.limits.events_per_key,
            "touchpoints_per_day": model.limits.touchpoints_per_day,
            "steps_per_input": model.limits.steps_per_input,
            "run_ms_max": model.limits.run,
        },
    }


def _channel(draft: Draft, name: str, channel: Channel) -> dict[str, Any]:
    address = None if channel.address == "none" else channel.address
    if address is not None and draft.spec.workspace:
        site = Site(draft, draft.spec.workspace, ("channels", name, "address"), f"channel {name}")
        profile = ["none", *draft.tracking.profile]
        site.known("unknown-name", "profile attribute", address, profile, "`profile` in tracking.yaml declares them")
    return {
        "address": address,
        "topic": f"actions.{name}",
        "expires_ms": channel.expires,
        "real_time": channel.real_time,
    }


def _unsubscribe(draft: Draft) -> dict[str, Any] | None:
    """The link, with the channels and purposes that have it: transactional messages have nothing to withdraw from."""
    model = draft.workspace
    if model.unsubscribe is None:
        return None
    if draft.spec.workspace:
        site = Site(draft, draft.spec.workspace, ("unsubscribe", "purposes"), "unsubscribe")
        for index, purpose in enumerate(model.unsubscribe.purposes):
            site.at(index).known("unknown-purpose", "purpose", purpose, model.purposes, "`purposes` lists them")
    return {
        "link": model.unsubscribe.link,
        "channels": [name for name, channel in model.channels.items() if channel.shows(name) != "none"],
        "purposes": [purpose for purpose in model.purposes if purpose != TRANSACTIONAL],
    }


def _emit(draft: Draft, name: str) -> dict[str, Any]:
    emit = draft.workspace.emits[name]
    topic = draft.workspace.topic_of(name)
    if draft.spec.workspace:
        site = Site(draft, draft.spec.workspace, ("emits", name), f"emit {name}")
        if name in draft.workspace.channels:
            site.note_key("duplicate-name", f"'{name}' is a channel too", "an action names one or the other: rename it")
        taken = _taken_by(draft, name, topic)
        if taken:
            site.at("topic").note("bad-topic", f"'{topic}' {taken}")
    return {"topic": topic, "expires_ms": emit.expires}


def _taken_by(draft: Draft, name: str, topic: str) -> str | None:
    """Why the emit `name` can't have this topic."""
    if not _TOPIC(topic) or topic in (".", ".."):
        return "is not the name of a topic: letters, digits, `.`, `_` and `-`, at most 249"
    if topic in OWN:
        return "is one of cjo's own topics"
    others = {f"{ACTIONS_PREFIX}{channel}": f"channel {channel}" for channel in draft.workspace.channels}
    others |= {draft.workspace.topic_of(other): f"emit {other}" for other in draft.workspace.emits if other != name}
    return f"is the topic of {others[topic]}" if topic in others and name not in draft.workspace.channels else None


def _check_tracking(draft: Draft) -> None:
    document, model = draft.spec.tracking, draft.tracking.model
    if document is None:
        return
    for name, declared in model.types.items():
        site = Site(draft, document, ("types", name), f"touchpoint type {name}")
        if name in SYSTEM_TYPES or name == HEARTBEAT:
            site.note_key("duplicate-name", f"'{name}' is one of cjo's own types", "remove it, or choose another name")
        for index, channel in enumerate(declared.channels or ()):
            otherwise = "`channels` at the top of tracking.yaml lists them"
            site.at("channels", index).known("unknown-channel", "channel", channel, model.channels, otherwise)
        for attribute in declared.attributes:
            if attribute in FIELDS:
                hint = "use the field, or choose another name"
                site.at("attributes", attribute).note_key("bad-name", f"'{attribute}' is a field already", hint)
