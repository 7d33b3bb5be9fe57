"""What a simulation found, as one object for programs, and in lines for people: both from the same summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from cjo.client.words import iso
from cjo.engine.subjects import CUSTOMER
from cjo.native.finder import is_native
from cjo.reasons import REASONS
from cjo.reasons import sentence as said_of
from cjo.simulate.compare import KINDS, Difference, Side
from cjo.simulate.run import Outcome
from cjo.simulate.tally import Key, Tally

Summary = dict[str, Any]
_BAR = 30
_DAYS = 14
"""More of them are told in one line."""
_OF_OTHERS = ("no_contact", "no_members")
"""Refusals that no customer is told, but an account or the like."""


def summary(outcome: Outcome, plan: dict[str, Any]) -> Summary:
    """The whole result, JSON-able; times in ISO 8601. `plan` has all that held at any time of the log."""
    tally = outcome.decided.tallies[0]
    found: Summary = {
        "log": _log(outcome),
        "moments": {
            one["name"]: _moments(tally, one) for one in sorted(plan["signals"], key=lambda one: str(one["name"]))
        },
        "journeys": {
            one["name"]: _journey(tally, one) for one in sorted(plan["journeys"], key=lambda one: one["name"])
        },
        "counters": {key[1]: count for key, count in sorted(tally.times.items()) if key[0] == "count"},
        "rate": _rate(outcome),
    }
    if len(outcome.decided.tallies) > 1:
        found["compare"] = _compared(outcome)
    return found


def _log(outcome: Outcome) -> Summary:
    names = ("rows", "left_out", "heartbeats", "touchpoints", "relevant")
    times = {"first": outcome.first_ms, "last": outcome.last_ms, "until": outcome.until_ms}
    return {
        **{name: outcome.counts[name] for name in names},
        "refused": outcome.problems,
        **{name: None if at_ms is None else iso(at_ms) for name, at_ms in times.items()},
    }


def _rate(outcome: Outcome) -> Summary:
    decided = outcome.decided
    return {
        "compiled": is_native(),
        "engine_per_s_and_core": _per_second(decided.inputs, decided.engine_s),
        "codec_rows_per_s_and_core": _per_second(outcome.counts["rows"], outcome.codec_total_s),
        "engine_cpu_s": round(decided.engine_s, 3),
        "codec_cpu_s": round(outcome.codec_total_s, 3),
    }


def _per_second(count: int, seconds: float) -> int | None:
    return round(count / seconds) if seconds > 0 else None


def _moments(tally: Tally, signal: dict[str, Any]) -> Summary:
    key, of = ("moment", signal["name"]), signal.get("subject", CUSTOMER)
    days = _days(tally, [key])
    return {"times": tally.times[key], "customers": tally.people[key], "of": of, "days": days}


def _journey(tally: Tally, journey: dict[str, Any]) -> Summary:
    name = journey["name"]
    modes = sorted({key[6] for key in tally.times if len(key) > 6 and key[3] == name})
    return {
        **_decisions(tally, journey),
        "modes": {mode: _decisions(tally, journey, mode) for mode in modes},
    }


def _decisions(tally: Tally, journey: dict[str, Any], *mode: str) -> Summary:
    """What was decided live, or in another mode."""
    name = journey["name"]
    place = {step["id"]: index for index, step in enumerate(journey["steps"])}
    keys = sorted(key for key in tally.times if len(key) > 5 and key[3] == name and key[6:] == mode)
    keys.sort(key=lambda key: place.get(key[4], -1))
    sent = [key for key in keys if key[0] == "send" and key[1] == "accepted"]
    return {
        "reached": _both(tally, [("reached", name, *mode)]),
        "entered": _both(tally, [key for key in keys if key[0] == "entry" and key[1] == "accepted"]),
        "sent": [{"step": key[4], "channel": key[5], **_both(tally, [key])} for key in sent],
        "days": _days(tally, sent),
        "held_out": [
            {"step": key[4], "channel": key[5] or None, **_both(tally, [key])} for key in keys if key[1] == "held_out"
        ],
        "refused": [
            {"at": "entry" if key[0] == "entry" else key[4], "channel": key[5] or None, "reason": key[2],
             "meaning": _meaning(key[2]), **_both(tally, [key])}
            for key in keys
            if key[1] == "refused"
        ],
        "other": [
            {"kind": key[0], "reason": key[2], "step": key[4] or None, "channel": key[5] or None, **_both(tally, [key])}
            for key in keys
            if key[0] not in ("entry", "send", "move") and key[1] != "refused"
        ],
        "open": {
            key[2]: tally.times[key] for key in sorted(tally.times) if key[:2] == ("open", name) and key[3:] == mode
        },
    }  # fmt: skip


def _both(tally: Tally, keys: Collection[Key]) -> Summary:
    return {"times": sum(tally.times[key] for key in keys), "customers": sum(tally.people[key] for key in keys)}


def _days(tally: Tally, keys: Iterable[Key]) -> dict[str, int]:
    days: Counter[str] = Counter()
    for key in keys:
        days.update(tally.days.get(key, {}))
    return dict(sorted(days.items()))


def _meaning(reason: str) -> str:
    return REASONS[reason].meaning if reason in REASONS else reason.replace("_", " ")


def _compared(outcome: Outcome) -> Summary:
    decided = outcome.decided
    return {
        "customers": decided.customers["any"],
        "kinds": {
            kind: {"times": decided.different[kind], "customers": decided.customers[kind], "meaning": meaning}
            for kind, meaning in KINDS.items()
            if decided.different[kind]
        },
        "listed": [_difference(one) for one in decided.differences],
    }


def _difference(one: Difference) -> Summary:
    return {
        "customer": one.subject,
        "kind": one.kind,
        "journey": one.journey,
        "step": one.step or None,
        "base": _side(one.base),
        "other": _side(one.other),
    }


def _side(side: Side) -> Summary:
    if side.decision is None:
        return {"said": side.note}
    decision = side.decision
    names = ("kind", "outcome", "reason", "rule", "step", "channel")
    return {"at": iso(decision["decided_at"]), "said": said_of(decision), **{name: decision[name] for name in names}}


# --- for people ---


def lines(found: Summary, each_day: bool = False) -> Iterator[str]:
    """The summary as text; `each_day` gives a line to each day also where there are many."""
    yield from _log_lines(found["log"])
    for name, moments in found["moments"].items():
        who = "customer" if moments["of"] == CUSTOMER else "subject"
        yield f"signal {name}: {_counted(moments, 'moment', who=who)}"
        yield from _day_lines(moments["days"], each_day)
    for name, journey in found["journeys"].items():
        yield from _journey_lines(name, journey, each_day)
    if found["counters"]:
        yield "counted: " + ", ".join(f"{name} {count:,}" for name, count in found["counters"].items())
    if "compare" in found:
        yield from _compare_lines(found["compare"])


def rate_line(found: Summary) -> str:
    """How fast it was, the engine's own part and the rest apart."""
    rate = found["rate"]
    engine, codec = rate["engine_per_s_and_core"], rate["codec_rows_per_s_and_core"]
    how = "compiled" if rate["compiled"] else "as Python, `cjo native` compiles it"
    said = f"engine {engine:,} relevant touchpoints/s a core ({how})" if engine else "engine: nothing to decide"
    return f"{said}; codec {codec:,} rows/s a core" if codec else said


