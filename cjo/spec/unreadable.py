"""What is wrong with a text that is no YAML, in an author's words: the parser's own speak of tokens."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError

_CLOSING = {"{": "}", "[": "]"}
_ALIKE = "begin the keys of one mapping, and the `-` of one list, in one column"
_QUOTE = "put the whole text in quotes"
_SIGN = re.compile(r"found (?:character )?'(\\t|.)'").search


def said_of(error: MarkedYAMLError, text: str) -> tuple[str, str | None]:
    """What is wrong with `text`, and what to do; None where only the place can be told."""
    context, problem = str(error.context or ""), str(error.problem or "")
    mark = error.context_mark
    begins = f"line {mark.line + 1}" if mark else "a line before"
    opening = text[mark.index : mark.index + 1] if mark else ""
    if "flow" in context and opening in _CLOSING:
        said = f"the `{opening}` of {begins} is not closed before this, or a comma is missing"
        return said, f"close it with `{_CLOSING[opening]}`; put text with `:` or `,` in quotes"
    if "quoted scalar" in context and "unexpected end" in problem:
        return f"the quote of {begins} is not closed", "close it; a single quote within single quotes is doubled"
    if "escape" in problem:
        return "a `\\` in double quotes begins a sign of its own, and this is none", "double it, or use single quotes"
    if "mapping values are not allowed" in problem:
        return "a `:` where no key can stand", f"{_ALIKE}; put text with a colon and a space in quotes"
    return _at_sign(context, problem, begins)


def _at_sign(context: str, problem: str, begins: str) -> tuple[str, str | None]:
    found = _SIGN(problem)
    if found and found[1] == "\\t":
        return "a tab where only spaces can stand", "indent with spaces"
    if found and found[1] in _CLOSING.values():
        return f"a `{found[1]}` that nothing opens", "remove it, or open it before"
    if found and "cannot start" in problem:
        return f"no value begins with `{found[1]}`", _QUOTE
    if "block" in context and "<scalar>" in problem:
        return "text behind a value that has ended", f"{_QUOTE}, or begin a new line"
    if "block" in context:
        return f"this does not belong to what begins in {begins}", _ALIKE
    return " ".join(part for part in (context, problem) if part).replace("\n", " "), None
