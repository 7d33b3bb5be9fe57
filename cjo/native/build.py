"""Compiles the engine: mypyc writes C, the machine's C compiler makes extension modules of it. About two minutes."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from cjo.errors import StackError
from cjo.native.modules import GROUP, ROOT, build_folder, digest, files_of, sources
from cjo.stack.locks import file_lock

LINES_OF_A_FAILURE = 30
NEWEST = 5
"""So many builds are kept however old they are."""
WEEK_S = 7 * 86_400
_TOOLS = {"mypyc": "mypy", "setuptools": "setuptools"}
_SCRIPT = """
import sys
from mypyc.build import mypycify
from setuptools import setup
files = sys.argv[1:]
words = ["--config-file=", "--ignore-missing-imports", *files]
modules = mypycify(words, opt_level="2", debug_level="0", group_name={group!r})
order = ["--quiet", "build_ext", "--inplace"]
setup(name={group!r}, packages=[], py_modules=[], ext_modules=modules, script_args=order)
"""


def build() -> Path:
    """The folder with the compiled modules of this source, made where it is not there yet.

    Raises StackError where something is missing that compiling needs, and with the compiler's words where it fails.
    """
    if not sources():
        raise StackError("the source of cjo is not in a folder, so it cannot be compiled", "install cjo from its wheel")
    target = build_folder(digest())
    with file_lock(target.parent.parent / "native.lock"):
        if not target.is_dir():
            check_tools()
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
                os.replace(_compiled(Path(scratch)), target)
            _forget_old(target.parent)
    return target


def _forget_old(folder: Path) -> None:
    """Remove builds that are neither among the newest nor of this week: one is made for every source there ever was.

    A process that runs one that is removed has loaded what it needs; the next one of that source runs Python.
    """
    builds = sorted((path.stat().st_mtime, path) for path in folder.glob("native-*"))
    for made_s, path in builds[:-NEWEST]:
        if made_s < time.time() - WEEK_S:
            shutil.rmtree(path, ignore_errors=True)


def check_tools() -> None:
    """Raises StackError where something is missing that compiling needs."""
    lacking = [name for module, name in _TOOLS.items() if importlib.util.find_spec(module) is None]
    if lacking:
        raise StackError(f"compiling needs the packages {lacking}", "pip install 'cjo[native]'")
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None and shutil.which("cc") is None:
        raise StackError(f"compiling needs a C compiler, and there is no {compiler}", "install gcc or clang")
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if not header.is_file():
        raise StackError(f"compiling needs Python's headers, and there is no {header}", "install python3.11-dev")


def _compiled(scratch: Path) -> Path:
    """A folder below `scratch` with the compiled modules alone, laid out like the packages."""
    work, made = scratch / "work", scratch / "made"
    for package in ("cjo", "udfs"):
        shutil.copytree(ROOT / package, work / package, ignore=_all_but_python)
    (work / "make.py").write_text(_SCRIPT.format(group=GROUP))
    answer = subprocess.run(
        [sys.executable, "make.py", *map(str, sources())], cwd=work, capture_output=True, text=True, env=_environment()
    )
    if answer.returncode:
        said = (answer.stdout + answer.stderr).strip().splitlines()[-LINES_OF_A_FAILURE:]
        raise StackError("the engine does not compile:\n" + "\n".join(said), "CJO_NATIVE=0 goes on with Python")
    shutil.rmtree(work / "build")
    for file in files_of(work).values():
        place = made / file.relative_to(work)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, place)
    return made


def _environment() -> dict[str, str]:
    """The compiler is to find the sources that were copied, and write nothing beside them."""
    return {**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}


def _all_but_python(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()} | {"__pycache__"}
