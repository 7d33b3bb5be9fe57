"""Every error that cjo raises for a user's mistake or an outside failure.

CjoError
├── UsageError        a wrong option or argument
├── SpecError         one or more problems in what an author wrote
├── RecordError       a touchpoint that does not fit its contract
├── StackError        the local stack could not be started, stopped or reached
├── RegistryError     the schema registry refused or could not be reached
└── StateError        keyed state of an unknown version
"""

from __future__ import annotations

DEAD_KINDS = (
    "undecodable",
    "unknown_schema",
    "trailing_bytes",
    "tombstone",
    "event_time_before_1970",
    "event_time_ahead",
    "no_event_id",
    "no_subject",
    "id_too_long",
    "reserved_subject",
    "no_event_time",
)


class CjoError(Exception):
    """An error with a message (who, what was expected, what came) and a next step.

    `message` is one sentence without a full stop; `hint`, where given, says what to do next.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n\nhint: {self.hint}" if self.hint else self.message


class UsageError(CjoError):
    """A wrong option or argument."""

    exit_code = 2


class SpecError(CjoError):
    """One or more problems in what an author wrote."""


class RecordError(CjoError):
    """A touchpoint that does not fit its contract.

    `kind` is the kind of its dead letter (one of DEAD_KINDS), or `invalid` for one that was never written.
    """

    def __init__(self, message: str, hint: str | None = None, kind: str = "invalid") -> None:
        super().__init__(message, hint)
        self.kind = kind


class StackError(CjoError):
    """The local stack could not be started, stopped or reached."""


class RegistryError(CjoError):
    """The schema registry refused or could not be reached.

    `kind`: `unreachable` (an outage: wait and retry), `refused` (wrong URL, login or request), `incompatible` (the
    schema breaks the subject's rule), `unknown` (no such schema or subject), `unusable` (there is such a schema, by
    which nothing can be read).
    """

    def __init__(self, message: str, hint: str | None = None, kind: str = "refused") -> None:
        super().__init__(message, hint)
        self.kind = kind


class StateError(CjoError):
    """Keyed state of an unknown version."""
