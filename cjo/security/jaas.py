"""The one line in which Java's clients get a user and a password: `sasl.jaas.config`."""

from __future__ import annotations

import re

_LINE = re.compile(r"\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)\b(.*);\s*", re.DOTALL)
_OPTION = re.compile(r"""(\w+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s;"']+))""", re.DOTALL)


def login_of(line: str) -> tuple[str, dict[str, str]]:
    """(login module without its package, its words). ValueError for a line that is none; it shows no value."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError('is not of the form `MODULE required username="..." password="...";`')
    words = {
        name: re.sub(r"\\(.)", r"\1", double or single or bare)
        for name, double, single, bare in _OPTION.findall(match[2])
    }
    return match[1].rpartition(".")[2], words
