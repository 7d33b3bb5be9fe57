"""What a worker's Python does before anything else, whichever of the jobs it runs.

A TaskManager that lives on keeps the modules of its first job, whose code is gone when that job ends: a module that a
later job is the first to need could not be imported then (a warm-up, on one that had only run an orchestrator which was
replaced since). So all that any job needs in a worker is imported here.
"""

from __future__ import annotations

import gc

from cjo.engine.signals import all_kinds
from udfs import orchestrate, warm_up

JOBS = (orchestrate.OrchestrateJourneys, warm_up.WarmUpMemory)
"""What the operator unpickles: one of these."""
YOUNG = 100_000
"""So many more objects made than dropped, and it looks; Python's own 700 are reached with every few states."""


def begin() -> None:
    """Load every kind of signal, and look rarely for cycles of objects that nobody needs any more.

    Deciding makes next to no cycles, but many lists and dicts that live on for a while, which are counted: to look each
    time that there are 700 more took a quarter of a worker's time.
    """
    all_kinds()
    gc.set_threshold(YOUNG, 50, 100)
