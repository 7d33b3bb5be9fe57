"""Messages: the parts of a template for a channel and a locale, rendered in a sandbox with strict variables."""

from __future__ import annotations

from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
Locales = dict[str, dict[str, str]]


class RenderError(Exception):
    """A template that could not be rendered: fails its step, not the run (F3)."""


class Templates:
    """The templates of a plan, compiled at first use."""

    def __init__(self, specs: dict[str, dict[str, Locales]], default_locale: str) -> None:
        self._specs = specs
        self._default = default_locale
        self._compiled: dict[str, Template] = {}

    def render(
        self, template: str, channel: str, wanted_locale: str | None, variables: dict[str, Any]
    ) -> tuple[str, dict[str, str]]:
        """The locale used and the rendered parts by name. Raises RenderError."""
        locales = self._specs.get(template, {}).get(channel)
        if not locales:
            raise RenderError(f"template {template!r} has nothing for channel {channel!r}")
        locale = self._choose(locales, wanted_locale)
        return locale, {part: self._render_part(source, variables) for part, source in locales[locale].items()}

    def _choose(self, locales: Locales, wanted: str | None) -> str:
        """The wanted locale, else its language, else the default, else the first one of the file."""
        language = (wanted or "").replace("_", "-").split("-")[0]
        return next((name for name in (wanted, language, self._default) if name in locales), next(iter(locales)))

    def _render_part(self, source: str, variables: dict[str, Any]) -> str:
        try:
            template = self._compiled.get(source)
            if template is None:
                template = self._compiled[source] = ENVIRONMENT.from_string(source)
            return template.render(variables).strip()
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise RenderError(f"{type(error).__name__}: {error}") from error
