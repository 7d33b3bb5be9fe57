"""Waiting for something on the cluster: a generous limit, and words for what did not come."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cjo.errors import CjoError

LIMIT_S = 300.0
POLL_S = 0.25


def wait_for(
    what: str,
    holds: Callable[[], Any],
    meanwhile: Callable[[], Any] = lambda: None,
    tell: Callable[[], str] = lambda: "",
) -> None:
    """Returns when `holds()` is true; an error of it, such as of a part that is just down, counts as not yet.

    `meanwhile` is called between two looks. Fails after five minutes with the last answer or error, and what `tell`
    says.
    """
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            answer = holds()
        except CjoError as error:
            answer, said = False, str(error)
        else:
            said = repr(answer)
        if answer:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {LIMIT_S:.0f} s for {what}; the last answer was {said}{tell()}")
        meanwhile()
        time.sleep(POLL_S)
