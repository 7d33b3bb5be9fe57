"""`python -m tests.docs.rules`: writes docs/rules.md, which tests show each numbered rule of docs/semantics.md.

A test names a rule at the beginning of its function's name (`test_r2_…`), in its docstring, in a comment on its `def`
line, or in the docstring of its module, which then counts for every test in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from textwrap import shorten
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rules.md"
WIDTH = 110
_RULE = re.compile(r"^([TSRDPF]\d+)\. (.+)$", re.MULTILINE)
_NAMED = re.compile(r"(?<![A-Z0-9])([TSRDPF]\d{1,2})(?![A-Z0-9])", re.IGNORECASE)

NOT_BUILT = {
    "D4": "room that comes back when an action expires and no deliverer reports it",
    "P1": "joining a device's memory and runs to the customer's",
    "P2": "erasure",
    "P3": "backfill as a job of its own; `live_from` keeps an old log from sending (R9)",
}
"""What is not built of a rule."""

HEAD = """# Rules and their tests
Which tests show each rule of [semantics.md](semantics.md), and what of it is not built yet. Made by `python -m tests.docs.rules`; a test fails where this page is not what that writes, and where a rule that is built has no test.

| rule | begins | not built | tests |
|---|---|---|---|
"""  # noqa: E501 - one paragraph of the page


class Shown(NamedTuple):
    """A test that shows a rule; `file` is relative to the repository."""

    file: str
    name: str


def rules() -> dict[str, str]:
    """Each rule's number with its first sentence."""
    found = _RULE.findall((ROOT / "docs" / "semantics.md").read_text(encoding="utf-8"))
    return {
        number: shorten(re.split(r"(?<=\.) ", text)[0].rstrip("."), WIDTH, placeholder=" …") for number, text in found
    }


def shown() -> dict[str, list[Shown]]:
    """The tests of each rule, by file and place in it."""
    found: dict[str, list[Shown]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name, numbers in named_in(path.read_text(encoding="utf-8")):
            for number in sorted(numbers):
                found.setdefault(number, []).append(Shown(str(path.relative_to(ROOT)), name))
    return found


def named_in(source: str) -> Iterator[tuple[str, set[str]]]:
    """The tests of a module, each with the rules that it names."""
    module, lines = ast.parse(source), source.splitlines()
    everywhere = _numbers(ast.get_docstring(module) or "")
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            heading = " ".join(lines[node.lineno - 1 : node.body[0].lineno - 1]) or lines[node.lineno - 1]
            comment = " ".join(re.findall(r"# (.*)", heading))
            yield node.name, everywhere | _numbers(_first_words(node.name), comment, ast.get_docstring(node) or "")


def page(known: Mapping[str, str], tests: Mapping[str, list[Shown]]) -> str:
    """docs/rules.md."""
    rows = []
    for number, begins in known.items():
        files: dict[str, list[str]] = {}
        for one in tests.get(number, []):
            files.setdefault(one.file, []).append(one.name)
        links = ", ".join(f"[{_short(file)}](../{file}) ({len(names)})" for file, names in files.items())
        rows.append(f"| {number} | {begins} | {NOT_BUILT.get(number, '')} | {links} |\n")
    return HEAD + "".join(rows)


def _short(file: str) -> str:
    return file.removeprefix("tests/").removesuffix(".py").replace("/test_", "/")


def _first_words(name: str) -> str:
    words = name.removeprefix("test_").split("_")
    return " ".join(takewhile(lambda word: word == "and" or _NAMED.fullmatch(word), words))


def _numbers(*texts: str) -> set[str]:
    return {number.upper() for text in texts for number in _NAMED.findall(text)}


if __name__ == "__main__":
    PAGE.write_text(page(rules(), shown()), encoding="utf-8")
