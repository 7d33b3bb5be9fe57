"""A case: signals and a log. What is wrong with it, and how it is written down."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from cjo.engine import Engine, runs
from cjo.simulate.replay import Replay
from tests.engine.build import PROFILE, plan
from tests.signals.generated.composed import depth_of, expected, inputs_of
from tests.signals.generated.logs import Row, in_other_order
from tests.signals.kinds import waits

Spec = dict[str, Any]
Log = list[tuple[str, Row]]
Found = dict[tuple[str, str], tuple[str, int, Any]]
KEPT = Path(__file__).parents[1] / "kept"


class Case(NamedTuple):
    """Signals and a log of (subject, row) in order of arrival.

    With `delays` it is also played in another order of arrival within the bound. `late`: some rows come later than
    that, so only what is left in the end is compared.
    """

    signals: list[Spec]
    log: Log
    delays: list[int] | None = None
    late: bool = False


def difference(case: Case, told: Counter[str] | None = None) -> str | None:
    """What the engine makes of the log that the reference does not, or the other way round; None where they agree.

    In another order within the bound, what waits, and follows nothing but what waits, must be the same (S3). `told`
    counts moments by kind, and by how deep a signal stands.
    """
    signals, log, delays, late = case
    if late:
        return _difference_in_the_end(signals, log, told)
    found, wanted = engine_moments(signals, log), reference_moments(signals, log)
    if told is not None:
        told.update(_sorts(signals, found))
    if found != wanted:
        return _told("engine", found, "reference", wanted)
    if delays is not None:
        settled = {spec["name"] for spec in signals if _is_settled({one["name"]: one for one in signals}, spec)}
        first = {key: one for key, one in found.items() if one[0] in settled}
        ordered = engine_moments(signals, in_other_order(_without_conflicts(log), delays))
        again = {key: one for key, one in ordered.items() if one[0] in settled}
        if log == _without_conflicts(log) and first != again:
            return _told("in this order", first, "in another", again)
    return None


def _difference_in_the_end(signals: list[Spec], log: Log, told: Counter[str] | None) -> str | None:
    """T4, S6: of moments that were not taken back, signals and times are those of the same log in order."""
    first: dict[tuple[str, Any], Row] = {}
    for subject, row in log:
        first.setdefault((subject, row["event_id"]), row)  # where it stood first: a repeat may be beyond every horizon
    once = [(subject, row) for (subject, _), row in first.items()]
    as_it_came, in_order = left_in_the_end(signals, once), left_in_the_end(signals, sorted(once, key=_time))
    if told is not None:
        told.update(as_it_came.told)
    wrong = as_it_came.left - in_order.left, in_order.left - as_it_came.left
    return f"as it came alone: {wrong[0]}, in order alone: {wrong[1]}" if any(wrong) else None


def _time(one: tuple[str, Row]) -> int:
    return int(one[1]["at"])


class Left(NamedTuple):
    """How often each (subject, signal, time) is left of the moments, and what became of them."""

    left: Counter[tuple[str, str, int]]
    told: Counter[str]


def left_in_the_end(signals: list[Spec], log: Log) -> Left:
    """What the engine's moments come to without those that it took back (not where it is compiled)."""
    taken: list[tuple[str, str]] = []
    made: dict[tuple[str, str], tuple[str, str, int]] = {}
    left, specs = Counter[tuple[str, str, int]](), {spec["name"]: spec for spec in signals}
    with patch.object(runs, "take_back", lambda turn, moment_id: taken.append((turn.subject, moment_id))):
        for subject, (kind, record) in Replay(Engine(plan(*signals, profile=PROFILE))).run(log):
            if kind == "moment":
                one = made[subject, record["moment_id"]] = subject, record["signal"], record["at"]
                left[one] += 1
    left.subtract(made[one] for one in taken)
    told = Counter(f"taken back at depth {depth_of(specs, made[one][1])}" for one in taken)
    return Left(+left, told)


def _sorts(signals: list[Spec], found: Found) -> Iterator[str]:
    specs = {spec["name"]: spec for spec in signals}
    for name, _, _ in found.values():
        yield f"of kind {specs[name]['kind']}"
        yield f"at depth {depth_of(specs, name)}"


def engine_moments(signals: list[Spec], log: Log) -> Found:
    """(subject, moment id) -> (signal, time, values), as the engine gives them; a moment given twice is noted."""
    replay = Replay(Engine(plan(*signals, profile=PROFILE)))
    found: Found = {}
    for subject, (kind, record) in replay.run(log):
        if kind == "moment":
            identity = subject, record["moment_id"]
            again = [found[identity]] if identity in found else None
            found[identity] = record["signal"], record["at"], again or record["values"]
    return found


def reference_moments(signals: list[Spec], log: Log) -> Found:
    """The same by the references."""
    found: Found = {}
    for subject in {subject for subject, _ in log}:
        made = expected(signals, subject, [row for one, row in log if one == subject])
        found |= {(subject, name): (one.signal, one.at, one.values) for name, one in made.items()}
    return found


def write(name: str, case: Case) -> Path:
    """Keep a case as a file, which is a test from then on."""
    file = KEPT / f"{name}.json"
    file.write_text(text(case), encoding="utf-8")
    return file


def text(case: Case) -> str:
    """A case as JSON, a signal and a touchpoint a line."""
    log = [list(one) for one in case.log]
    lines = [f'"signals": [\n  {_joined(case.signals)}\n]', f'"log": [\n  {_joined(log)}\n]']
    rest = [f'"delays": {json.dumps(case.delays)}', f'"late": {json.dumps(case.late)}']
    return "{" + ",\n".join([*lines, *rest]) + "}\n"


def read(file: Path) -> Case:
    """A case out of a file."""
    case = json.loads(file.read_text(encoding="utf-8"))
    log = [(subject, row) for subject, row in case["log"]]
    return Case(case["signals"], log, case["delays"], case.get("late", False))


def _joined(several: list[Any]) -> str:
    return ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in several)


def _is_settled(specs: dict[str, Spec], spec: Spec) -> bool:
    return waits(spec) and all(_is_settled(specs, specs[used]) for used in inputs_of(spec))


def _without_conflicts(log: Log) -> Log:
    """Of records with one event_id and other content the first counts, so their order matters."""
    first: dict[tuple[str, str], Row] = {}
    return [(subject, row) for subject, row in log if first.setdefault((subject, row["event_id"]), row) == row]


def _told(one: str, found: Found, other: str, wanted: Found) -> str:
    lines = [
        f"{one} alone: {identity} {found[identity]}" for identity in found if found[identity] != wanted.get(identity)
    ]
    lines += [
        f"{other} alone: {identity} {wanted[identity]}"
        for identity in wanted
        if wanted[identity] != found.get(identity)
    ]
    return "\n".join(lines)
