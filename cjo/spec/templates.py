"""Wire model of a template file: channel -> locale -> parts of the message."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, RootModel

from cjo.spec.common import Name, Word

Parts = Annotated[dict[Word, str], Field(min_length=1, description="parts by name, such as subject and body; Jinja2")]
Locales = Annotated[dict[str, Parts], Field(min_length=1, description="locale -> parts")]


class TemplateDocument(RootModel[dict[Name, Locales]]):
    """The file templates/NAME.yaml."""
