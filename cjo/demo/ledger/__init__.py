"""The world's own record: what must follow from what happened, worked out without the engine.

It knows the shipped journeys by heart, each in a file of its own, and looks at the whole week at once, in order of
happening. It shares no code with `cjo.engine` and `cjo.compile`, so that where both agree, each is a witness for the
other. The rules named here are those of docs/semantics.md. A new journey is a new `Book`, listed in `BOOKS`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from types import MappingProxyType

from cjo.demo.ledger.appointment_reminder import AppointmentReminder
from cjo.demo.ledger.base import Book, Held, Moment, Releases, Verdict
from cjo.demo.ledger.birthday import Birthday
from cjo.demo.ledger.browse_no_purchase import BrowseNoPurchase
from cjo.demo.ledger.form_abandoned import FormAbandoned
from cjo.demo.ledger.hesitant_buyer import HesitantBuyer
from cjo.demo.ledger.large_purchase import LargePurchase
from cjo.demo.ledger.mortgage_advice import MortgageAdvice
from cjo.demo.ledger.mortgage_offer import MortgageOffer
from cjo.demo.ledger.outage_care import OutageCare
from cjo.demo.ledger.payment_failed import PaymentFailed
from cjo.demo.ledger.payment_given_up import PaymentGivenUp
from cjo.demo.ledger.regular_gone_quiet import RegularGoneQuiet
from cjo.demo.ledger.repeated_error import RepeatedError
from cjo.demo.ledger.spending_halved import SpendingHalved
from cjo.demo.ledger.welcome import Welcome
from cjo.demo.ledger.win_back_basket import WinBackBasket
from cjo.demo.shape import DAY_MS, Touch

__all__ = ["BOOKS", "FIRST_SENDS", "INPUTS", "Held", "Ledger", "Moment", "Verdict"]

BOOKS: tuple[type[Book], ...] = (
    WinBackBasket,
    MortgageOffer,
    Welcome,
    PaymentFailed,
    PaymentGivenUp,
    LargePurchase,
    BrowseNoPurchase,
    Birthday,
    OutageCare,
    FormAbandoned,
    RepeatedError,
    AppointmentReminder,
    HesitantBuyer,
    RegularGoneQuiet,
    MortgageAdvice,
    SpendingHalved,
)

FIRST_SENDS = {book.journey: book.first_send for book in BOOKS}
"""Journey -> the send that each of its runs comes to at once; None where a run can end before any send."""

INPUTS = {signal for book in BOOKS for signal in book.inputs}
"""Signals that no journey enters on: others are made of their moments."""


class Ledger:
    """What must follow from `touches`, with journeys live from `live_from_ms`: `moments` and `verdicts`.

    What lies beyond the end of the log is told, too, what comes round for ever up to a week after it: compare up to the
    time that the log has reached. `releases` says when what was held to spread a burst was released.
    """

    def __init__(self, touches: Iterable[Touch], live_from_ms: int, releases: Releases = MappingProxyType({})) -> None:
        stories = _by_subject(touches)
        until_ms = max((story[-1].at_ms for story in stories.values()), default=live_from_ms) + 7 * DAY_MS
        books = [book(live_from_ms, until_ms, releases) for book in BOOKS]
        for subject, story in stories.items():
            for book in books:
                book.tell(subject, story)
        self.moments = [moment for book in books for moment in book.moments]
        self.verdicts = [verdict for book in books for verdict in book.verdicts]


def _by_subject(touches: Iterable[Touch]) -> dict[str, list[Touch]]:
    stories: dict[str, list[Touch]] = defaultdict(list)
    for touch in sorted(touches, key=lambda touch: touch.at_ms):
        stories[touch.subject].append(touch)
    return stories
