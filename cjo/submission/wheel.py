"""The code that a cluster gets: one wheel with cjo, jobs and udfs, and the schemas and journeys as data."""

from __future__ import annotations

import importlib.metadata
import zipfile
from pathlib import Path

from cjo import __version__
from cjo.errors import StackError

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("cjo", "jobs", "udfs")


def build_wheel(folder: Path) -> Path:
    """Writes this installation's own code as a wheel into `folder` (made if missing); returns its path.

    In a checkout it is built from the working tree, elsewhere packed from the installed files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (_ROOT / "pyproject.toml").is_file():
        from hatchling.builders.wheel import WheelBuilder

        return Path(next(iter(WheelBuilder(str(_ROOT)).build(directory=str(folder), versions=["standard"]))))
    return _repacked(folder)


def _repacked(folder: Path) -> Path:
    files = importlib.metadata.files("cjo")
    if not files:
        raise StackError("the installed package cjo has no record of its files", "install cjo from its wheel")
    wheel = folder / f"cjo-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            is_ours = file.parts[0] in _PACKAGES or file.parts[0].endswith(".dist-info")
            if is_ours and "__pycache__" not in file.parts:
                archive.write(str(file.locate()), str(file))
    return wheel
