"""`cjo init`: make a small workspace to start from."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from cjo.spec.starter import make_workspace, write_schemas


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a new or empty folder")
    parser.add_argument(
        "--schemas", action="store_true", help="of a workspace that is there, only write the editor's schemas anew"
    )


def run(args: argparse.Namespace) -> int:
    """Writes the files and tells them, and what to do next; returns 0."""
    if args.schemas:
        print(f"{write_schemas(args.folder)}: the schemas of this version, for your editor")
        return 0
    for path in make_workspace(args.folder):
        print(path)
    write_schemas(args.folder)
    if args.folder.resolve() != Path.cwd():
        print(f"\nnext: cd {shlex.quote(str(args.folder))}")
    print("then: cjo test, and cjo explain")
    return 0
