"""Pass: the plan's `templates`. Sends find their channels and the default locale; every variable is provided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cjo.compile.draft import Draft, Site
from cjo.compile.layout import steps_of
from cjo.spec.documents import Document
from cjo.spec.problems import did_you_mean
from cjo.spec.templates import TemplateDocument

#: What the engine gives every template besides `with`.
ALWAYS = ("profile", "moment")
_ENVIRONMENT = ImmutableSandboxedEnvironment()
Part = tuple[Site, nodes.Template]


def run(draft: Draft) -> None:
    """Make `templates`: those that a send uses."""
    parsed = {name: list(_parse(draft, name, document)) for name, document in draft.spec.templates.items()}
    used: set[str] = set()
    for journey, site in _journeys(draft):
        for step, one in zip(journey["steps"], steps_of(site.document), strict=True):
            if step["kind"] == "send" and step["template"] in draft.spec.templates:
                used.add(step["template"])
                _check_channels(draft, site.at(*one.path, one.id), step)
                _check_variables(draft, journey, step, parsed[step["template"]])
    for name in sorted(used):
        _compare_locales(draft, name)
    documents = draft.spec.templates.items()
    draft.plan["templates"] = {name: doc.model.root for name, doc in sorted(documents) if name in used and doc.model}


def _journeys(draft: Draft) -> Iterator[tuple[dict[str, Any], Site]]:
    documents = [document for document in draft.spec.journeys if document.model]
    for journey, document in zip(draft.plan["journeys"], documents, strict=True):
        yield journey, Site(draft, document, (), document.who)


def _parse(draft: Draft, name: str, document: Document[TemplateDocument]) -> Iterator[Part]:
    for channel, locales in document.model.root.items() if document.model else ():
        for locale, parts in locales.items():
            for part, text in parts.items():
                site = Site(draft, document, (channel, locale, part), f"template {name}")
                try:
                    yield site, _ENVIRONMENT.parse(text)
                except TemplateSyntaxError as error:
                    site.note("template-syntax", f"{part}: {error.message} (line {error.lineno} of the text)")


def _check_channels(draft: Draft, site: Site, step: dict[str, Any]) -> None:
    name, locale = step["template"], draft.workspace.locale
    document = draft.spec.templates[name]
    if document.model is None:
        return
    for channel in step["channels"]:
        if channel not in draft.workspace.channels:
            continue
        locales = document.model.root.get(channel)
        if locales is None:
            hint = f"add `{channel}:` to {document.root.place.file}, or send elsewhere"
            site.at("template").note("template-incomplete", f"template '{name}' has nothing for {channel}", hint)
        elif locale not in locales:
            where = Site(draft, document, (channel,), f"template {name}")
            hint = f"add `{locale}:`, the workspace's locale; it has: {', '.join(locales)}"
            where.note_key("template-incomplete", f"{channel} lacks the locale '{locale}'", hint)


def _compare_locales(draft: Draft, name: str) -> None:
    """Warn of a channel that lacks a locale of another one."""
    document = draft.spec.templates[name]
    channels = document.model.root if document.model else {}
    every = dict.fromkeys(locale for locales in channels.values() for locale in locales)
    for channel, locales in channels.items():
        for locale in every:
            language = locale.replace("_", "-").split("-")[0]
            if locale not in locales and language not in locales:
                where = Site(draft, document, (channel,), f"template {name}")
                where.note_key("template-locale", f"{channel} lacks the locale '{locale}' that other channels have")


def _check_variables(draft: Draft, journey: dict[str, Any], step: dict[str, Any], parts: list[Part]) -> None:
    for site, tree in parts:
        if site.path[0] not in step["channels"]:
            continue
        given = [*step["with"], *ALWAYS]
        for variable in sorted(meta.find_undeclared_variables(tree) - set(given)):
            otherwise = f"step {step['id']} of journey {journey['name']} gives"
            hint = did_you_mean(variable, given, f"{otherwise} {', '.join(given)}; add it to its `with`")
            site.note("template-variable", f"nothing provides '{variable}'", hint)
        values = draft.moment_values.get(journey["enter"]["on"])
        _check_members(site, tree, "profile", draft.tracking.profile, "`profile` in tracking.yaml declares them")
        if values is not None:
            _check_members(site, tree, "moment", values, f"moments of {journey['enter']['on']} carry:")


def _check_members(site: Site, tree: nodes.Template, name: str, known: Mapping[str, Any], otherwise: str) -> None:
    for found in tree.find_all(nodes.Getattr):
        if isinstance(found.node, nodes.Name) and found.node.name == name and found.attr not in known:
            hint = did_you_mean(found.attr, known, otherwise)
            site.note("template-variable", f"nothing provides '{name}.{found.attr}'", hint)
