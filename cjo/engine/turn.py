"""What one call of the engine works on, and what it gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cjo.engine.plan import CompiledPlan, Journey
    from cjo.engine.signals.base import Signal

Effect = tuple[str, Any]
"""("moment" | "action" | "decision", record) or ("count", name of a counter)."""


class Transition(NamedTuple):
    """Outcome of one input or wake-up.

    `state` is the subject's new state, None where nothing needs to be kept; `changed` is False where it need not be
    written. `wake_at_ms` is the time at which `on_time` wants to be called: the bound after the first wake-up of which
    anything may come.
    """

    state: dict[str, Any] | None
    effects: list[Effect]
    wake_at_ms: int | None
    changed: bool = True


class Request:
    """A run of a journey that stands at a `send` step and waits for the policies."""

    __slots__ = ("address", "channel", "inputs", "journey", "locale", "run", "step")

    def __init__(self, run: dict[str, Any], step: dict[str, Any], journey: Journey) -> None:
        self.run = run
        self.step = step
        self.journey = journey
        self.channel: str | None = None
        self.address: str | None = None
        self.locale: str | None = None
        self.inputs: dict[str, str] = {}


class Turn:
    """One instant of one subject: all that is decided together (D2).

    `now_ms` is the log time that decisions carry: the subject's clock for an input, the due time for a wake-up.
    `heard` are moments that other signals have yet to hear, each with the signal that made it. `voided` are the ids of
    those that never were; `unheard` those of them that others have heard, each with who made it, and its time.
    `uncut` is `row` with its texts as long as they came.
    `changed` is what the profile held, `[at_ms, value]` or None, under each name that this input has just set.
    """

    __slots__ = (
        "budget",
        "changed",
        "effects",
        "handed",
        "heard",
        "late_ms",
        "moments",
        "now_ms",
        "plan",
        "requests",
        "row",
        "state",
        "subject",
        "uncut",
        "unheard",
        "voided",
    )

    def __init__(
        self,
        plan: CompiledPlan,
        state: dict[str, Any],
        subject: str,
        effects: list[Effect],
        now_ms: int,
        row: dict[str, Any] | None = None,
        late_ms: int = 0,
    ) -> None:
        self.plan = plan
        self.state = state
        self.subject = subject
        self.effects = effects
        self.now_ms = now_ms
        self.row = self.uncut = row
        self.late_ms = late_ms
        self.changed: dict[str, list[Any] | None] = {}
        self.moments: list[dict[str, Any]] = []
        self.heard: list[tuple[Signal, dict[str, Any]]] = []
        self.voided: list[str] = []
        self.unheard: list[tuple[Signal, int, str]] = []
        self.requests: list[Request] = []
        self.handed: list[tuple[str, dict[str, Any]]] = []
        self.budget = plan.steps_per_input

    def whole(self, row: dict[str, Any]) -> dict[str, Any]:
        """What conditions are asked of: the touchpoint before its long texts were cut, a moment as it is."""
        return self.uncut if row is self.row and self.uncut is not None else row

    def count(self, name: str) -> None:
        """Add one to the counter `name`."""
        self.effects.append(("count", name))