def late_line(late: int, is_topic: bool) -> str:
    """What is said of touchpoints of accounts and the like that came later than the bound (T4)."""
    plural = "" if late == 1 else "s"
    said = f"{late:,} touchpoint{plural} of accounts and the like came later than the bound, and counted late (T4)"
    return said if is_topic else f"{said}; where the file is not in order of arrival, use --sort"


def _log_lines(log: Summary) -> Iterator[str]:
    refused = f"{log['refused']:,} row{'' if log['refused'] == 1 else 's'} refused"
    yield f"{log['touchpoints']:,} touchpoints, {log['relevant']:,} of them relevant, {refused}"
    if log["left_out"]:
        yield f"{log['left_out']:,} rows left out by the mapping"
    if log["first"]:
        yield f"from {log['first']} to {log['last']}, decided until {log['until']}"


def _journey_lines(name: str, journey: Summary, each_day: bool) -> Iterator[str]:
    yield ""
    yield f"journey {name}: {_totals(journey)}"
    yield from _decision_lines(journey, each_day)
    for mode, decided in journey["modes"].items():
        yield f"  in {mode} mode: {_totals(decided)}"
        yield from (f"  {line}" for line in _decision_lines(decided, each_day))


def _totals(decided: Summary) -> str:
    return f"{_counted(decided['entered'], 'run')}, {_counted(decided['reached'], 'message')}"


def _decision_lines(journey: Summary, each_day: bool) -> Iterator[str]:
    for sent in journey["sent"]:
        yield f"  sent     {sent['step']} by {sent['channel']}: {_counted(sent, 'message')}"
    yield from _day_lines(journey["days"], each_day)
    for held in journey["held_out"]:
        yield f"  held out {held['step']}: {_counted(held, 'message')} not sent, for a hold-out (D8)"
    for refused in journey["refused"]:
        by = f" by {refused['channel']}" if refused["channel"] else ""
        who = "subject" if refused["reason"] in _OF_OTHERS else "customer"
        reason = _counted(refused, refused["reason"], plural=False, who=who)
        yield f"  refused  {refused['at']}{by}: {reason}  {refused['meaning']}"
    for other in journey["other"]:
        at = (f" at {other['step']}" if other["step"] else "") + (f" by {other['channel']}" if other["channel"] else "")
        yield f"  {other['kind']:<7}  {_counted(other, other['reason'], plural=False)}{at}"
    for step, count in journey["open"].items():
        yield f"  open     {count:,} at {step or 'the start'}"


def _counted(both: Summary, what: str, plural: bool = True, who: str = "customer") -> str:
    times, customers = both["times"], both["customers"]
    ending = "s" if plural and times != 1 else ""
    number = f"{times:,} {what}{ending}" if plural else f"{what} {times:,}"
    return number + (f" ({customers:,} {who}{'' if customers == 1 else 's'})" if times else "")


def _day_lines(days: dict[str, int], each_day: bool) -> Iterator[str]:
    most = max(days.values(), default=0)
    if len(days) > _DAYS and not each_day:
        busiest = next(day for day, count in days.items() if count == most)
        yield f"    on {len(days)} days from {min(days)} to {max(days)}, at most {most:,} on {busiest}"
        return
    for day, count in days.items():
        yield f"    {day}  {count:>8,}  {'█' * max(1, round(count * _BAR / most))}"


def _compare_lines(compared: Summary) -> Iterator[str]:
    yield ""
    yield f"treated differently by the other version: {compared['customers']:,} customers"
    for kind in compared["kinds"].values():
        yield f"  {kind['meaning']}: {_counted(kind, 'decision')}"
    for one in compared["listed"]:
        yield f"{one['customer']}  {one['journey']} / {one['step'] or 'entry'}: {KINDS[one['kind']]}"
        yield f"    now    {_side_line(one['base'])}"
        yield f"    other  {_side_line(one['other'])}"


def _side_line(side: Summary) -> str:
    if "at" not in side:
        return str(side["said"])
    step = f"{side['step']}: " if side["step"] else ""
    return f"{side['at']}  {step}{side['said']} [{side['reason']}, {side['rule']}]"
