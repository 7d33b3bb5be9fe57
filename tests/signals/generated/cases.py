"""A case: signals and a log. What is wrong with it, and how it is written down."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cjo.engine import Engine
from cjo.simulate.replay import Replay
from tests.engine.build import PROFILE, plan
from tests.signals.generated.composed import depth_of, expected, inputs_of
from tests.signals.generated.logs import Row, in_other_order
from tests.signals.kinds import waits

Spec = dict[str, Any]
Log = list[tuple[str, Row]]
Found = dict[tuple[str, str], tuple[str, int, Any]]
KEPT = Path(__file__).parents[1] / "kept"


def difference(
    signals: list[Spec], log: Log, delays: list[int] | None = None, told: Counter[str] | None = None
) -> str | None:
    """What the engine makes of the log that the reference does not, or the other way round; None where they agree.

    With `delays` the log is also played in another order of arrival within the bound: what waits, and follows nothing
    but what waits, must be the same there (S3). `told` counts moments by kind, and by how deep a signal stands.
    """
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


def write(name: str, signals: list[Spec], log: Log, delays: list[int] | None) -> Path:
    """Keep a case as a file, which is a test from then on."""
    file = KEPT / f"{name}.json"
    file.write_text(text(signals, log, delays), encoding="utf-8")
    return file


def text(signals: list[Spec], log: Log, delays: list[int] | None) -> str:
    """A case as JSON, a signal and a touchpoint a line."""
    lines = [f'"signals": [\n  {_joined(signals)}\n]', f'"log": [\n  {_joined([list(one) for one in log])}\n]']
    return "{" + ",\n".join([*lines, f'"delays": {json.dumps(delays)}']) + "}\n"


def read(file: Path) -> tuple[list[Spec], Log, list[int] | None]:
    """A case out of a file."""
    case = json.loads(file.read_text(encoding="utf-8"))
    return case["signals"], [(subject, row) for subject, row in case["log"]], case["delays"]


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
