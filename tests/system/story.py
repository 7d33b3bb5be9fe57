"""One story: what authors wrote, what happened to customers, and how the host was disturbed. JSON in and out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Documents = dict[str, list[dict[str, Any]]]
"""What authors wrote: the documents of each file, by its path in the workspace."""
Record = dict[str, Any]
"""A record of the log: `partition`, `ts` (its timestamp, epoch ms) and `touchpoint`."""


@dataclass
class Change:
    """The workspace as it is published in mid-run: its control records are written before record `position`."""

    position: int
    effective_ms: int
    documents: Documents


@dataclass
class Command:
    """A control record of an operator (R7): `kind` is pause, resume, stop or stop-all, `journey` a name or `*`."""

    position: int
    kind: str
    journey: str
    effective_ms: int
    revision: int

    def record(self) -> dict[str, Any]:
        """As it stands in the control topic."""
        at = {"revision": self.revision, "effective_at_ms": self.effective_ms}
        return {"kind": self.kind, "name": f"control/{self.journey}", **at}


@dataclass
class Faults:
    """How the host goes wrong: shares of scheduling steps, and how many subtasks it may have."""

    seed: int = 0
    crashes: int = 0
    checkpoint_share: float = 0.02
    watermark_share: float = 0.2
    parallelism: int = 3


@dataclass
class Story:
    """All that a seed decides. `end_ms` is the time of the last heartbeats, far beyond all that can go on."""

    seed: int
    documents: Documents
    log: list[Record]
    end_ms: int
    changes: list[Change] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    live_from_ms: int | None = None

    @property
    def workspace(self) -> dict[str, Any]:
        """The file workspace.yaml."""
        return self.documents["workspace.yaml"][0]

    def write(self, path: Path) -> None:
        """Keep the story."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Story:
        """A story that was kept."""
        told = json.loads(path.read_text(encoding="utf-8"))
        changes = [Change(**one) for one in told.pop("changes")]
        commands = [Command(**one) for one in told.pop("commands")]
        return cls(**{**told, "changes": changes, "commands": commands, "faults": Faults(**told["faults"])})
