"""A small workspace to start from, written where there is none, with JSON Schemas for the editor."""

from __future__ import annotations

import re
from pathlib import Path

from cjo.errors import UsageError
from cjo.spec.schema import FILES, schema_text

STARTER = Path(__file__).resolve().parents[1] / "starter"
#: Where a workspace keeps the schemas that its files name in their first line.
SCHEMAS = ".schemas"


def make_workspace(folder: Path) -> list[Path]:
    """Write the starter workspace into `folder`, which may be new or empty; returns its files.

    Raises UsageError where the folder holds anything that does not begin with a dot.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, expected a folder", "name a new one: cjo init shop")
    if (folder / "workspace.yaml").exists():
        raise UsageError(f"{folder} is a workspace already", f"look at it with: cjo explain {folder}")
    if folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise UsageError(f"{folder} is not empty", "name a new folder: cjo init shop")
    written = [_write(folder / path.relative_to(STARTER), path.read_text(encoding="utf-8")) for path in _sources()]
    workspace = folder / "workspace.yaml"
    _write(
        workspace, workspace.read_text(encoding="utf-8").replace("workspace: starter", f"workspace: {_name(folder)}")
    )
    return written


def write_schemas(folder: Path) -> Path:
    """Write the JSON Schemas of this version of cjo into the workspace `folder`; returns where they are.

    Raises UsageError where it is no workspace.
    """
    if not (folder / "workspace.yaml").is_file():
        raise UsageError(f"{folder} holds no workspace.yaml", f"make a workspace first: cjo init {folder}")
    for file in FILES:
        _write(folder / SCHEMAS / file, schema_text(file))
    return folder / SCHEMAS


def _sources() -> list[Path]:
    return sorted(STARTER.rglob("*.yaml"), key=lambda path: (len(path.relative_to(STARTER).parts), path))


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _name(folder: Path) -> str:
    """The folder's name as a name of the language."""
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", folder.resolve().name).strip("-")[:100]
    return word if word[:1].isalpha() else f"workspace-{word}".rstrip("-")[:100]
