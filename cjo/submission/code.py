"""The code that a cluster gets: one folder with cjo, jobs and udfs, the schemas and journeys as data.

Where the engine is compiled (`cjo native`), its modules lie beside the Python that they were made of. A worker that
cannot load them, being of another platform, does not see them: their names say what they are for. A zip would not do:
no machine code can be loaded from one.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cjo
from cjo.errors import StackError
from cjo.native.finder import compiled_files
from cjo.native.modules import PACKED
from cjo.resources import data_dir

NAME = f"cjo-{cjo.__version__}"
_ROOT = Path(cjo.__file__).resolve().parents[1]
_PACKAGES = ("cjo", "jobs", "udfs")
_DATA = ("schemas", "journeys", "flink-conf")


def pack_code(folder: Path) -> Path:
    """Copies this installation's own code to a folder in `folder` (made if missing); returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / NAME
    scratch = Path(tempfile.mkdtemp(dir=folder, prefix=f"{NAME}-"))
    try:
        for name, path in _files():
            place = scratch / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        (scratch / PACKED).touch()
        scratch.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        scratch.replace(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _files() -> Iterator[tuple[str, Path]]:
    yield from _in_checkout() if (_ROOT / "pyproject.toml").is_file() else _installed()
    yield from compiled_files()


def _in_checkout() -> Iterator[tuple[str, Path]]:
    for package in _PACKAGES:
        yield from _below(_ROOT / package, package)
    for name in _DATA:
        yield from _below(data_dir(name), f"cjo/_data/{name}")


def _below(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"{prefix}/{path.relative_to(folder).as_posix()}", path


def _installed() -> Iterator[tuple[str, Path]]:
    files = importlib.metadata.files("cjo")
    if not files:
        raise StackError("the installed package cjo has no record of its files", "install cjo from its wheel")
    for file in files:
        if file.parts[0] in _PACKAGES and "__pycache__" not in file.parts:
            yield file.as_posix(), Path(str(file.locate()))
