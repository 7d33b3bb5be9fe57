"""Imports compiled modules in place of their Python, where there is a build of this very source."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

from cjo.native.modules import LIBRARY, PACKED, ROOT, build_folder, digest, files_of, sources

VARIABLE = "CJO_NATIVE"
_BEGINNINGS = ("cjo.engine.", "cjo.signals.", "udfs.", LIBRARY)


class _Finder(MetaPathFinder):
    @cached_property
    def folder(self) -> Path | None:
        """Where the build is, None where there is none. Looked for when it may be needed: most commands need none."""
        folder = build_folder(digest()) if sources() else None
        return folder if folder is not None and folder.is_dir() else None

    @cached_property
    def files(self) -> dict[str, Path]:
        """The compiled modules by name."""
        return files_of(self.folder) if self.folder else {}

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Called for each import."""
        file = self.files.get(name) if name.startswith(_BEGINNINGS) else None
        return spec_from_file_location(name, file) if file else None


def prefer() -> None:
    """From now on modules are imported compiled where they are; called when cjo is imported."""
    if os.environ.get(VARIABLE) != "0" and not (ROOT / PACKED).exists():
        sys.meta_path.insert(0, _Finder())


def interpreted() -> None:
    """From now on this process imports Python alone, as tests want that reach into the engine."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]


def compiled_files() -> Iterator[tuple[str, Path]]:
    """(name below the folder with the packages, file) of the build of this source; none where it is turned off."""
    if os.environ.get(VARIABLE) == "0":
        return
    finder = _Finder()
    for file in finder.files.values():
        yield file.relative_to(finder.folder or file).as_posix(), file


def is_native() -> bool:
    """Whether the engine that this process has imported, or would import, is compiled."""
    from cjo.engine import core

    return not str(core.__file__).endswith(".py")
