"""What every kind of signal shares: its key, its place in state, and how a moment is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, Final

from cjo.engine.conditions import compile_ref
from cjo.engine.hearing import used_by
from cjo.engine.ids import mark_as_hex, moment_id
from cjo.engine.room import FIRSTS, KEYS
from cjo.engine.state import set_wake
from cjo.engine.subjects import CUSTOMER

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Row = dict[str, Any]
Match = dict[str, Any]
Ref = Callable[[Any, Any, Any], Any]

EVIDENCE_MAX: Final = 20
NEVER_MS: Final = 1 << 62
WAKE_PRIORITY: Final = 0
DEADLINES: Final = ("within_ms", "silent_ms", "gap_ms")
"""Lengths in specs after which a signal wants to be called."""


class Signal:
    """A pattern over touchpoints. A kind says what it listens to, what it remembers, and when it fires.

    Accumulators hang at `state["sig"][place][key]`, of a signal without `per` at `state["sig"][place]`, and do not
    depend on arrival order: lists sorted by event time. The place is the signal's name, or what its spec says in
    `memory`. With `keeps_wake` a wake-up outlives the accumulator of its key. With `begins`, `begin` is called at a
    customer's first input under a plan that has the signal.
    """

    keeps_wake = False
    begins = False
    depth = 0
    """How many signals stand between this one and touchpoints (cjo/engine/hearing.py)."""

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        self.name: str = spec["name"]
        self.place: str = spec.get("memory", self.name)
        self._wakes = f"s:{self.place}:"
        self.from_ms: int = spec.get("from_ms", -NEVER_MS)
        self.until_ms: int = spec.get("until_ms", NEVER_MS)
        self.version: str = spec["version"]
        self.subject: str = spec.get("subject") or CUSTOMER
        self.settle: bool = bool(spec.get("settle"))
        self._on: list[Match] = spec.get("on") or []
        self.key_name: str | None = spec["per"][1] if spec.get("per") else None
        self.per: Ref | None = compile_ref(spec["per"]) if spec.get("per") else None
        self.bound_ms: int = workspace["bound_ms"]
        self.late_horizon_ms: int = workspace["late_horizon_ms"]
        self.arms_in_the_past = self.settle or any(spec.get(name, self.bound_ms) < self.bound_ms for name in DEADLINES)
        """True where a wake-up may be due before an input, within the bound, that was handled when it is armed."""
        self.events_max: int = workspace["limits"]["events_per_key"]

    @staticmethod
    def form(spec: dict[str, Any]) -> list[Any]:
        """What the form of its memory hangs on beside kind, key and subject, in the order in which it is kept."""
        return []

    def listens(self) -> Iterator[tuple[Match, str, Any]]:
        """Yield (match, role, extra) for each touchpoint that the signal asks for: by default, its spec's `on`."""
        for match in self._on:
            yield match, "on", None

    def hears(self) -> set[str]:
        """The signals whose moments it asks for."""
        return set(used_by(match for match, _, _ in self.listens()))

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        """Take a touchpoint in `role`. Called in log order, once for each role and extra in which it matches."""
        raise NotImplementedError

    def begin(self, turn: Turn) -> None:
        """Called before `accept` where `begins`, once for each subject and version."""
        raise NotImplementedError

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        """Called at a due time that the signal has armed, when all that happened up to it is known."""
        raise NotImplementedError

    def pass_over(self, state: dict[str, Any], key: str, due_ms: int) -> bool:
        """Do what `on_due` does where it comes to nothing that anybody would hear of; False, and nothing is done, where
        that is not seen at a glance."""
        return False

    def is_idle(self, memory: dict[str, Any]) -> bool:
        """True where nobody would hear of any wake-up of this key, by what is known: no moment, no count."""
        return False

    def forget(self, accumulator: dict[str, Any], clock_ms: int) -> bool:
        """Drop what is too old to matter; True where nothing is left."""
        raise NotImplementedError

    def leave(self, turn: Turn, key: str, memory: dict[str, Any]) -> None:
        """Called when the memory of `key` has been forgotten: what must be known of it for ever is kept elsewhere."""

    def unhear(self, turn: Turn, marks: list[str]) -> None:
        """T4: moments that may have been accepted turned out never to have been."""
        for key, memory in self.memories(turn.state):
            self.take_out(turn, key, memory, marks)

    def take_out(self, turn: Turn, key: str, memory: dict[str, Any], marks: list[str]) -> None:
        """Take the events behind `marks` out of the memory of `key`: by default, of its lists `[[at_ms, mark, ...]]`.

        What has fired on them stands, unless the kind says otherwise here or in `reconsider`.
        """
        if drop_marked(memory, marks):
            self.reconsider(turn, key, memory)

    def reconsider(self, turn: Turn, key: str, memory: dict[str, Any]) -> None:
        """Called when an event was taken out of the memory of `key`."""

    def key_of(self, row: Row) -> str | None:
        """The business key of a touchpoint: empty where the signal has none, None where the touchpoint lacks it."""
        if self.per is None:
            return ""
        key = self.per(row, None, None)
        return None if key is None else str(key)

    def accumulator(self, turn: Turn, key: str, empty: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The memory of `key`, made by `empty` where there is none yet."""
        signals = turn.state["sig"]
        keys = signals.get(self.place)
        if self.per is None:
            found = self._unwrapped(signals, keys) if keys else None
            if found is None:
                found = signals[self.place] = empty()
            return found
        if keys is None:
            keys = signals[self.place] = {}
        found = keys.get(key)
        if found is None:
            if len(keys) >= KEYS:
                self._forget_oldest(turn, keys)
            found = keys[key] = empty()
        return found

    def memory(self, state: dict[str, Any], key: str) -> dict[str, Any] | None:
        """The memory of `key`, None where there is none."""
        signals = state["sig"]
        keys = signals.get(self.place)
        if not keys:
            return None
        if self.per is None:
            return self._unwrapped(signals, keys)
        found: dict[str, Any] | None = keys.get(key)
        return found

    def memories(self, state: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """(key, memory) of every key, the one known longest first."""
        if self.per is None:
            found = self.memory(state, "")
            return [] if found is None else [("", found)]
        return list(state["sig"].get(self.place, {}).items())

    def drop_key(self, state: dict[str, Any], key: str) -> None:
        """Remember nothing of `key` any more."""
        signals = state["sig"]
        keys = signals.get(self.place)
        if keys is None:
            return
        if self.per is not None:
            keys.pop(key, None)
        if self.per is None or not keys:
            del signals[self.place]

    def _unwrapped(self, signals: MutableMapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
        """The memory of a signal without a key; layout 2 had it under the key ""."""
        if "" in found:
            found = signals[self.place] = found[""]
        return found

    def _forget_oldest(self, turn: Turn, keys: dict[str, Any]) -> None:
        oldest = next(iter(keys))
        self.leave(turn, oldest, keys.pop(oldest))
        self.arm(turn, oldest, None)
        turn.count("keys_forgotten")

    def know_for_ever(self, turn: Turn, part: str, key: str, at_ms: int) -> None:
        """Keep `key`, with a time, beyond forgetting: in `part` of the state, which has room for FIRSTS."""
        known = turn.state.setdefault(part, {}).setdefault(self.place, {})
        if key not in known and len(known) >= FIRSTS:
            del known[next(iter(known))]
            turn.count("firsts_forgotten")
        known[key] = at_ms

    def arm(self, turn: Turn, key: str, due_ms: int | None) -> None:
        """Ask to be called at `due_ms` for `key`; None takes it back."""
        self.arm_in(turn.state, key, due_ms)

    def arm_in(self, state: dict[str, Any], key: str, due_ms: int | None) -> None:
        """`arm`, where there is no turn."""
        set_wake(state, self._wakes + key, WAKE_PRIORITY + self.depth, due_ms)

    def wake_id(self, key: str) -> str:
        """Id of the wake-up of `key`."""
        return self._wakes + key

    def reach_ms(self) -> int | None:
        """How far back in the log its memory reaches, in ms: what lies further back makes no moment any more (S4).

        None where that hangs on everything before it.
        """
        return None

    def reach_as_input_ms(self) -> int | None:
        """The same where another signal hears it: how far back goes what its moments are made of, though it keeps none
        of that itself."""
        return self.reach_ms()

    def gives(self, at_ms: int) -> bool:
        """True where a moment of that time is this revision's to give: not before it took effect, nor after it."""
        return self.from_ms <= at_ms < self.until_ms

    def lateness(self, turn: Turn, at_ms: int) -> int:
        """How far the clock was past `at_ms` where that is more than the bound, else 0; of a wake-up in its time, 0."""
        late_ms = turn.now_ms - at_ms if turn.row is not None or turn.late_ms else 0
        return late_ms if late_ms > self.bound_ms else 0

    def fire(
        self,
        turn: Turn,
        key: str,
        at_ms: int,
        made_by: list[str],
        evidence: list[tuple[int, str]],
        values: dict[str, Any],
    ) -> str:
        """Emit a moment and hand it to the journeys; returns its id. `made_by` are the marks behind the id (S3).

        One whose time another revision of the signal has is not emitted (S4); it counts as fired all the same.
        """
        fired = moment_id(self.name, turn.subject, key, made_by)
        gives, is_heard = self.gives(at_ms), self.name in turn.plan.heard
        if not (gives or is_heard):
            return fired
        moment = {
            "moment_id": fired,
            "signal": self.name,
            "signal_version": self.version,
            "subject": turn.subject,
            "key": key or None,
            "at": at_ms,
            "late_ms": self.lateness(turn, at_ms),
            "values": values,
            "evidence": [{"event": mark_as_hex(mark), "at": at} for at, mark in evidence[-EVIDENCE_MAX:]],
        }
        if gives:
            turn.effects.append(("moment", moment))
            turn.moments.append(moment)
        if is_heard:
            turn.heard.append((self, moment))
        return fired

    def take_back(self, turn: Turn, at_ms: int, fired: str) -> None:
        """T4: the moment of that id and time turned out never to have been; who heard it hears of that, as of it.

        One that was made in this turn reaches nobody any more.
        """
        turn.moments = [one for one in turn.moments if one["moment_id"] != fired]
        turn.heard = [one for one in turn.heard if one[1]["moment_id"] != fired]
        if self.gives(at_ms):
            turn.voided.append(fired)
        if self.name in turn.plan.heard:
            turn.unheard.append((self, at_ms, fired))


class Ending:
    """Hands to a signal that another revision has followed what happened before that: no other can matter to it."""

    def __init__(self, signal: Signal) -> None:
        self.signal = signal

    @property
    def depth(self) -> int:
        """How many signals stand between this one and touchpoints."""
        return self.signal.depth

    @property
    def from_ms(self) -> int:
        """From when on it gives moments, epoch ms."""
        return self.signal.from_ms

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        """Take a touchpoint from before the end."""
        if row["at"] < self.signal.until_ms:
            self.signal.accept(turn, row, mark, role, extra)


def is_resting(memory: dict[str, Any], cooldown_ms: int, since_ms: int) -> bool:
    """True where what has fired may not fire again yet for an input of `since_ms`: its cooldown is not over then."""
    return bool(memory.get("off")) and bool(memory["last"] + cooldown_ms > since_ms)


def drop_marked(memory: dict[str, Any], marks: list[str]) -> bool:
    """Take the events behind `marks` out of the lists `[[at_ms, mark, ...]]` of a memory; True where one was in it."""
    found = False
    for entries in memory.values():
        if isinstance(entries, list):
            left = [one for one in entries if not (isinstance(one, list) and len(one) > 1 and one[1] in marks)]
            found = found or len(left) < len(entries)
            entries[:] = left
    return found
