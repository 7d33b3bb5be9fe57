"""What came out of the job against the world's own record: counts, and examples of what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cjo.demo.ledger import FIRST_SENDS, INPUTS, Held, Ledger, Moment, Verdict

Record = Mapping[str, Any]
_EXAMPLES = 5
_AT_STEPS = ("send", "emit", "hold")


@dataclass
class Output:
    """Records that the job wrote, decoded, as they came: repeats are looked for, not removed."""

    moments: list[Record] = field(default_factory=list)
    decisions: list[Record] = field(default_factory=list)
    actions: list[Record] = field(default_factory=list)
    deadletters: list[Record] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """One line of the summary; `wrong` says in words what differs, some examples of it."""

    name: str
    expected: int
    found: int
    differing: int = 0
    wrong: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True where everything expected was found, and nothing else."""
        return not self.differing and self.expected == self.found


def releases(decisions: Iterable[Record]) -> dict[Held, int]:
    """When what was held to spread a burst is released, UTC epoch ms: what a Ledger needs to be told."""
    return {
        Held(d["journey"], d["customer_id"], d["run_key"], d["step"], d["decided_at"]): int(d["inputs"]["until"])
        for d in decisions
        if d["kind"] == "hold"
    }


def reconcile(ledger: Ledger, output: Output, bad_kinds: Mapping[str, int], until_ms: int) -> list[Line]:
    """Compare everything decided up to `until_ms`; `bad_kinds` are the dead letters to be found by kind.

    What is due later is left out on both sides: it is still pending.
    """
    moments = [m for m in output.moments if m["at"] <= until_ms]
    decisions = [d for d in output.decisions if d["decided_at"] <= until_ms]
    actions = [a for a in output.actions if a["decided_at"] <= until_ms]
    lines = [_moments(ledger, moments, signal, until_ms) for signal in sorted({m.signal for m in ledger.moments})]
    lines += _verdicts(ledger, decisions, until_ms)
    lines.append(_answers(moments, decisions))
    lines.append(_actions(decisions, actions))
    lines += [_repeats("moments", "moment_id", output.moments), _repeats("decisions", "decision_id", output.decisions)]
    lines += [_repeats("actions", "action_id", output.actions)]
    return lines + _dead_letters(output.deadletters, bad_kinds)


def _moments(ledger: Ledger, found: list[Record], signal: str, until_ms: int) -> Line:
    expected = Counter(m for m in ledger.moments if m.signal == signal and m.at_ms <= until_ms)
    actual = Counter(_moment(m) for m in found if m["signal"] == signal)
    return _line(f"moments: {signal}", expected, actual)


def _moment(record: Record) -> Moment:
    values = record["values"]
    total, times = values.get("total"), values.get("count", values.get("years", values.get("percent")))
    return Moment(
        record["signal"],
        record["subject"],
        record["key"],
        record["at"],
        None if total is None else Decimal(total),
        tuple(sorted(values.get("items") or ())),
        None if times is None else int(times),
    )


def _verdicts(ledger: Ledger, decisions: list[Record], until_ms: int) -> list[Line]:
    expected = Counter(v for v in ledger.verdicts if v.at_ms <= until_ms)
    actual = Counter(_verdict(d) for d in decisions if d["kind"] in ("entry", *_AT_STEPS))
    places = sorted({(v.journey, v.step or "") for v in (*expected, *actual)})
    return [
        _line(
            f"{journey}: {step or 'entries'}",
            Counter({v: n for v, n in expected.items() if (v.journey, v.step or "") == (journey, step)}),
            Counter({v: n for v, n in actual.items() if (v.journey, v.step or "") == (journey, step)}),
        )
        for journey, step in places
    ]


def _verdict(record: Record) -> Verdict:
    return Verdict(
        record["journey"],
        record["customer_id"],
        record["run_key"],
        record["step"] if record["kind"] in _AT_STEPS else None,
        record["decided_at"],
        record["reason"],
        record["channel"] if record["reason"] == "sent" else None,
    )


def _answers(moments: list[Record], decisions: list[Record]) -> Line:
    """Each moment that a journey enters on has one answer: a first send, or a refusal of it or of the entry.

    Where a run can end before any send, the entry is the answer.
    """
    answers = Counter(d["moment_id"] for d in decisions if _is_answer(d))
    asking = Counter(m["moment_id"] for m in moments if m["signal"] not in INPUTS)
    return _line("moments answered once", asking, answers)


def _is_answer(decision: Record) -> bool:
    first_send = FIRST_SENDS.get(decision["journey"])
    if decision["kind"] == "entry":
        return decision["outcome"] == "refused" or first_send is None
    return decision["kind"] == "send" and decision["step"] == first_send


def _actions(decisions: list[Record], actions: list[Record]) -> Line:
    """Each decision to send or emit has its action, at the same time on the same channel; nothing was cancelled."""
    wanted = Counter(
        (d["action_id"], "request", d["channel"], d["decided_at"], d["customer_id"])
        for d in decisions
        if d["kind"] in ("send", "emit") and d["outcome"] == "accepted"
    )
    given = Counter((a["action_id"], a["kind"], a["channel"], a["decided_at"], a["customer_id"]) for a in actions)
    return _line("actions for decisions to send", wanted, given)


def _repeats(name: str, key: str, records: list[Record]) -> Line:
    ids = Counter((record[key], record.get("kind")) for record in records)
    repeated = [f"{key} {one[0]} is there {n} times" for one, n in ids.items() if n > 1]
    return Line(f"{name} written once", len(ids), len(records), len(repeated), tuple(repeated[:_EXAMPLES]))


def _dead_letters(found: list[Record], expected: Mapping[str, int]) -> list[Line]:
    actual = Counter(record["kind"] for record in found)
    return [Line(f"dead letters: {kind}", expected.get(kind, 0), actual[kind]) for kind in sorted({*expected, *actual})]


def _line(name: str, expected: Counter[Any], actual: Counter[Any]) -> Line:
    missing, surplus = expected - actual, actual - expected
    examples = [f"expected and not found: {in_words(one)}" for one in list(missing)[:_EXAMPLES]]
    examples += [f"found and not expected: {in_words(one)}" for one in list(surplus)[:_EXAMPLES]]
    differing = missing.total() + surplus.total()
    return Line(name, expected.total(), actual.total(), differing, tuple(examples))


def in_words(one: Iterable[Any]) -> str:
    """A moment or verdict as name and value, times in ISO 8601."""
    names = getattr(one, "_fields", None)
    if names is None:
        return one if isinstance(one, str) else ", ".join(str(value) for value in one)
    shown = zip(names, one, strict=True)
    return ", ".join(f"{name} {_shown(name, value)}" for name, value in shown if value not in (None, ()))


def _shown(name: str, value: Any) -> str:
    if name != "at_ms":
        return str(value)
    return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds")
