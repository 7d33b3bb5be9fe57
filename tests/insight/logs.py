"""Random decision logs, as a job could have written them, with repeats.

In them are hold-outs, arms that are taken out, runs in shadow, a workspace that goes into shadow while runs are open,
and goals of touchpoints that came late.
"""

from __future__ import annotations

import random
from typing import Any

START_MS = 1_763_000_000_000
STEPS = ("remind", "voucher", "pause", "remind-again")
REFUSALS = ("no_consent", "no_address", "suppressed")
HOLD_OUTS = ("everyone", "baskets")

Decision = dict[str, Any]


class Log:
    """Writes decisions of one customer after the other, then mixes customers and repeats some."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.decisions: list[Decision] = []
        self.now_ms = START_MS
        self.mode = "live"
        self.begun_ms: int | None = None
        self.arms: dict[str, str] = {}

    def decide(self, customer: str, run: str | None, kind: str, outcome: str, reason: str, **more: Any) -> None:
        self.now_ms += self.chance.randrange(0, 5_000_000)
        number = len(self.decisions)
        self.decisions.append(
            {
                "decision_id": f"d{number}", "customer_id": customer, "journey": "win-back", "journey_version": "v1",
                "run_id": run, "kind": kind, "outcome": outcome, "reason": reason, "step": None, "visit": 0,
                "decided_at": self.now_ms, "channel": None, "mode": self.mode, "inputs": {},
            } | more
        )  # fmt: skip

    def run(self, customer: str, number: int) -> None:
        run = f"{customer}-{number}"
        self.mode = "shadow" if self.chance.random() < 0.1 else "live"
        self.begun_ms = None
        if self.chance.random() < 0.2:
            self.decide(customer, None, "entry", "refused", self.chance.choice(["stale", "again_after"]))
            return
        if self.chance.random() < 0.95:
            self.decide(customer, run, "entry", "accepted", "entered")
        for visit in range(1, self.chance.choice([2, 2, 3])):
            for step in STEPS:
                if self.chance.random() < 0.15:
                    return self.leave(customer, run)
                if self.chance.random() < 0.05:
                    self.mode = "shadow"
                self.at(customer, run, step, visit)
        return self.leave(customer, run)

    def at(self, customer: str, run: str, step: str, visit: int) -> None:
        here = {"step": step, "visit": visit}
        if step == "voucher":
            self.decide(customer, run, "move", "done", "arm_assigned", inputs=self.drawn(customer), **here)
            self.begin()
        elif step == "pause":
            self.decide(customer, run, "move", "done", "waiting", inputs={"until": "1"}, **here)
            if self.chance.random() < 0.8:
                self.decide(customer, run, "move", "done", "wait_over", **here)
        elif self.chance.random() < 0.4:
            self.decide(customer, run, "send", "refused", self.chance.choice(REFUSALS), **here)
        else:
            out = {name: "held_out" if is_held_out(customer, name) else "treated" for name in HOLD_OUTS}
            held = next((name for name in HOLD_OUTS if out[name] == "held_out"), None)
            inputs = {"hold_out": held or HOLD_OUTS[0], "arm": out[held or HOLD_OUTS[0]]}
            here["inputs"] = inputs | {f"hold_out.{name}": arm for name, arm in out.items()}
            outcome, reason = ("held_out", "held_out") if held else ("accepted", "sent")
            channel = self.chance.choice(["email", "sms"])
            self.decide(customer, run, "send", outcome, reason, channel=channel, **here)
            self.begin()

    def drawn(self, customer: str) -> dict[str, str]:
        """The customer's arm, which is taken out now and then."""
        known = self.arms.get(customer)
        if known is not None and self.chance.random() < 0.7:
            return {"experiment": "win-back/voucher", "arm": known}
        self.arms[customer] = self.chance.choice([arm for arm in ("none", "ten", "twenty") if arm != known])
        was = {} if known is None else {"was": known}
        return {"experiment": "win-back/voucher", "arm": self.arms[customer]} | was

    def begin(self) -> None:
        """D10: a goal counts from now on."""
        self.begun_ms = self.now_ms if self.begun_ms is None else self.begun_ms

    def leave(self, customer: str, run: str) -> None:
        goal = {"goal": "purchase", "event_id": f"o{customer}{self.chance.randrange(2)}"}
        if self.begun_ms is not None and self.chance.random() < 0.4:
            worth = {"value": "12.5"} if self.chance.random() < 0.9 else {}
            when = {"event_at": str(self.chance.choice([self.now_ms, self.chance.randint(self.begun_ms, self.now_ms)]))}
            told = when if self.chance.random() < 0.9 else {}
            self.decide(customer, run, "goal", "done", "goal_reached", inputs=goal | worth | told)
        if self.chance.random() < 0.7:
            reason, inputs = self.chance.choice([("exit_event", {"event": "order_completed"}), ("completed", {})])
            self.decide(customer, run, "end", "done", reason, inputs=inputs)
            if self.begun_ms is not None and self.chance.random() < 0.3:
                self.decide(customer, run, "cancel", "done", "cancelled_late", step="remind", visit=1)


def is_held_out(customer: str, hold_out: str) -> bool:
    """Some are held out by both."""
    return sum(customer.encode()) % {"everyone": 5, "baskets": 4}[hold_out] == 0


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
