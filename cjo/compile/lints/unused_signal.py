"""No journey enters on a signal, and no other uses it. Its moments still go to the topic `moments`."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.compile.draft import Draft
from cjo.compile.lints.base import Finding, signals
from cjo.engine.inputs import direct_inputs

NAME = "unused-signal"


def find(draft: Draft) -> Iterator[Finding]:
    """One finding for each such signal."""
    used = {journey["enter"]["on"] for journey in draft.plan["journeys"]}
    used |= {name for signal in draft.plan["signals"] for name in direct_inputs(signal)}
    for signal, site in signals(draft):
        if signal["name"] not in used:
            said = f"no journey enters on '{signal['name']}', and no signal uses it; it costs memory for every customer"
            yield Finding(site, f"{said} it sees")
