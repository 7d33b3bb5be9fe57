"""Random decision logs, as a job could have written them, with repeats."""

from __future__ import annotations

import random
from typing import Any

START_MS = 1_763_000_000_000
STEPS = ("remind", "pause", "remind-again")
REFUSALS = ("no_consent", "no_address", "suppressed")

Decision = dict[str, Any]


class Log:
    """Writes decisions of one customer after the other, then mixes customers and repeats some."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.decisions: list[Decision] = []
        self.now_ms = START_MS

    def decide(self, customer: str, run: str | None, kind: str, outcome: str, reason: str, **more: Any) -> None:
        self.now_ms += self.chance.randrange(0, 5_000_000)
        number = len(self.decisions)
        self.decisions.append(
            {
                "decision_id": f"d{number}", "customer_id": customer, "journey": "win-back", "journey_version": "v1",
                "run_id": run, "kind": kind, "outcome": outcome, "reason": reason, "step": None, "visit": 0,
                "decided_at": self.now_ms, "channel": None, "mode": "live", "inputs": {},
            } | more
        )  # fmt: skip

    def run(self, customer: str, number: int) -> None:
        run = f"{customer}-{number}"
        if self.chance.random() < 0.2:
            self.decide(customer, None, "entry", "refused", self.chance.choice(["stale", "again_after"]))
            return
        if self.chance.random() < 0.95:
            self.decide(customer, run, "entry", "accepted", "entered")
        sent = False
        for visit in range(1, self.chance.choice([2, 2, 3])):
            for step in STEPS:
                if self.chance.random() < 0.15:
                    return self.leave(customer, run, sent)
                sent |= self.at(customer, run, step, visit)
        return self.leave(customer, run, sent)

    def at(self, customer: str, run: str, step: str, visit: int) -> bool:
        here = {"step": step, "visit": visit}
        if step == "pause":
            arm = {"arm": "ten" if sum(customer.encode()) % 3 else "none"} if visit == 1 else {}
            self.decide(customer, run, "move", "done", "waiting", inputs={"until": "1"} | arm, **here)
            if self.chance.random() < 0.8:
                self.decide(customer, run, "move", "done", "wait_over", **here)
            return False
        if self.chance.random() < 0.4:
            self.decide(customer, run, "send", "refused", self.chance.choice(REFUSALS), **here)
            return False
        channel = self.chance.choice(["email", "sms"])
        self.decide(customer, run, "send", "accepted", "sent", channel=channel, **here)
        return True

    def leave(self, customer: str, run: str, sent: bool) -> None:
        goal = {"goal": "purchase", "event_id": f"o{customer}{self.chance.randrange(2)}"}
        if sent and self.chance.random() < 0.4:
            worth = {"value": "12.5"} if self.chance.random() < 0.9 else {}
            self.decide(customer, run, "goal", "done", "goal_reached", inputs=goal | worth)
        if self.chance.random() < 0.7:
            reason, inputs = self.chance.choice([("exit_event", {"event": "order_completed"}), ("completed", {})])
            self.decide(customer, run, "end", "done", reason, inputs=inputs)
            if sent and self.chance.random() < 0.3:
                self.decide(customer, run, "cancel", "done", "cancelled_late", step="remind", visit=1)


def log(seed: int, customers: int = 60) -> list[Decision]:
    """The decisions of so many customers with up to three runs each, a tenth of them repeated somewhere later."""
    written = Log(seed)
    for customer in range(customers):
        for number in range(written.chance.randrange(1, 4)):
            written.run(f"c{customer}", number)
    found = list(written.decisions)
    for decision in written.chance.sample(found, len(found) // 10):
        place = found.index(decision)
        found.insert(written.chance.randrange(place, len(found)) + 1, dict(decision))
    return found
