"""Java's properties form, as every Kafka tool reads it, and references to variables in its values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_KEY = re.compile(r"((?:[^\\=:\s]|\\.)*)[ \t\f]*[=:]?[ \t\f]*(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_REFERENCE = re.compile(r"\$\{env:([^}:]+)\}")


def parse(text: str) -> dict[str, str]:
    """Names and values, the last of a name; comments (`#`, `!`), continued lines and escapes as in Java."""
    found = {}
    for line in _lines(text):
        match = _KEY.fullmatch(line)
        assert match is not None  # every text matches
        found[_unescaped(match[1])] = _unescaped(match[2])
    return found


def names_in(value: str) -> list[str]:
    """The variables that `value` refers to, as in `${env:KAFKA_PASSWORD}`."""
    return _REFERENCE.findall(value)


def resolved(value: str, env: Mapping[str, str]) -> str:
    """`value` with each `${env:NAME}` replaced. Raises KeyError with the name of a variable that is not set."""
    return _REFERENCE.sub(lambda match: env[match[1]], value)


def _lines(text: str) -> Iterator[str]:
    """Logical lines: a backslash at the end goes on with the next one, whose leading blanks do not count."""
    begun = ""
    for line in re.split(r"\r\n|\n|\r", text):
        piece = line.lstrip(" \t\f")
        if not begun and (not piece or piece[0] in "#!"):
            continue
        if (len(piece) - len(piece.rstrip("\\"))) % 2:
            begun += piece[:-1]
            continue
        yield begun + piece
        begun = ""
    if begun:
        yield begun


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        letter = match[1]
        return chr(int(letter[1:], 16)) if len(letter) == 5 else _ESCAPED.get(letter, letter)

    return _ESCAPE.sub(one, text)
