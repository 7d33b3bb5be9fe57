"""Messages: the parts of a template for a channel and a locale, rendered in a sandbox with strict variables.

A part named `html` is HTML: what variables hold is escaped in it. Every other part is plain text. A part of ONE_LINE
becomes a header or a title: a line break in it is a space, so that no value can add a header of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

from jinja2 import StrictUndefined, Template, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

HTML: Final = "html"
ONE_LINE: Final = frozenset({"subject", "title", "preheader"})
DRAWS_LOTS: Final = "random"
"""The filter of jinja2 that templates have not."""

Locales = Mapping[str, Mapping[str, str]]
Message = tuple[str, list[tuple[str, "Part"]]]


class _Environment(ImmutableSandboxedEnvironment):
    """What a moment carries comes before what a dict can do: `moment.items` is a value of that name.

    To look for an attribute first, and fail, would also cost more than all the rest of a message.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        if obj.__class__ is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def environment(html: bool = False) -> ImmutableSandboxedEnvironment:
    """What templates are compiled in. Nothing in it draws lots: every replay of a log says the same (T1)."""
    made = _Environment(undefined=StrictUndefined, autoescape=html, finalize=_in_digits)
    del made.filters[DRAWS_LOTS], made.globals["lipsum"]
    return made


def _in_digits(value: Any) -> Any:
    """A decimal without an exponent, however small."""
    return format(value, "f") if isinstance(value, Decimal) else value


_ENVIRONMENTS: Final = {html: environment(html) for html in (False, True)}
_GLOBALS: Final = {html: dict(environment.globals) for html, environment in _ENVIRONMENTS.items()}
_NAMING: Final = (nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.Import, nodes.FromImport, nodes.Block)
_CONTROLS: Final = re.compile(r" *[\x00-\x1f\x7f-\x9f\u2028\u2029][ \x00-\x1f\x7f-\x9f\u2028\u2029]*")
_CHOSEN_MAX: Final = 10_000  # a locale is what a customer's profile says: any text
_COMPILED_MAX: Final = 1_024


class RenderError(Exception):
    """A template that could not be rendered: fails its step, not the run (F3)."""


class Templates:
    """The templates of a plan, compiled at first use."""

    def __init__(self, specs: Mapping[str, Mapping[str, Locales]], default_locale: str) -> None:
        self._specs = specs
        self._default = default_locale
        self._chosen: dict[tuple[str, str, str | None], Message] = {}
        self._compiled: dict[tuple[str, str], Part] = {}

    def render(
        self, template: str, channel: str, wanted_locale: str | None, variables: Mapping[str, Any]
    ) -> tuple[str, dict[str, str]]:
        """The locale used and the rendered parts by name. Raises RenderError."""
        try:
            message = self._chosen.get((template, channel, wanted_locale))
            if message is None:
                message = self._choose(template, channel, wanted_locale)
            contexts: dict[bool, Any] = {}
            return message[0], {name: part.say(variables, contexts) for name, part in message[1]}
        except RenderError:
            raise
        except Exception as error:  # whatever an author's expression does, it fails its own step only
            raise RenderError(f"{type(error).__name__}: {error}") from error

    def _choose(self, template: str, channel: str, wanted: str | None) -> Message:
        locales = self._specs.get(template, {}).get(channel)
        if not locales:
            raise RenderError(f"template {template!r} has nothing for channel {channel!r}")
        known = {name.lower(): name for name in locales}
        found = (known[name.lower()] for name in fallbacks(wanted, self._default) if name.lower() in known)
        locale = next(found, next(iter(locales)))
        if len(self._chosen) >= _CHOSEN_MAX:
            self._chosen.clear()
        parts = [(part, self._part(part, source)) for part, source in locales[locale].items()]
        self._chosen[template, channel, wanted] = message = (locale, parts)
        return message

    def _part(self, name: str, source: str) -> Part:
        key = (name, source)
        if key not in self._compiled:
            self._compiled[key] = Part(name, source)
        return self._compiled[key]


class Part:
    """The text of one part, compiled. Raises jinja2's TemplateError where it is no template."""

    __slots__ = ("_finish", "_html", "_new_context", "_own", "_root", "_text")

    def __init__(self, name: str, source: str) -> None:
        self._finish: Callable[[str], str] = one_line if name in ONE_LINE else str.strip
        self._html = name == HTML
        self._text = None if "{" in source else self._finish(source)
        if self._text is None:
            self._own, template = _compiled(self._html, source)
            self._root, self._new_context = template.root_render_func, template.new_context

    def say(self, variables: Mapping[str, Any], contexts: dict[bool, Any]) -> str:
        """The text with these variables. `contexts` is shared by the parts of a message: making one costs most of it.

        A part that gives names to things has a context of its own, so that no other part sees them.
        """
        if self._text is not None:
            return self._text
        if self._own:
            context = self._new_context(variables)  # type: ignore[arg-type]
        else:
            context = contexts.get(self._html) or contexts.setdefault(self._html, _context(self._html, variables))
        return self._finish("".join(self._root(context)))


@lru_cache(_COMPILED_MAX)
def _compiled(html: bool, source: str) -> tuple[bool, Template]:
    """(whether it gives names to things, the template), once for all plans that hold the text."""
    environment = _ENVIRONMENTS[html]
    return any(environment.parse(source).find_all(_NAMING)), environment.from_string(source)


def _context(html: bool, variables: Mapping[str, Any]) -> Context:
    """What `Template.new_context` gives, without its walk over layers of globals, which costs more than rendering."""
    return Context(_ENVIRONMENTS[html], {**_GLOBALS[html], **variables}, None, {})


def one_line(text: str) -> str:
    """The text with each row of line breaks and other control characters as one space."""
    text = text.strip()
    return text if text.isprintable() else _CONTROLS.sub(" ", text).strip()


def fallbacks(wanted: str | None, default: str) -> Iterator[str]:
    """The locales to try: the wanted one, its language, the workspace's, and its language."""
    for locale in (wanted, default):
        if locale:
            tag = locale.replace("_", "-")
            yield tag
            yield language(tag)


def language(locale: str) -> str:
    """The language of a locale: `de` of `de-CH`."""
    return locale.partition("-")[0]


def unsubscribe_link(setting: Mapping[str, Any] | None, customer: str, purpose: str, channel: str) -> dict[str, str]:
    """The variable `unsubscribe` where the workspace has one for channel and purpose; else nothing.

    A function of the log alone: the same customer, purpose and channel give the same link in every run.
    """
    if not setting or channel not in setting["channels"] or purpose not in setting["purposes"]:
        return {}
    link = setting["link"].replace("{purpose}", purpose).replace("{channel}", channel)
    return {"unsubscribe": link.replace("{customer}", quote(customer, safe="", errors="replace"))}
