"""Options of a connection, read from a file and resolved only where a connection is made."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cjo.errors import UsageError
from cjo.security.properties import names_in, parse, resolved

_SECRET = re.compile(r"password|secret|token$|jaas\.config|user\.info|keystore\.key|ssl\.key\.pem")
_FOREIGN = re.compile(r"\$\{(?!env:)\w+:")
"""A reference as Kafka's other providers of secrets read it, such as `${file:`."""
_SHOWN = "..."


class Options(Mapping[str, str]):
    """Options by their Java names, as they are written: a secret is a reference, `${env:NAME}`.

    `source` is what an error names. Neither its text nor that of an error shows a value.
    """

    def __init__(self, written: Mapping[str, str] | None = None, source: str = "") -> None:
        self._written = dict(written or {})
        self.source = source

    def __getitem__(self, name: str) -> str:
        return self._written[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)

    def __repr__(self) -> str:
        return f"Options({', '.join(f'{name}={_SHOWN}' for name in self._written)})"

    def resolved(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """The options with the values of variables in place of references, without blanks at the ends, which Kafka's
        own clients drop too. UsageError for a variable that is not set."""
        env = os.environ if env is None else env
        found = {}
        for name, value in self._written.items():
            try:
                found[name] = resolved(value, env).strip()
            except KeyError as error:
                raise UsageError(
                    f"{self.source}: {name} refers to the variable {error.args[0]}, which is not set",
                    f"export {error.args[0]} before the command",
                ) from None
        return found

    def variables(self) -> list[str]:
        """Names of the variables that the options refer to, each once."""
        return list(dict.fromkeys(name for value in self._written.values() for name in names_in(value)))

    def secrets_as_text(self) -> list[str]:
        """Names of options that hold a secret as it is, not by reference."""
        return [name for name, value in self._written.items() if _SECRET.search(name) and value and not names_in(value)]

    def problem(self, name: str, what: str, hint: str) -> UsageError:
        """An error about one of them, without its value."""
        return UsageError(f"{self.source}: {name} {what}", hint)


NO_OPTIONS = Options()


class Address(str):
    """Where a broker or registry is, and how to log in there. As text it is the address alone."""

    options: Options

    def __new__(cls, text: str, options: Options = NO_OPTIONS) -> Address:
        made = super().__new__(cls, text)
        made.options = options
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return str(self), self.options


def options_of(address: str) -> Options:
    """How to log in at `address`: nothing is needed where it is a plain text."""
    return address.options if isinstance(address, Address) else NO_OPTIONS


def read_options(path: Path | None, what: str) -> Options:
    """The options in a file of Java properties; none where there is no path. UsageError if it can't be read."""
    if path is None:
        return NO_OPTIONS
    try:
        options = Options(parse(path.read_text(encoding="iso-8859-1")), str(path))
    except OSError as error:
        raise UsageError(f"the {what} {path} can't be read: {error.strerror}", "give the path of a file") from None
    for name, value in options.items():
        if found := _FOREIGN.search(value):
            raise options.problem(name, f"refers to {found[0]}...}}", "only ${env:NAME}, a variable, is looked up")
    return options
