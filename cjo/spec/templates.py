"""Wire models of the files that messages are made of: templates, and the partials that they share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, RootModel

from cjo.spec.common import Locale, Name, Strict, Word

#: The channel of a partial that serves every channel without text of its own.
ANY = "any"

Parts = Annotated[dict[Word, str], Field(min_length=1, description="parts by name, such as subject and body; Jinja2")]
Locales = Annotated[dict[Locale, Parts], Field(min_length=1, description="locale -> parts")]


class TemplateDocument(RootModel[dict[Name, Locales]]):
    """The file templates/NAME.yaml: channel -> locale -> parts by name, such as subject and body; Jinja2."""


class PartialText(Strict):
    """A text that templates include, and its form in HTML where it has one."""

    text: str = Field(description="the text; Jinja2. In an `html` part it is escaped")
    html: str | None = Field(None, description="the same as HTML; used in `html` parts")


def _as_text(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Text = Annotated[PartialText, BeforeValidator(_as_text, json_schema_input_type=str | PartialText)]
Texts = Annotated[dict[Locale, Text], Field(min_length=1, description="locale -> text")]


class PartialDocument(RootModel[dict[Name, Texts]]):
    """The file partials/NAME.yaml: channel, or `any`, -> locale -> text."""
