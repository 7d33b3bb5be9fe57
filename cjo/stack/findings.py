"""What the doctor tells of one thing that it looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cjo.errors import CjoError


@dataclass(frozen=True)
class Finding:
    """`ok` True: as it should be; None: no harm done, told for information; False: `hint` says what to do."""

    what: str
    ok: bool | None
    found: str
    hint: str = ""


def guarded(what: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of a look; one that fails is a finding too."""
    try:
        yield from look()
        return
    except CjoError as error:
        failed = Finding(what, False, error.message, error.hint or "")
    except (OSError, KeyError, TypeError, ValueError) as error:
        failed = Finding(what, None, f"could not be looked at: {type(error).__name__}: {error}")
    yield failed
