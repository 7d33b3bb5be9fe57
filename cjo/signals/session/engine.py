"""session: what a visit came to, when it is over (T3, T4)."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cjo.engine.conditions import compile_condition
from cjo.engine.hearing import PREFIX
from cjo.engine.signals.base import Match, Row, Signal
from cjo.engine.signals.roles import bits_of, together
from cjo.signals.session.totals import Totals

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Memory = dict[str, Any]
Session = dict[str, Any]


def _empty() -> Memory:
    return {"s": []}


class SessionSignal(Signal):
    """Fires at the deadline of a session, the gap after its last touchpoint, where the condition holds then.

    A session is a row of touchpoints, each no more than the gap after the one before (T3: one exactly then is of it).
    What it comes to is held as sums, of which parts can be put together in any order (totals.py): a late touchpoint
    counts where it happened, makes a session longer, or two of them one (T4). Its first and its last touchpoint make
    the moment's id. A moment stands as long as these stay the same and the condition holds; else it is taken back, and
    the session is judged at its own deadline, if that has passed at once.

    Memory of a key: `{"s": sessions in order}`; of a session `{"a", "z": [at_ms, mark] of the first and the last, "n":
    how many, "g": how many of each count, "v": what Totals holds, "told": moment id, empty where the condition did not
    hold, absent before it is judged}`. It is exact however many touchpoints a session has. Of more than
    `events_per_key` sessions the oldest is judged at once and forgotten, and what comes late for it (`"cut"`: its
    deadline) counts no more.

    What moments of other signals belong to can come apart again, where one of them is taken back (T4). So a session of
    a signal that hears such has beside its sums `"of": parts in order`: each moment for itself (`"m": 1`), and what the
    touchpoints between them come to, as sessions of their own. Of more than `events_per_key` moments the oldest are as
    touchpoints are, and are not taken out any more.
    """

    @staticmethod
    def form(spec: dict[str, Any]) -> list[Any]:
        return [list(spec["counts"]), Totals.form(spec["collect"])]

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._gap_ms: int = spec["gap_ms"]
        self._counts = {name: 2 << place for place, name in enumerate(spec["counts"])}
        self._bits = list(self._counts.values())
        self._totals = Totals(spec["collect"], self._counts)
        self._where = compile_condition(spec["where"])
        named = [(match, 1) for match in spec["on"]]
        named += [(match, self._counts[name]) for name, matches in spec["counts"].items() for match in matches]
        self._matches = list(together(named))
        self._hears = bool(self.hears())
        self.arms_in_the_past = self.arms_in_the_past or self._hears  # a session may turn out to have ended before

    def listens(self) -> Iterator[tuple[Match, str, Any]]:
        for match, roles in self._matches:
            yield match, "on", roles

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key, at_ms = self.key_of(row), row["at"]
        if key is None or at_ms < turn.state["clock"] - self.late_horizon_ms:
            return
        memory = self.accumulator(turn, key, _empty)
        if at_ms <= memory.get("cut", -1):
            return
        bits = bits_of(turn.whole(row), extra)
        place = [at_ms, mark]
        counts = [1 if bit & bits else 0 for bit in self._bits]
        one: Session = {"a": place, "z": place, "n": 1, "g": counts, "v": self._totals.of(row, mark, bits)}
        if self._hears:
            one["of"] = [_sums(one) | {"m": 1} if row["type"].startswith(PREFIX) else _sums(one)]
        sessions = memory["s"]
        last = sessions[-1] if sessions else None
        if last is None or self._deadline(last) < at_ms:
            sessions.append(one)
        elif "told" not in last and last["a"] < place:
            self._join(last, one)
        else:
            self._put(turn, sessions, one)
        self._shrink(memory, turn.state["clock"])
        if self._hears and row["type"].startswith(PREFIX):
            self._know_fewer(sessions)
        if len(sessions) > self.events_max:
            self._make_room(turn, key, memory)
        if (
            not self._hears  # in the same turn a moment may have come into an older one
            and sessions[-1] is last
            and "told" not in last
            and (len(sessions) == 1 or "told" in sessions[-2])
        ):
            self.arm(turn, key, self._deadline(last))  # what is judged stays so, and only the newest waits
        else:
            self._arm_next(turn, key, sessions)

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        memory = self.memory(turn.state, key)
        if memory is not None:
            for session in memory["s"]:
                if "told" not in session and self._deadline(session) <= due_ms:
                    self._judge(turn, key, session)
            self._arm_next(turn, key, memory["s"])

    def take_out(self, turn: Turn, key: str, memory: Memory, marks: list[str]) -> None:
        """T4: a moment that never was is of no session: what is left of its session is put together anew."""
        sessions: list[Session] = memory["s"]
        for session in [one for one in sessions if any(part["a"][1] in marks for part in _moments(one))]:
            sessions.remove(session)
            found: list[Session] = []
            for part in session["of"]:
                if "m" in part and part["a"][1] in marks:
                    continue
                one = _sums(part) | {"of": [part]}
                if found and part["a"][0] <= self._deadline(found[-1]):
                    self._join(found[-1], one)
                else:
                    found.append(one)
            self._stand_by(turn, [session], found)
            for one in found:
                insort(sessions, one, key=_begin)
            self._arm_next(turn, key, sessions)

    def is_idle(self, memory: Memory) -> bool:
        return not any("told" not in session and self._holds(session) for session in memory["s"])

    def forget(self, accumulator: Memory, clock_ms: int) -> bool:
        self._shrink(accumulator, clock_ms)
        return not accumulator["s"]

    def _deadline(self, session: Session) -> int:
        return int(session["z"][0]) + self._gap_ms

    def _join(self, session: Session, other: Session) -> None:
        """Put the other's touchpoints into a session, which is to be judged anew."""
        if self._hears:
            self._join_parts(session, other)
        self._add(session, other)
        session.pop("told", None)

    def _add(self, session: Session, other: Session) -> None:
        session["a"], session["z"] = min(session["a"], other["a"]), max(session["z"], other["z"])
        session["n"] += other["n"]
        session["g"] = [one + more for one, more in zip(session["g"], other["g"], strict=True)]
        session["v"] = self._totals.joined(session["v"], other["v"])

    def _join_parts(self, session: Session, other: Session) -> None:
        parts = session.setdefault("of", [_sums(session)])
        for part in other.get("of") or [_sums(other)]:
            self._add_part(parts, part)

    def _add_part(self, parts: list[Session], part: Session) -> None:
        """Put a moment where it happened; touchpoints join those that they would make a session with by themselves."""
        if "m" not in part:
            for other in [one for one in parts if "m" not in one and self._touches(one, part)]:
                parts.remove(other)
                self._add(part, other)
        insort(parts, part, key=_begin)

    def _know_fewer(self, sessions: list[Session]) -> None:
        """Of more moments than may be taken out again, let the oldest be as touchpoints are."""
        more = sum(len(_moments(session)) for session in sessions) - self.events_max
        for session in sessions:
            for part in _moments(session)[: max(more, 0)]:
                more -= 1
                session["of"].remove(part)
                self._add_part(session["of"], _sums(part))

    def _touches(self, one: Session, other: Session) -> bool:
        """True where no pause longer than the gap lies between them."""
        return bool(one["a"][0] <= self._deadline(other) and other["a"][0] <= self._deadline(one))

    def _put(self, turn: Turn, sessions: list[Session], one: Session) -> None:
        """Put a touchpoint where it happened, and take back moments that turn out never to have been (T4)."""
        at_ms = one["a"][0]
        near = [other for other in sessions if other["a"][0] - self._gap_ms <= at_ms <= self._deadline(other)]
        for other in near:
            sessions.remove(other)
            self._join(one, other)
        insort(sessions, one, key=_begin)
        self._stand_by(turn, near, [one])

    def _stand_by(self, turn: Turn, before: list[Session], now: list[Session]) -> None:
        """Let the moments of sessions stand that are as they were, and take back those of others (T4)."""
        for session in before:
            if not session.get("told"):
                continue
            same = [one for one in now if (one["a"], one["z"]) == (session["a"], session["z"]) and self._holds(one)]
            if same:
                same[0]["told"] = session["told"]
            else:
                self.take_back(turn, self._deadline(session), session["told"])

    def _shrink(self, memory: Memory, clock_ms: int) -> None:
        sessions, oldest = memory["s"], clock_ms - self.late_horizon_ms
        while sessions and "told" in sessions[0] and self._deadline(sessions[0]) < oldest:
            del sessions[0]

    def _make_room(self, turn: Turn, key: str, memory: Memory) -> None:
        oldest = memory["s"].pop(0)
        memory["cut"] = self._deadline(oldest)
        if "told" not in oldest:
            self._judge(turn, key, oldest)

    def _values(self, session: Session) -> dict[str, Any]:
        seconds = (session["z"][0] - session["a"][0]) // 1000
        counts = dict(zip(self._counts, session["g"], strict=True))
        return {"count": session["n"], "seconds": seconds, **counts, **self._totals.values(session["v"])}

    def _holds(self, session: Session) -> bool:
        return self._where({}, self._values(session), None) is True

    def _judge(self, turn: Turn, key: str, session: Session) -> None:
        session["told"] = ""
        if self._holds(session):
            ends = [session["a"], session["z"]] if session["n"] > 1 else [session["a"]]
            evidence = [(at_ms, mark) for at_ms, mark in ends]
            marks = [mark for _, mark in ends]
            session["told"] = self.fire(turn, key, self._deadline(session), marks, evidence, self._values(session))

    def _arm_next(self, turn: Turn, key: str, sessions: list[Session]) -> None:
        self.arm(turn, key, min((self._deadline(one) for one in sessions if "told" not in one), default=None))


def _sums(session: Session) -> Session:
    """What a session comes to, without what else is known of it."""
    return {"a": session["a"], "z": session["z"], "n": session["n"], "g": session["g"], "v": session["v"]}


def _moments(session: Session) -> list[Session]:
    return [part for part in session.get("of", ()) if "m" in part]


def _begin(session: Session) -> list[Any]:
    place: list[Any] = session["a"]
    return place


KIND = SessionSignal
