"""How often a worker's Python looks for cycles of objects that nobody needs any more."""

from __future__ import annotations

import gc

YOUNG = 100_000
"""So many more objects made than dropped, and it looks; Python's own 700 are reached with every few states."""


def look_rarely() -> None:
    """Called once by the operator, for the process that it runs in.

    Deciding makes next to no cycles, but many lists and dicts that live on for a while, which are counted: to look each
    time that there are 700 more took a quarter of a worker's time.
    """
    gc.set_threshold(YOUNG, 50, 100)
