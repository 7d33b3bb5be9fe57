"""Where the data files are: beside the code in a checkout, inside the package in a wheel."""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: Which workspace a command takes where none is given; for its help.
WORKSPACE = "by default the current folder where it holds a workspace.yaml, else the shipped journeys"
_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """The folder `schemas`, `journeys` or `flink-conf`, wherever this installation keeps it."""
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def java_sources() -> Path:
    """The folder with the project's Java: beside the code in a checkout and in a wheel alike."""
    return _PACKAGE.parent / "udfs" / "java"


def workspace_dir(given: Path | None = None) -> Path:
    """The workspace that a command works on: the one given, else the one around it, else the shipped journeys.

    Around it is what `CJO_WORKSPACE` names, else the current folder where that holds a workspace.yaml. That it is the
    shipped journeys, for want of another, is said on a terminal.
    """
    if given is not None:
        return given
    if named := os.environ.get("CJO_WORKSPACE"):
        return Path(named)
    if Path("workspace.yaml").is_file():
        return Path()
    if sys.stderr.isatty():
        print("no workspace.yaml here, so taking the shipped journeys", file=sys.stderr)
    return data_dir("journeys")
