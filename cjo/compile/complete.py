"""Is a template complete? It has the channels that sends use, the locales of its other channels, and their parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from cjo.compile.draft import Draft, Site
from cjo.compile.samples import Use
from cjo.compile.speech import BODY
from cjo.engine.messages import HTML, ONE_LINE, fallbacks, language
from cjo.spec.common import UNKNOWN
from cjo.spec.problems import did_you_mean, nearest
from cjo.spec.workspace import EMAIL

_SUBJECT = "subject"
_KNOWN = {BODY, HTML, *ONE_LINE}
"""Parts whose names mean something (docs/guide/messages.md): none of them is another one misspelt."""
Locales = Mapping[str, Mapping[str, str]]
Trust = Mapping[str, tuple[bool, int, int]]


def check_use(draft: Draft, use: Use) -> None:
    """Note the channels of a send that its template lacks, or lacks in the workspace's locale."""
    name, locale = use.step["template"], draft.workspace.locale
    document = draft.spec.templates[name]
    if document.model is None:
        return
    for channel in use.step["channels"]:
        if channel not in draft.workspace.channels:
            continue
        locales = document.model.root.get(channel)
        if locales is None:
            hint = f"add `{channel}:` to {document.root.place.file}, or send elsewhere"
            use.site.at("template").note("template-incomplete", f"template '{name}' has nothing for {channel}", hint)
        elif not any(known in locales for known in fallbacks(None, locale)):
            hint = f"add `{locale}:`, the workspace's locale; it has: {', '.join(locales)}"
            where = _site(draft, name, channel)
            where.note_key("template-incomplete", f"{channel} lacks the locale '{locale}'", hint)


def check_channels(site: Site, channels: Iterable[str], besides: Iterable[str], otherwise: str) -> None:
    """Note channels of a template or a partial that nobody declares; `besides` are allowed too."""
    known = [*besides, *site.draft.workspace.channels]
    for channel in channels:
        if channel not in known and channel != UNKNOWN:
            hint = did_you_mean(channel, known, otherwise)
            site.at(channel).note_key("unknown-channel", f"unknown channel '{channel}'", hint)


def compare(draft: Draft, name: str) -> None:
    """Warn of a channel that lacks a locale of another one, and of a locale that lacks a part."""
    document = draft.spec.templates[name]
    channels = document.model.root if document.model else {}
    every = dict.fromkeys(locale for locales in channels.values() for locale in locales)
    for channel, locales in channels.items():
        if channel not in draft.workspace.channels:
            continue
        for locale in every:
            if locale not in locales and language(locale) not in locales:
                said = f"{channel} lacks the locale '{locale}' that other channels have"
                _site(draft, name, channel).note_key("template-locale", said)
        trust = _trust(locales)
        for locale, lacking in _lacking(draft, channel, locales, trust):
            site = _site(draft, name, channel, locale)
            _note_parts(site, f"{channel} in '{locale}'", list(locales[locale]), lacking, trust)


def _site(draft: Draft, name: str, *path: str) -> Site:
    return Site(draft, draft.spec.templates[name], path, f"template {name}")


def _trust(locales: Locales) -> Trust:
    """How sure it is that a part's name is right: one that means something, one of more languages, one named first."""
    count = Counter(part for parts in locales.values() for part in parts)
    return {
        part: (part in _KNOWN, count[part], -index) for index, part in enumerate([*count, *(_KNOWN - count.keys())])
    }


def _lacking(draft: Draft, channel: str, locales: Locales, trust: Trust) -> Iterator[tuple[str, list[str]]]:
    """Each locale with the parts that it must have or that another one has, and that it has not."""
    for locale, parts in locales.items():
        needed = _needed(draft, channel, parts)
        others = {part for other in locales.values() for part in other if not _is_misspelt(part, parts, other, trust)}
        said = {part for part, text in parts.items() if text.strip() or part not in needed}
        missing = sorted((needed | others) - said)
        if missing:
            yield locale, missing


def _needed(draft: Draft, channel: str, parts: Mapping[str, str]) -> set[str]:
    """What every message of the channel has: an SMS its text, an e-mail that is written here its subject."""
    if draft.workspace.channels[channel].segments is not None:
        return {BODY}
    return {_SUBJECT} if channel == EMAIL and {BODY, HTML} & set(parts) else set()


def _is_misspelt(part: str, here: Iterable[str], there: Iterable[str], trust: Trust) -> bool:
    """True where a part of another locale looks like one that is here and not there: it is told of there."""
    near = nearest(part, [name for name in here if name not in there and trust[name] > trust[part]])
    return part not in _KNOWN and part not in here and near is not None


def _note_parts(site: Site, what: str, has: list[str], lacking: list[str], trust: Trust) -> None:
    for part in lacking:
        near = nearest(part, [name for name in has if name not in _KNOWN and trust[name] < trust[part]])
        written = f"`{part}` is empty" if part in has else f"there is no `{part}`"
        hint = f"did you mean '{part}' by '{near}'?" if near else None
        site.note_key("message-part", f"{what}: {written}", hint)
