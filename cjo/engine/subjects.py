"""Subjects beyond the customer: an account, a household, a store (T2).

Touchpoints of such a subject come from several customers, so from several partitions, whose order of arrival says
nothing. They are queued, and taken in the order of their event time once the watermark has passed them: each signal
then sees what a sorted log would have shown it, and its moments are the same in any order of arrival within the bound
(S3). Such a subject has neither profile nor consent nor runs; it knows its members and who speaks for it.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any, Final

import orjson

from cjo.engine.conditions import compile_ref
from cjo.engine.room import MEMBERS, QUEUED, has_long_text, with_texts_cut

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

State = dict[str, Any]
Row = dict[str, Any]

MARK: Final = "@"
"""Begins the key of such a subject, `@account:A17`: no customer's key may look like it."""
CUSTOMER: Final = "customer"
_MEMBERS: Final = "members"
_QUEUE: Final = "queue"
_CONTACT: Final = "contact"


class SubjectKind:
    """A declared kind of subject: how a touchpoint names it, and who speaks for it."""

    def __init__(self, name: str, spec: dict[str, Any]) -> None:
        self.name = name
        self.remember_ms: int = spec["remember_ms"]
        self._key = compile_ref(spec["key"])
        self._contact = compile_ref(spec["contact"]) if spec.get("contact") else None

    def key_of(self, row: Row) -> str | None:
        """The key of the subject that a touchpoint belongs to, None where it names none."""
        found = self._key(row, None, None)
        return None if found is None or found == "" else f"{MARK}{self.name}:{found}"

    def contact_of(self, row: Row) -> str | None:
        """The customer who speaks for the subject, None where the touchpoint does not say."""
        return (self._contact(row, None, None) or None) if self._contact else None


def kind_named(subject: str) -> str | None:
    """The kind in a subject's key, None where the subject is a customer or a device."""
    if subject[0] != MARK:
        return None
    name, colon, _ = subject[1:].partition(":")
    return name if colon else None


def is_other(state: State) -> bool:
    """True where the state is of a subject beyond the customer."""
    return _MEMBERS in state


def begin(state: State) -> None:
    """Make a new state one of such a subject: no time has passed in it yet."""
    state["clock"] = 0
    state[_QUEUE], state[_MEMBERS] = [], {}


def enqueue(state: State, row: Row) -> bool:
    """Keep a touchpoint until its time has come; False where the queue is full and its first must not wait longer."""
    if has_long_text(row):
        row = with_texts_cut(row)
    insort(state[_QUEUE], [row["at"], row["event_id"], orjson.dumps(row).decode()])
    return len(state[_QUEUE]) <= QUEUED


def first_queued_ms(state: State) -> int | None:
    """Event time of the first touchpoint in the queue, None where it is empty."""
    queue = state[_QUEUE]
    return int(queue[0][0]) if queue else None


def take_first(state: State) -> Row:
    """The first touchpoint of the queue, taken out of it."""
    row: Row = orjson.loads(state[_QUEUE].pop(0)[2])
    return row


def learn(turn: Turn, kind: SubjectKind, row: Row) -> None:
    """Remember who was seen on a touchpoint of the subject, and who speaks for it: the newest word counts."""
    state, at_ms = turn.state, row["at"]
    customer = row.get("customer_id")
    if customer:
        members = state[_MEMBERS]
        members[customer] = max(at_ms, members.get(customer, 0))
        if len(members) > MEMBERS:
            del members[_oldest(members)]
            turn.count("members_forgotten")
    contact = kind.contact_of(row)
    if contact is not None:
        _speaks(state, at_ms, contact)


def merge(state: State, other: State) -> None:
    """Take over what another state knows of the same subject: what is queued, its people, and who speaks for it."""
    for entry in other[_QUEUE]:
        insort(state[_QUEUE], entry)
    members = state[_MEMBERS]
    for name, seen_ms in other[_MEMBERS].items():
        members[name] = max(seen_ms, members.get(name, 0))
    while len(members) > MEMBERS:
        del members[_oldest(members)]
    if _CONTACT in other:
        _speaks(state, *other[_CONTACT])


def _speaks(state: State, at_ms: int, contact: str) -> None:
    """Somebody was named who speaks for the subject; the newest word counts."""
    if at_ms >= (state.get(_CONTACT) or (0, ""))[0]:
        state[_CONTACT] = [at_ms, contact]


def _oldest(members: dict[str, int]) -> str:
    return min(members, key=lambda one: (members[one], one))


def people_of(state: State, kind: SubjectKind, at_ms: int) -> tuple[str | None, list[str]]:
    """(who speaks for the subject, its members by name), as they are remembered at a time of the log."""
    since_ms = at_ms - kind.remember_ms
    contact = state.get(_CONTACT)
    members = sorted(name for name, seen_ms in state[_MEMBERS].items() if seen_ms >= since_ms)
    return (contact[1] if contact and contact[0] >= since_ms else None), members


def forget(state: State, kind: SubjectKind | None, clock_ms: int) -> None:
    """Drop members and contact that have not been heard of for longer than they are remembered."""
    since_ms = clock_ms - (kind.remember_ms if kind else 0)
    members = state[_MEMBERS]
    for name in [name for name, seen_ms in members.items() if seen_ms < since_ms]:
        del members[name]
    if _CONTACT in state and state[_CONTACT][0] < since_ms:
        del state[_CONTACT]


def is_known(state: State) -> bool:
    """True where anything is remembered of the subject: its people, events, or what a signal keeps."""
    return bool(state["sig"] or state["seen"] or state[_MEMBERS] or _CONTACT in state)
