"""A template as a customer would get it: each channel and locale, rendered with given and sample values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cjo.compile.draft import Draft, Site
from cjo.compile.samples import Use, sample_moment, sample_profile, variables
from cjo.compile.speech import is_sms, too_long
from cjo.compile.templates import planned, uses
from cjo.compile.tracking import attribute_text
from cjo.engine.messages import RenderError, Templates
from cjo.errors import UsageError
from cjo.sms import Sms, sms_of
from cjo.spec.problems import did_you_mean
from cjo.values import READERS


@dataclass(frozen=True)
class Preview:
    """A message of one channel and locale; `error` instead of parts where it can't be rendered."""

    template: str
    channel: str
    locale: str
    journey: str | None
    step: str | None
    parts: dict[str, str]
    lengths: dict[str, int]
    sms: Sms | None
    complaints: list[str]
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The preview as a JSON object; lengths in characters."""
        sms = {**asdict(self.sms), "foreign": list(self.sms.foreign)} if self.sms else None
        return {**asdict(self), "sms": sms}


def previews(
    draft: Draft,
    template: str,
    channel: str | None = None,
    locale: str | None = None,
    profile: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
) -> Iterator[Preview]:
    """Each channel and locale of a template, or those wanted. UsageError for a name that is not there."""
    _known("template", template, draft.spec.templates)
    channels = planned(draft, template)
    if channel is not None:
        _known(f"channel of template {template}", channel, channels)
    known = _profile(draft, profile or {})
    templates = Templates({template: channels}, draft.workspace.locale)
    for one in [channel] if channel else channels:
        use = _use(draft, template, one)
        for wanted in [locale] if locale else channels[one]:
            person = {**sample_profile(draft.tracking.profile), "locale": wanted, **known}
            moment = sample_moment(draft.moment_values.get(use.journey["enter"]["on"]) or {})
            names = variables(use, one, person, moment, _typed(use, given or {}))
            yield _render(draft, templates, (template, one, wanted), use, names)


def _render(
    draft: Draft, templates: Templates, what: tuple[str, str, str], use: Use, names: Mapping[str, Any]
) -> Preview:
    template, channel, wanted = what
    who = (use.journey["name"], use.step["id"])
    try:
        locale, parts = templates.render(template, channel, wanted, names)
    except RenderError as error:
        return Preview(template, channel, wanted, *who, {}, {}, None, [], str(error))
    declared = draft.workspace.channels.get(channel)
    complaints = [said for part, text in parts.items() if declared for said, _ in too_long(declared, part, text)]
    sms = sms_of(parts["body"]) if declared and is_sms(channel, declared) and "body" in parts else None
    lengths = {part: len(text) for part, text in parts.items()}
    return Preview(template, channel, locale, *who, parts, lengths, sms, complaints)


def _use(draft: Draft, template: str, channel: str) -> Use:
    """The first step that sends the template by the channel; where none does, a step that gives nothing."""
    found = [use for use in uses(draft) if use.step["template"] == template]
    by_channel = [use for use in found if channel in use.step["channels"]]
    if by_channel or found:
        return (by_channel or found)[0]
    nobody: dict[str, Any] = {"name": None, "purpose": "", "enter": {"on": ""}, "steps": []}
    document = draft.spec.templates[template]
    return Use(nobody, {"id": None, "with": {}}, Site(draft, document, (), f"template {template}"))


def _profile(draft: Draft, given: Mapping[str, Any]) -> dict[str, str | None]:
    """Given attributes as they travel: as text."""
    for name in given:
        _known("profile attribute", name, draft.tracking.profile)
    return {name: None if value is None else attribute_text(value) for name, value in given.items()}


def _typed(use: Use, given: Mapping[str, Any]) -> dict[str, Any]:
    """Given values of `with` as the engine would pass them; a name that no step gives stays as it is."""
    typed = {}
    for name, value in given.items():
        ref = use.step["with"].get(name)
        kind = ref[2] if isinstance(ref, list) and len(ref) == 3 else None
        if use.step["with"]:
            _known(f"variable of step {use.step['id']}", name, use.step["with"])
        if kind not in READERS or value is None:
            typed[name] = value
            continue
        read = READERS[kind](value if isinstance(value, list | int) else attribute_text(value))
        if read is None:
            raise UsageError(f"{name}: expected {kind}, got {value!r}", "write the value as JSON")
        typed[name] = read
    return typed


def _known(what: str, word: str, names: Mapping[str, Any]) -> None:
    if word not in names:
        raise UsageError(f"unknown {what} '{word}'", did_you_mean(word, names, "there are:"))
