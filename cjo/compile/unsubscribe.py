"""Messages that must offer the customer a way out show the link that workspace.yaml gives."""

from __future__ import annotations

from collections.abc import Iterable

from jinja2 import nodes

from cjo.compile.draft import Draft, Site
from cjo.compile.samples import Use
from cjo.compile.trees import undeclared

#: What a purpose is called that must show the link where workspace.yaml says nothing.
_DEFAULT = ["marketing"]


def check(draft: Draft, use: Use, parts: Iterable[tuple[str, str, nodes.Template]]) -> None:
    """Note what lacks the link. `parts` are those of the step's channels: (channel, locale, tree)."""
    setting, purpose = draft.workspace.unsubscribe, use.journey["purpose"]
    if purpose not in (setting.purposes if setting else _DEFAULT):
        return
    shown: dict[tuple[str, str], bool] = {}
    for channel, locale, tree in parts:
        if _required(draft, channel):
            found = "unsubscribe" in undeclared(tree)
            shown[channel, locale] = shown.get((channel, locale), False) or found
    for (channel, locale), found in shown.items():
        if setting is None:
            said = f"{channel} messages for {purpose}, such as template '{use.step['template']}', offer no way out"
            use.site.at("template").note("unsubscribe-unset", said)
        elif not found:
            _note_missing(draft, use, channel, locale)


def _required(draft: Draft, channel: str) -> bool:
    declared = draft.workspace.channels.get(channel)
    return declared is not None and declared.shows(channel) == "required"


def _note_missing(draft: Draft, use: Use, channel: str, locale: str) -> None:
    name = use.step["template"]
    site = Site(draft, draft.spec.templates[name], (channel, locale), f"template {name}")
    said = f"{channel} in '{locale}' shows no unsubscribe link; journey {use.journey['name']} sends it for"
    site.note_key("unsubscribe-missing", f"{said} {use.journey['purpose']}")
