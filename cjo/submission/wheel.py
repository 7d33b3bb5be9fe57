"""The code that a cluster gets: one wheel with cjo, jobs and udfs, and the schemas and journeys as data."""

from __future__ import annotations

import importlib.metadata
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cjo
from cjo.errors import StackError
from cjo.resources import data_dir

NAME = f"cjo-{cjo.__version__}"
_ROOT = Path(cjo.__file__).resolve().parents[1]
_PACKAGES = ("cjo", "jobs", "udfs")
_DATA = ("schemas", "journeys", "flink-conf")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_WHEEL = "Wheel-Version: 1.0\nGenerator: cjo\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(folder: Path) -> Path:
    """Packs this installation's own code into `folder` (made if missing); returns the wheel's path.

    The same code gives the same bytes. Building by pyproject.toml gives the same files, but needs a build tool.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{NAME}-py3-none-any.whl"
    part = wheel.with_suffix(".part")
    files = dict(sorted(_in_checkout() if (_ROOT / "pyproject.toml").is_file() else _installed()))
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            _write(archive, name, path.read_bytes())
        info = f"{NAME}.dist-info"
        _write(archive, f"{info}/METADATA", f"Metadata-Version: 2.1\nName: cjo\nVersion: {cjo.__version__}\n".encode())
        _write(archive, f"{info}/WHEEL", _WHEEL.encode())
        _write(archive, f"{info}/RECORD", "".join(f"{name},,\n" for name in files).encode())
    part.replace(wheel)
    return wheel


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)


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
