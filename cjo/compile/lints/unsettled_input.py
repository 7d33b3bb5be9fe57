"""A signal settles, and one that it uses fires at once: what it waits for hangs on the order of arrival."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.compile.draft import Draft
from cjo.compile.lints.base import Finding, signals
from cjo.engine.inputs import direct_inputs

NAME = "unsettled-input"
_SAME_ANYWAY = ("event",)
"""Each touchpoint is a moment, whatever the order."""


def find(draft: Draft) -> Iterator[Finding]:
    """One finding for each input that does not settle. Those with a deadline do."""
    for signal, site in signals(draft):
        for name in direct_inputs(signal) if signal.get("settle") else ():
            other = draft.signals.get(name)
            if other and other.get("settle") is False and other["kind"] not in _SAME_ANYWAY:
                yield Finding(site.at("settle"), f"'{name}', which it uses, fires at once")
