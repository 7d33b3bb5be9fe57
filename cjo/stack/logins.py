"""What the doctor tells of how cjo logs in: the file, and whether its variables are set; never a value."""

from __future__ import annotations

import os
from collections.abc import Iterator

from cjo.security import Options, options_of
from cjo.settings import Settings
from cjo.stack.findings import Finding

_SHOWN = ("security.protocol", "sasl.mechanism")


def look_at_logins(settings: Settings) -> Iterator[Finding]:
    """A finding for each file of options that is in use."""
    for what, address in (("kafka login", settings.broker), ("reg. login", settings.registry_url)):
        if options := options_of(address):
            yield _login(what, options)


def _login(what: str, options: Options) -> Finding:
    absent = [name for name in options.variables() if name not in os.environ]
    words = [options[name] for name in _SHOWN if name in options]
    words += [f"{name} is {'not set' if name in absent else 'set'}" for name in options.variables()]
    found = f"{options.source}: {', '.join(words) or f'{len(options)} options'}"
    if absent:
        return Finding(what, False, found, f"export {' '.join(absent)}; and for Flink's processes too")
    if texts := options.secrets_as_text():
        return Finding(what, None, found, f"{', '.join(texts)}: write ${{env:NAME}}, or it is in each job's graph")
    return Finding(what, True, found)
