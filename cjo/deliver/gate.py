"""How fast a carrier may go: a hard rate, attempts at a time, and a pause while it is in trouble. Knows no clock."""

from __future__ import annotations

from collections.abc import Callable

from cjo.deliver.outcome import Outcome

BURST_S = 0.1
#: So much may lack of a token, so that a wait of exactly the lacking time is enough; it is owed to the next one.
_ROUNDING = 1e-6


class Gate:
    """The limits of one carrier. Times are seconds of a clock that never goes back.

    In any t seconds at most rate * t attempts and a burst begin; a burst is what a tenth of a second allows, at least
    one. While the carrier as a whole is in trouble, one attempt at a time asks whether it is over, after ever longer
    waits. `jitter()` gives numbers from 0 to 1. `answers` counts the attempts that found the carrier well.
    """

    def __init__(
        self,
        rate: float | None,
        parallel: int,
        attempts: int,
        backoff_s: float,
        backoff_max_s: float,
        jitter: Callable[[], float],
    ) -> None:
        self.attempts = attempts
        self._rate = rate
        self._burst = max(1.0, (rate or 0.0) * BURST_S)
        self._tokens = self._burst
        self._filled_s: float | None = None
        self._parallel = parallel
        self._flying = 0
        self._backoff_s = backoff_s
        self._backoff_max_s = backoff_max_s
        self._jitter = jitter
        self._trouble = 0
        self._paused_until_s = 0.0
        self.answers = 0

    def take(self, now_s: float) -> bool:
        """True where an attempt may begin now; it has begun then, and must land."""
        if self.opens_in_s(now_s) != 0.0:
            return False
        self._tokens -= 1.0 if self._rate else 0.0
        self._flying += 1
        return True

    def opens_in_s(self, now_s: float) -> float | None:
        """Seconds until the next attempt may begin; None where another must land first."""
        self._fill(now_s)
        if self._flying >= (1 if self._trouble else self._parallel):
            return None
        full = 1.0 - _ROUNDING
        lacking = 0.0 if self._rate is None or self._tokens >= full else (1.0 - self._tokens) / self._rate
        return max(lacking, self._paused_until_s - now_s, 0.0)

    def land(self, outcome: Outcome, now_s: float) -> None:
        """An attempt has ended."""
        self._flying -= 1
        if outcome.kind == "retry" and outcome.whole:
            self._trouble += 1
            pause_s = max(self.wait_s(self._trouble), outcome.after_s)
            self._paused_until_s = max(self._paused_until_s, now_s + pause_s)
        elif outcome.kind != "absent":
            self._trouble = 0
            self.answers += 1

    def wait_s(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row: doubled each time, between half of that and all of it."""
        longest = min(self._backoff_max_s, self._backoff_s * 2.0 ** min(failures - 1, 60))
        return longest * (0.5 + self._jitter() / 2)

    def _fill(self, now_s: float) -> None:
        if self._rate is not None and self._filled_s is not None:
            self._tokens = min(self._burst, self._tokens + (now_s - self._filled_s) * self._rate)
        self._filled_s = now_s
