"""No step sends a template."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.compile.draft import Draft, Site
from cjo.compile.lints.base import Finding

NAME = "unused-template"


def find(draft: Draft) -> Iterator[Finding]:
    """One finding for each such file."""
    for name, document in draft.spec.templates.items():
        if name not in draft.plan["templates"]:
            yield Finding(Site(draft, document, (), f"template {name}"), f"no step sends the template '{name}'")
