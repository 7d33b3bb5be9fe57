"""Savepoints of the real stack that are kept, one for each release, each with all that its contents hang on.

`savepoints/RELEASE/savepoint.tar.gz` is what Flink wrote. `told.json.gz` beside it holds the plan and the control
records that the job knew, and the log: the offsets inside the savepoint are those of a log with exactly these records
in exactly these partitions. `python -m tests.cluster.make_savepoint` makes both.
"""

from __future__ import annotations

import gzip
import json
import tarfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cjo.avro.codec import Reader, Writer, load_schema
from cjo.avro.registry import Registry
from cjo.avro.rows import row_of
from cjo.engine import Engine
from cjo.settings import Settings
from cjo.simulate.replay import Replay
from cjo.stack.heartbeat import heartbeat
from cjo.topics import TOUCHPOINTS
from tests.cluster.logs import Line

FOLDER = Path(__file__).parent / "savepoints"
WORKSPACE = "kept-savepoint"
"""The workspace's name: transactional ids and the consumer group hang on it."""
POLICIES = """\
caps:
  two-a-week: {at_most: 2, per: 7 days, purposes: marketing}
quiet_hours:
  nights: {from: "21:00", to: "08:00", channels: [sms, push, email]}
arbitration:
  offers: {purposes: marketing, hold: 10 minutes, spacing: 1 day}
hold_outs:
  some: {share: 20%, purposes: marketing}
"""


@dataclass(frozen=True)
class Kept:
    """A kept savepoint: what the job knew, the log up to the savepoint and after it."""

    plan: dict[str, Any]
    control: list[dict[str, Any]]
    first: list[Line]
    second: list[Line]

    def save(self, release: str, savepoint: Path) -> Path:
        """Write it and Flink's folder `savepoint` for a release; returns the folder."""
        folder = FOLDER / release
        folder.mkdir(parents=True, exist_ok=True)
        told = {
            "plan": self.plan, "control": self.control, "first": _plain(self.first), "second": _plain(self.second)
        }  # fmt: skip
        (folder / "told.json.gz").write_bytes(gzip.compress(json.dumps(told, default=str).encode(), 9, mtime=0))
        with tarfile.open(folder / "savepoint.tar.gz", "w:gz") as archive:
            for path in sorted(savepoint.iterdir()):
                archive.add(path, path.name, filter=_without_owner)
        return folder


def releases() -> list[str]:
    """The releases of which a savepoint is kept."""
    return sorted(folder.name for folder in FOLDER.iterdir())


def load(release: str, settings: Settings) -> Kept:
    """What is kept of a release, its log as this broker's and registry's bytes."""
    told = json.loads(gzip.decompress((FOLDER / release / "told.json.gz").read_bytes()))
    registry, schema = Registry(settings.registry_url), load_schema("touchpoint")
    write, read = Writer(schema, registry.register(f"{TOUCHPOINTS}-value", schema)), Reader(registry)

    def line(partition: int, at_ms: int, key: str | None, touchpoint: dict[str, Any] | None) -> Line:
        value = write(touchpoint or heartbeat(partition, at_ms))
        decoded = read(value) if touchpoint else None
        return Line(at_ms, partition, at_ms, key.encode() if key is not None else None, value, decoded)

    first, second = ([line(*one) for one in told[part]] for part in ("first", "second"))
    return Kept(told["plan"], told["control"], first, second)


def unpack(release: str, folder: Path) -> str:
    """Put the release's savepoint into `folder`, which is made; returns its URI."""
    with tarfile.open(FOLDER / release / "savepoint.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder.absolute().as_uri()


def _without_owner(file: tarfile.TarInfo) -> tarfile.TarInfo:
    file.uid = file.gid = file.mtime = 0
    file.uname = file.gname = ""
    return file


def kinds_of_memory(kept: Kept) -> Counter[str]:
    """How many subjects hold what in their state when the savepoint is made, by the replay."""
    replay = Replay(Engine(kept.plan))
    for line in kept.first:
        if line.touchpoint is not None:
            taken = row_of(line.touchpoint, line.timestamp_ms, kept.plan["columns"])
            assert taken is not None
            replay.take(*taken)
    list(replay.advance(kept.first[-1].timestamp_ms - kept.plan["workspace"]["bound_ms"] - 1))
    found: Counter[str] = Counter(dict.fromkeys(("runs", "waits", "absences", "arms", "marks", "caps", "dates"), 0))
    for blob in replay.states.values():
        state: dict[str, Any] = orjson.loads(blob)
        found.update(part for part in ("arms", "marks", "caps", "dates") if state.get(part))
        found["runs"] += any("end" not in run for run in state["runs"].values())
        found["waits"] += any(wake[2].startswith("r:") for wake in state["wakes"])
        found["absences"] += any(wake[2].startswith("s:basket_abandoned:") for wake in state["wakes"])
    return found


def _plain(lines: Sequence[Line]) -> list[list[Any]]:
    return [
        [line.partition, line.timestamp_ms, None if line.key is None else line.key.decode(), _told(line.touchpoint)]
        for line in lines
    ]


def _told(touchpoint: dict[str, Any] | None) -> dict[str, Any] | None:
    return touchpoint and {name: value for name, value in touchpoint.items() if value is not None}
