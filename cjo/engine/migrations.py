"""State of an older layout is brought up to date when it is loaded, from version to version.

A savepoint holds what an older cjo wrote, and each subject's state stays so until something happens to the subject.
A key that older state may lack, and whose absence means what it meant before, needs no version of its own. Everything
else does: raise `VERSION` (cjo/engine/state.py) by one, and add under the number of the version before it a function
that changes its state into the next one's, in place. A function stays for as long as savepoints of its version may be
restored. It sees the whole state: parts that are kept outside of the head are read when the function asks for them, and
written back where it has changed them, so a busy subject pays once for a migration of its signals' memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cjo.engine.state import VERSION
from cjo.errors import StateError

State = dict[str, Any]


def _marks_may_be_spread(state: State) -> None:
    """2: marks of many events are spread over parts. One text a day, as 1 had it, goes on until the next touchpoint."""


def _signals_read_both(state: State) -> None:
    """3: memory without what can do without, where 2 had a key "" for one that has none, and points in lists.

    A signal that is asked for its memory tells the two apart: so a state costs nothing that is only read in part, and
    memory that hangs elsewhere (`warm`, the topic memory) needs no migration of its own.
    """


MIGRATIONS: Final[dict[int, Callable[[State], None]]] = {1: _marks_may_be_spread, 2: _signals_read_both}
"""By the version that each begins with."""


def bring_up_to_date(state: State) -> None:
    """Give `state` today's layout, in place. StateError where it has a layout that this cjo does not know."""
    while (version := state.get("v")) != VERSION:
        if not isinstance(version, int) or version not in MIGRATIONS:
            raise StateError(
                f"state of version {version!r} found, this cjo reads {_readable()}",
                "restore the savepoint with the cjo that wrote it; a newer cjo may read it too",
            )
        MIGRATIONS[version](state)
        state["v"] = version + 1


def _readable() -> str:
    oldest = min(MIGRATIONS, default=VERSION)
    return f"version {VERSION}" if oldest == VERSION else f"versions {oldest} to {VERSION}"
