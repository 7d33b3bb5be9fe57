"""Pass: the plan's `templates`, partials put in. Sends find their channels and locales; every variable is provided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from cjo.compile.complete import check_channels, check_use, compare
from cjo.compile.draft import Draft, Site
from cjo.compile.layout import steps_of
from cjo.compile.partials import Source, Target, expand, included, locales_of, with_included, without_includes
from cjo.compile.samples import Use
from cjo.compile.speech import check as check_speech
from cjo.compile.trees import tree_of, try_out, undeclared
from cjo.compile.unsubscribe import check as check_unsubscribe
from cjo.engine.messages import DRAWS_LOTS, HTML, language
from cjo.engine.steps.ready import variables_of
from cjo.spec.documents import Document
from cjo.spec.problems import did_you_mean
from cjo.spec.templates import ANY, TemplateDocument

#: What the engine gives every template besides `with`.
ALWAYS = ("profile", "moment", "run")
#: What it gives where workspace.yaml has a link for the channel and the purpose.
LINK = "unsubscribe"
_NO_LOTS = "a message draws no lots: every replay says the same (rule T1); an `experiment` divides customers"
_TAKEN_IN = (nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)


@dataclass(frozen=True)
class Part:
    """One part of a message: what it is for, its name, its source with partials put in, and what that is made of."""

    target: Target
    name: str
    text: str
    tree: nodes.Template
    made_of: list[tuple[Site, nodes.Template]]

    @property
    def site(self) -> Site:
        """Where the part itself stands."""
        return self.made_of[0][0]


def run(draft: Draft) -> None:
    """Make `templates`: those that a send uses."""
    parts = {name: list(_parts(draft, name, document)) for name, document in draft.spec.templates.items()}
    found = [use for use in uses(draft) if use.step["template"] in draft.spec.templates]
    for use in found:
        wanted = [part for part in parts[use.step["template"]] if part.target.channel in use.step["channels"]]
        check_use(draft, use)
        for part in wanted:
            _check_variables(draft, use, part)
            check_speech(draft, use, part.site, part.target.channel, part.name, part.text)
        check_unsubscribe(draft, use, [(part.target.channel, part.target.locale, part.tree) for part in wanted])
    used = {use.step["template"] for use in found}
    for name in sorted(used):
        compare(draft, name)
    _check_files(draft)
    draft.plan["templates"] = {name: _planned(parts[name]) for name in sorted(used) if draft.spec.templates[name].model}


def planned(draft: Draft, name: str) -> dict[str, dict[str, dict[str, str]]]:
    """A template as a plan carries it: channel -> locale -> part -> source."""
    return _planned(list(_parts(draft, name, draft.spec.templates[name])))


def uses(draft: Draft) -> Iterator[Use]:
    """Every send step of the plan, with its place."""
    documents = [document for document in draft.spec.journeys if document.model]
    for journey, document in zip(draft.plan["journeys"], documents, strict=True):
        site = Site(draft, document, (), document.who)
        for step, one in zip(journey["steps"], steps_of(document), strict=True):
            if step["kind"] == "send":
                yield Use(journey, step, site.at(*one.path, one.id))


def _planned(parts: list[Part]) -> dict[str, dict[str, dict[str, str]]]:
    made: dict[str, dict[str, dict[str, str]]] = {}
    for part in parts:
        made.setdefault(part.target.channel, {}).setdefault(part.target.locale, {})[part.name] = part.text
    return made


def _parts(draft: Draft, name: str, document: Document[TemplateDocument]) -> Iterator[Part]:
    """Every part in every locale that the template, or a partial in it, is written in."""
    for channel, locales in document.model.root.items() if document.model else ():
        for locale, parts in locales.items():
            regions = _regions(draft, channel, locale, parts, set(locales))
            for part, text in parts.items():
                source = Source(Site(draft, document, (channel, locale, part), f"template {name}"), text)
                for target_locale in (locale, *regions):
                    made = _part(source, Target(channel, target_locale, part == HTML), part)
                    if made is not None:
                        yield made


def _regions(draft: Draft, channel: str, locale: str, parts: Mapping[str, str], own: set[str]) -> list[str]:
    """Locales in which only partials differ: a greeting in de-CH is used in a message written in de."""
    names = {name for text in parts.values() for name in included(text)}
    found = locales_of(draft, names, channel) - own
    return sorted(other for other in found if "-" in other and language(other) == locale)


def _part(source: Source, target: Target, name: str) -> Part | None:
    text, sources = expand(source, target)
    trees = [(one.site, _parse(one, name)) for one in sources]
    if any(tree is None for _, tree in trees):
        return None
    try:
        tree = tree_of(text)
    except TemplateSyntaxError as error:  # each alone is right
        source.site.note("template-syntax", f"{name}, with its partials: {error.message}")
        return None
    return Part(target, name, text, tree, [(site, tree) for site, tree in trees if tree is not None])


def _parse(source: Source, part: str) -> nodes.Template | None:
    try:
        try_out(source.text)
        tree = tree_of(source.text)
    except TemplateSyntaxError as error:
        hint = _NO_LOTS if f"'{DRAWS_LOTS}'" in str(error.message) else None
        source.site.note("template-syntax", f"{part}: {error.message} (line {error.lineno} of the text)", hint)
        return None
    for found in tree_of(without_includes(source.text)).find_all(_TAKEN_IN):
        source.site.note("template-include", f"{part}: '{type(found).__name__.lower()}' can't be used so")
    return tree


def _check_files(draft: Draft) -> None:
    """Channels that templates and partials name are declared, and each partial is included somewhere."""
    for name, document in draft.spec.templates.items():
        site = Site(draft, document, (), f"template {name}")
        check_channels(site, document.model.root if document.model else (), (), "workspace.yaml declares them")
    taken = _taken(draft)
    for name, partial in draft.spec.partials.items():
        site = Site(draft, partial, (), f"partial {name}")
        otherwise = f"workspace.yaml declares them; `{ANY}` serves all"
        check_channels(site, partial.model.root if partial.model else (), [ANY], otherwise)
        if name not in taken:
            site.note("unused-partial", "no template includes it")


def _taken(draft: Draft) -> set[str]:
    """Partials that templates include, directly or through others."""
    texts = [text for doc in draft.spec.templates.values() if doc.model for text in _texts(doc.model.root)]
    return with_included(draft, {name for text in texts for name in included(text)})


def _texts(root: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Iterator[str]:
    for locales in root.values():
        for parts in locales.values():
            yield from parts.values()


def _check_variables(draft: Draft, use: Use, part: Part) -> None:
    step, journey = use.step, use.journey
    given = [*step["with"], *ALWAYS, *use.link(part.target.channel)]
    otherwise = f"step {step['id']} of journey {journey['name']} gives {', '.join(given)}; add it to its `with`"
    for variable in sorted(undeclared(part.tree) - set(given)):
        if variable == LINK and _asks_for_link(part.tree):
            continue
        places = [site for site, tree in part.made_of if variable in undeclared(tree)]
        hint = _no_link(use, part) if variable == LINK else did_you_mean(variable, given, otherwise)
        (places or [part.site])[0].note("template-variable", f"nothing provides '{variable}'", hint)
    values = draft.moment_values.get(journey["enter"]["on"])
    kept = dict.fromkeys(variables_of(journey["steps"]))
    for site, tree in part.made_of:
        _check_members(site, tree, "run", kept, f"variables that {journey['name']} sets by `update`:")
        _check_members(site, tree, "profile", draft.tracking.profile, "`profile` in tracking.yaml declares them")
        if values is not None:
            _check_members(site, tree, "moment", values, f"moments of {journey['enter']['on']} carry:")


def _asks_for_link(tree: nodes.Template) -> bool:
    """True where the text itself looks whether there is a link, as a footer for every purpose does."""
    tests = (test for test in tree.find_all(nodes.Test) if test.name == "defined")
    return any(isinstance(test.node, nodes.Name) and test.node.name == LINK for test in tests)


def _no_link(use: Use, part: Part) -> str:
    channel, purpose = part.target.channel, use.journey["purpose"]
    return (
        f"step {use.step['id']} of journey {use.journey['name']} sends by {channel} for {purpose}; the link needs "
        f"`unsubscribe` in workspace.yaml and is for channels that show it and purposes that need consent"
    )


def _check_members(site: Site, tree: nodes.Template, name: str, known: Mapping[str, Any], otherwise: str) -> None:
    for found in tree.find_all(nodes.Getattr):
        if isinstance(found.node, nodes.Name) and found.node.name == name and found.attr not in known:
            hint = did_you_mean(found.attr, known, otherwise)
            site.note("template-variable", f"nothing provides '{name}.{found.attr}'", hint)
