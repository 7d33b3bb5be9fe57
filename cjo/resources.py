"""Where the data files are: beside the code in a checkout, inside the package in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """The folder `schemas`, `journeys` or `flink-conf`, wherever this installation keeps it."""
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def java_sources() -> Path:
    """The folder with the project's Java: beside the code in a checkout and in a wheel alike."""
    return _PACKAGE.parent / "udfs" / "java"
