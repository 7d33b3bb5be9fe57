"""Problems in what an author wrote: collected, then raised all at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from cjo.errors import SpecError
from cjo.spec.codes import CODES, level_of


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One problem: where, its stable code, who is concerned, what is wrong, what to do."""

    place: Place
    code: str
    who: str
    message: str
    hint: str

    @property
    def level(self) -> str:
        """`error` or `warning`, as its code says."""
        return level_of(self.code)

    def __str__(self) -> str:
        mark = "warning " if self.level == "warning" else ""
        return f"{self.place} {mark}{self.code} {self.who}: {self.message}; hint: {self.hint}"

    def as_json(self) -> dict[str, Any]:
        """The problem as a flat JSON object: file, line, column, level, code, who, message, hint."""
        said = {"who": self.who, "message": self.message, "hint": self.hint}
        return {**asdict(self.place), "level": self.level, "code": self.code, **said}


def counted(problems: Iterable[Problem]) -> str:
    """How many there are of each level: `2 problems and 1 warning`."""
    levels = [problem.level for problem in problems]
    errors, warnings = levels.count("error"), levels.count("warning")
    parts = [f"{n} {word}{'s' if n != 1 else ''}" for n, word in ((errors, "problem"), (warnings, "warning")) if n]
    return " and ".join(parts) or "no problems"


class SpecErrors(SpecError):  # noqa: N818 - it is many
    """Every problem of a workspace; `problems` has them in the order of files and lines."""

    def __init__(self, folder: str, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(f"{counted(self.problems)} in {folder}\n{lines}")


class Problems:
    """A collector. Each problem is kept once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self._found, key=lambda problem: (problem.place, problem.code, problem.message)))

    def __len__(self) -> int:
        return len(self._found)

    def add(self, name: str, place: Place, who: str, message: str, hint: str | None = None) -> None:
        """Note a problem by its code's short name; the hint is the code's next step unless given."""
        code = CODES[name]
        text = hint or code.next_step[:1].lower() + code.next_step[1:].rstrip(".")
        self._found[Problem(place, code.code, who, message, text)] = None

    def raise_if_any(self, folder: str) -> None:
        """Raise SpecErrors with all of them, warnings too, if there is any error."""
        if any(problem.level == "error" for problem in self._found):
            raise SpecErrors(folder, self)

    def warnings(self) -> list[Problem]:
        """The problems that are no errors, in the order of files and lines."""
        return [problem for problem in self if problem.level == "warning"]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name most like `word`, or None where none is like it."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str, also: Iterable[str] = ()) -> str:
    """A hint: the nearest known name and where names come from; lists them if none is near or the text ends in `:`.

    `also` are known too, and listed last.
    """
    own = sorted(set(known))
    names = [*own, *sorted(set(also) - set(own))]
    near = nearest(word, names)
    begin = f"did you mean '{near}'? " if near else ""
    if near and not otherwise.endswith(":"):
        return begin + otherwise
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"{begin}{otherwise.removesuffix(':')}: {listed or 'none'}"
