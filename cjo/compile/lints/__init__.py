"""Lints: what is allowed and probably not meant. One file each; its docstring is what docs/reference/errors.md says.

A lint has NAME, the short name of its code in cjo/spec/codes.py, and `find(draft)`. Lints run on a plan without errors.
A comment `# lint: allow CODE` on the line of a finding, or of any warning, or on the one before it silences it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

from cjo.compile.draft import Draft
from cjo.compile.lints import (
    bare_share,
    exit_comes_first,
    goal_ends_first,
    goal_unreachable,
    never_happens,
    outlives_wait,
    run_too_short,
    same_day,
    unknown_allowed,
    unsettled_input,
    unused_signal,
    unused_template,
)
from cjo.compile.lints.base import Finding, allowed

__all__ = ["LINTS", "allowed", "run"]

LINTS: tuple[ModuleType, ...] = (
    same_day,
    goal_unreachable,
    goal_ends_first,
    never_happens,
    unused_template,
    unused_signal,
    exit_comes_first,
    outlives_wait,
    run_too_short,
    unsettled_input,
    bare_share,
    unknown_allowed,
)


def run(draft: Draft) -> None:
    """Note a warning for every finding."""
    for lint in LINTS:
        find: Callable[[Draft], Iterator[Finding]] = lint.find
        for finding in find(draft):
            finding.site.note_key(lint.NAME, finding.message, finding.hint)
