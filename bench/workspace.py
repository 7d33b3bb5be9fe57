"""The benchmark's workspace: two of the shipped journeys, whatever else is shipped beside them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from cjo.compile import compile_workspace
from cjo.resources import data_dir

JOURNEYS = ("win-back-basket", "mortgage-offer")
PARTS = ("shop", "bank")
"""The parts of the synthetic world that these journeys are about."""

_OTHERS = ("workspace.yaml", "tracking.yaml", "partials")


def make_workspace(folder: Path) -> Path:
    """`folder`, made anew, as a workspace of JOURNEYS."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in (*_OTHERS, *JOURNEYS):
        source = data_dir("journeys") / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder)
    return folder


def bench_plan() -> dict[str, Any]:
    """The plan of that workspace."""
    with tempfile.TemporaryDirectory() as scratch:
        return compile_workspace(make_workspace(Path(scratch) / "journeys"))
