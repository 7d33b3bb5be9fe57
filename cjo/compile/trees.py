"""Texts of templates as trees of jinja2, each parsed once: what watches a workspace compiles it again and again."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import meta, nodes

from cjo.engine.messages import environment

_ENVIRONMENT = environment()
_KEPT = 4_096


@lru_cache(_KEPT)
def tree_of(text: str) -> nodes.Template:
    """A text as a tree, which nobody may change. Raises TemplateSyntaxError."""
    return _ENVIRONMENT.parse(text)


@lru_cache(_KEPT)
def try_out(text: str) -> None:
    """Raise TemplateSyntaxError also for filters and tests that there are not; compiling changes the tree."""
    _ENVIRONMENT.compile(_ENVIRONMENT.parse(text))


@lru_cache(_KEPT)
def undeclared(tree: nodes.Template) -> frozenset[str]:
    """Names of the variables that a template takes from outside."""
    return frozenset(meta.find_undeclared_variables(tree))
