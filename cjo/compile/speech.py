"""What a message says with sample values: does it render, fit its channel, stay in one line, and never say 'None'?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateError

from cjo.compile.draft import Draft, Site
from cjo.compile.samples import Use, sample_moment, sample_profile, variables
from cjo.engine.messages import ONE_LINE, Part
from cjo.sms import UCS_2, sms_of
from cjo.spec.workspace import Channel

#: The part that is counted in segments.
BODY = "body"


def check(draft: Draft, use: Use, site: Site, channel: str, part: str, text: str) -> None:
    """Warn of what is wrong with one part of a message, rendered for one step."""
    declared = draft.workspace.channels.get(channel)
    if declared is None:
        return
    profile = sample_profile(draft.tracking.profile)
    moment = sample_moment(draft.moment_values.get(use.journey["enter"]["on"]) or {})
    try:
        compiled = Part(part, text)
    except TemplateError:
        return  # noted where it was parsed
    said = _rendered(site, part, compiled, variables(use, channel, profile, moment))
    if said is None:
        return
    for complaint, hint in too_long(declared, part, said):
        site.note("message-too-long", complaint, hint)
    if part in ONE_LINE and "{%" not in text and "\n" in text.strip():
        site.note("message-line-break", f"{part} has {len(text.strip().splitlines())} lines")
    _check_none(use, site, channel, (part, compiled), (profile, moment), said)


def too_long(channel: Channel, part: str, text: str) -> list[tuple[str, str | None]]:
    """How a rendered part goes beyond the limits of its channel: what is wrong, and a hint where there is one."""
    found: list[tuple[str, str | None]] = []
    limit = channel.lengths.get(part)
    if limit is not None and len(text) > limit:
        found.append((f"{part} has {len(text)} characters with sample values, {limit} are declared", None))
    if channel.segments is not None and part == BODY:
        sms = sms_of(text)
        if sms.segments > channel.segments:
            said = f"{sms.segments} segments ({sms.units} units, {sms.encoding}) with sample values"
            found.append(
                (f"{part} takes {said}, {channel.segments} declared", _foreign_hint(sms.encoding, sms.foreign))
            )
    return found


def is_sms(name: str, channel: Channel) -> bool:
    """True where messages of the channel, called `name`, are counted in segments."""
    return channel.segments is not None or name == "sms"


def _foreign_hint(encoding: str, foreign: tuple[str, ...]) -> str | None:
    if encoding != UCS_2:
        return None
    shown = " ".join(foreign[:8])
    return f"a segment has 70 characters instead of 160 because of: {shown}; write it without them, or shorten it"


def _rendered(site: Site, part: str, compiled: Part, names: Mapping[str, Any]) -> str | None:
    try:
        return compiled.say(names, {})
    except Exception as error:  # an undefined name among them is noted elsewhere
        if type(error).__name__ != "UndefinedError":
            site.note("template-fails", f"{part} fails with sample values: {type(error).__name__}: {error}")
        return None


def _check_none(
    use: Use,
    site: Site,
    channel: str,
    part: tuple[str, Part],
    samples: tuple[dict[str, Any], dict[str, Any]],
    said: str,
) -> None:
    """Render for a customer of whom nothing is known but the address."""
    name, compiled = part
    profile, moment = samples
    address = site.draft.workspace.channels[channel].address
    for attribute in profile:
        if attribute == address:
            continue
        try:
            bare = compiled.say(variables(use, channel, {**profile, attribute: None}, moment), {})
        except Exception:  # refused at run time with its reason; nobody reads it
            continue
        if bare.count("None") > said.count("None"):
            site.note("template-none", f"{name} reads 'None' where profile.{attribute} is not known")
