"""Partials: the texts that templates share, put into each template, so that a plan carries nothing but templates.

What is put in is source, not text: a partial sees the variables of the place where it is included. The version of a
journey is a hash of its templates, so it changes with the partials in them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cjo.compile.draft import Draft, Site
from cjo.engine.messages import fallbacks, language
from cjo.spec.problems import did_you_mean
from cjo.spec.templates import ANY, PartialText

#: Comments and raw blocks are passed over: an include in them is text.
_INCLUDE = re.compile(
    r"\{#.*?#\}"
    r"|\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}"
    r"|\{%(?P<before>[-+]?)\s*include\s+(?P<quote>['\"])(?P<name>[^'\"{}%]*)(?P=quote)\s*(?P<after>[-+]?)%\}",
    re.DOTALL,
)


@dataclass(frozen=True)
class Target:
    """What a text is for: a channel, a locale, and whether it is HTML."""

    channel: str
    locale: str
    html: bool


@dataclass(frozen=True)
class Source:
    """Text that messages are made of, and where it stands."""

    site: Site
    text: str


def expand(source: Source, target: Target, within: tuple[str, ...] = ()) -> tuple[str, list[Source]]:
    """The text with the partials that it includes in their places, and every source that it is made of."""
    sources = [source]

    def put(match: re.Match[str]) -> str:
        if match["name"] is None:
            return match[0]
        found = _find(source.site, match["name"], match.start("name"), target, within)
        if found is None:
            return ""
        inner, as_html = found
        inside = replace(target, html=target.html and as_html)
        text, more = expand(inner, inside, (*within, match["name"]))
        sources.extend(more)
        return _trimmed(_escaped(text.strip()) if target.html and not as_html else text.strip(), match)

    return _INCLUDE.sub(put, source.text), sources


def without_includes(text: str) -> str:
    """The text with nothing in the places of partials."""
    return _INCLUDE.sub(lambda match: match[0] if match["name"] is None else "", text)


def included(text: str) -> set[str]:
    """Names of the partials that a text includes itself."""
    return {match["name"] for match in _INCLUDE.finditer(text) if match["name"] is not None}


def locales_of(draft: Draft, names: set[str], channel: str) -> set[str]:
    """Locales in which any of the partials `names`, or what they include, has text for a channel."""
    found: set[str] = set()
    known: set[str] = set()
    left = set(names)
    while left:
        name = left.pop()
        known.add(name)
        for key, texts in _texts(draft, name).items():
            if key in (channel, ANY):
                found |= set(texts)
                left |= {other for text in texts.values() for other in included(text.text)} - known
    return found


def with_included(draft: Draft, names: set[str]) -> set[str]:
    """The partials `names`, with those that they include, directly or through others."""
    known: set[str] = set()
    left = set(names)
    while left:
        name = left.pop()
        known.add(name)
        texts = [text for one in _texts(draft, name).values() for text in one.values()]
        left |= {other for text in texts for other in included(text.text) | included(text.html or "")} - known
    return known


def _texts(draft: Draft, name: str) -> Mapping[str, Mapping[str, PartialText]]:
    document = draft.spec.partials.get(name)
    return document.model.root if document and document.model else {}


def _find(site: Site, name: str, offset: int, target: Target, within: tuple[str, ...]) -> tuple[Source, bool] | None:
    """The text of a partial for the target, and whether it is HTML; None with a problem where there is none."""
    draft = site.draft
    if name not in draft.spec.partials:
        hint = did_you_mean(name, draft.spec.partials, "they are in partials/*.yaml:")
        site.note("unknown-partial", f"unknown partial '{name}'", hint, offset)
        return None
    if name in within:
        site.note("partial-loop", f"partial '{name}' includes itself: {' -> '.join((*within, name))}", offset=offset)
        return None
    texts = _texts(draft, name)
    for locale in fallbacks(target.locale, draft.workspace.locale):
        for channel in (target.channel, ANY):
            text = texts.get(channel, {}).get(locale)
            if text is not None:
                _warn_of_language(site, name, locale, target, offset)
                return _source(site, name, (channel, locale), text, target)
    if texts:
        wanted = f"{target.channel} in '{target.locale}'"
        hint = f"add it to {draft.spec.partials[name].root.place.file}, under `{target.channel}:` or `{ANY}:`"
        site.note("template-incomplete", f"partial '{name}' has nothing for {wanted}", hint, offset)
    return None


def _source(site: Site, name: str, path: tuple[str, str], text: PartialText, target: Target) -> tuple[Source, bool]:
    as_html = target.html and text.html is not None
    here = Site(site.draft, site.draft.spec.partials[name], (*path, "html" if as_html else "text"), f"partial {name}")
    return Source(here, (text.html or "") if as_html else text.text), as_html


def _warn_of_language(site: Site, name: str, locale: str, target: Target, offset: int) -> None:
    if language(locale) != language(target.locale):
        said = f"partial '{name}' has nothing for {target.channel} in '{target.locale}': its text in '{locale}' is used"
        site.note("template-locale", said, offset=offset)


def _escaped(text: str) -> str:
    """Source whose plain text is escaped for HTML as a whole: what is written in it, and what variables hold."""
    return f"{{% filter forceescape %}}{{% autoescape false %}}{text}{{% endautoescape %}}{{% endfilter %}}"


def _trimmed(text: str, match: re.Match[str]) -> str:
    """The text with the whitespace around it taken away where the include says so with `-`."""
    before = "{#- #}" if match["before"] == "-" else ""
    return before + text + ("{# -#}" if match["after"] == "-" else "")
