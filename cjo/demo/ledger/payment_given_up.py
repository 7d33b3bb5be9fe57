"""payment-given-up: an order that is cancelled after its payment failed twice is confirmed as cancelled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from cjo.demo.known import Known
from cjo.demo.ledger.base import TRANSACTIONAL, Book, Moment
from cjo.demo.shape import DAY_MS, Touch

_WITHIN_MS = 2 * DAY_MS


class PaymentGivenUp(Book):
    """Each order once; those who run the payments hear of it first where their service did not answer."""

    journey = "payment-given-up"
    purpose = TRANSACTIONAL
    first_send = None

    def tell(self, subject: str, story: list[Touch]) -> None:
        orders: dict[str, list[Touch]] = defaultdict(list)
        for touch in story:
            if touch.type in ("payment_failed", "payment_succeeded", "order_cancelled"):
                orders[touch.fields["order_id"]].append(touch)
        for order, life in orders.items():
            known, found = Known(story), dict(given_up(subject, order, life))
            for moment in self.entries(list(found), None):
                self._confirm(moment, found[moment], known)

    def _confirm(self, moment: Moment, failures: list[Touch], known: Known) -> None:
        if all(failure.attribute("reason") == "timeout" for failure in failures):
            ended = known.suppressed(moment.at_ms)
            self.say(moment, "ours", moment.at_ms, "suppressed" if ended else "emitted")
            if ended:
                return
        self.send(moment, "confirm", moment.at_ms, known, ("email", "sms"))


def given_up(subject: str, order: str, life: list[Touch]) -> Iterator[tuple[Moment, list[Touch]]]:
    """A cancellation, with the last two failures before it: unpaid since the first of them, which is two days old at

    most. What led to one cancellation leads to no other.
    """
    failures: list[Touch] = []
    for touch in life:
        if touch.type == "payment_succeeded":
            failures = []
        elif touch.type == "payment_failed":
            failures = [*failures[-1:], touch]
        elif len(failures) == 2 and touch.at_ms - failures[0].at_ms <= _WITHIN_MS:
            yield Moment("payment_given_up", subject, order, touch.at_ms, failures[1].fields["amount"]), failures
            failures = []
