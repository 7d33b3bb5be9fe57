"""What one subject keeps at most, whatever the log says of it: where something is full, its oldest goes and is counted.

| limit | of | what is lost beyond it | counter |
|---|---|---|---|
| EVENTS | touchpoints whose repeats are noticed | an older one's repeat counts again (S5) | `marks_forgotten` |
| KEYS | keys a signal | the key known longest, its open deadline too | `keys_forgotten` |
| ENDED_RUNS | ended runs, while a goal or a cancel is possible | both, of the next to go | `runs_forgotten` |
| ACTIONS | actions a run | the oldest is not cancelled any more | `actions_forgotten` |
| ENTRIES | entries a journey, each with its key | the oldest key may enter again (R4) | `entries_forgotten` |
| FIRSTS | keys a `first` or `predict` signal knows for ever | the key known longest is new | `firsts_forgotten` |
| TIMES | sends under caps; choices of a capped offer | the oldest counts no more (D4) | `reservations_forgotten` |
| CONSENTS | consents for what nobody has declared | a further one is not taken | `consent_not_taken` |
| WAITING | touchpoints after a due time not yet decided | runs opened by it miss the oldest | `recent_forgotten` |
| WARMING | touchpoints kept until a new signal's memory comes | it may miss the oldest (S4) | `warming_forgotten` |
| QUEUED | touchpoints of an account (or the like) whose time has not come | the first is taken early | `taken_early` |
| MEMBERS | members of an account (or the like) | the one seen longest ago | `members_forgotten` |
| TOLD | moments of an account handed on to people | the oldest is not taken back any more | `told_forgotten` |
| TEXT | characters of a text | the rest, where it is remembered or awaited | `text_cut` |

Besides, workspace.yaml limits touchpoints a signal and key (`events_per_key`; the moment says `truncated`), and open
runs (`open_runs`: the entry is refused). All else hangs on the workspace alone: arms, profile, variables, wake-ups.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

EVENTS = 10_000
KEYS = 1_000
ENDED_RUNS = 200
ACTIONS = 200
ENTRIES = 2_000
FIRSTS = 2_000
TIMES = 2_000
CONSENTS = 200
WAITING = 200
WARMING = 1_000
QUEUED = 1_000
MEMBERS = 100
TOLD = 200
TEXT = 1_000
COUNTERS: Final = (
    "marks_forgotten",
    "keys_forgotten",
    "runs_forgotten",
    "actions_forgotten",
    "entries_forgotten",
    "firsts_forgotten",
    "reservations_forgotten",
    "consent_not_taken",
    "recent_forgotten",
    "warming_forgotten",
    "taken_early",
    "members_forgotten",
    "told_forgotten",
    "text_cut",
)
"""What the engine counts where a limit takes effect."""

Row = dict[str, Any]
_IDENTITIES: Final = ("event_id", "customer_id")


def has_long_text(row: Row) -> bool:
    """True where some text of a touchpoint is longer than is remembered."""
    return _any_long(row.values()) or _any_long((row.get("attributes") or {}).values())


def with_texts_cut(row: Row) -> Row:
    """The touchpoint as it is remembered. What tells it and its people apart stays whole."""
    found = {name: value if name in _IDENTITIES else cut(value) for name, value in row.items()}
    if row.get("attributes"):
        found["attributes"] = {name: cut(value) for name, value in row["attributes"].items()}
    return found


def drop_oldest(kept: list[Any], most: int) -> bool:
    """Bring a list, oldest first, down to `most` entries; True where it was longer."""
    if len(kept) <= most:
        return False
    del kept[: len(kept) - most]
    return True


def _any_long(values: Iterable[Any]) -> bool:
    for value in values:  # noqa: SIM110 - called for every input, and `any` costs twice as much
        if value.__class__ is str and len(value) > TEXT:
            return True
    return False


def cut(value: Any) -> Any:
    """A value as it is remembered: a text, or each text of a list, to its first TEXT characters."""
    if isinstance(value, list):
        return [cut(one) for one in value]
    return value[:TEXT] if isinstance(value, str) else value
