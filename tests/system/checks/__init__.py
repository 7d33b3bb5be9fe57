"""Checkers of invariants, one file each. `check(seen)` yields a sentence for each time that something is broken.

They look at the author's documents, the raw log and what came out, and share no code with the engine. To add one, write
a file with `check` and name it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.system.checks import (
    again,
    arbitration,
    caps,
    consent,
    control,
    decide,
    exits,
    experiments,
    goals,
    hold_outs,
    modes,
    once,
    prompt,
    reasons,
    requests,
    residue,
    runs,
    silence,
    suppressed,
    visits,
    windows,
)
from tests.system.seen import Seen

CHECKS: dict[str, Callable[[Seen], Iterator[str]]] = {
    module.__name__.rpartition(".")[2]: module.check
    for module in (
        once,
        reasons,
        requests,
        runs,
        visits,
        suppressed,
        consent,
        caps,
        exits,
        goals,
        again,
        arbitration,
        experiments,
        windows,
        arbitration,
        hold_outs,
        modes,
        decide,
        control,
        silence,
        prompt,
        residue,
    )
}
