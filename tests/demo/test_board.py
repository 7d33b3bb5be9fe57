"""What the demo shows: the numbers, the last actions in plain words, and the commands to try."""

import io
import json
import re
import shlex

from rich.console import Console

from cjo.demo.board import Board, in_words
from cjo.demo.ledger.mortgage_offer import crossings
from cjo.demo.load import Loaded
from cjo.demo.reconcile import Line
from cjo.demo.shape import Shape, Touch
from cjo.demo.tries import tries
from cjo.demo.view import Display, as_line, summary
from cjo.demo.world import World
from tests.engine.build import DAY, absence, journey, plan, play, reachable, tp, types

END_MS = 1_763_900_000_000
ACTION = {
    "action_id": "a1", "decided_at": END_MS, "channel": "push", "customer_id": "c1", "journey": "win-back-basket",
    "content": {"title": "Still thinking it over?", "body": "Your basket waits."}, "template": "basket-reminder",
}  # fmt: skip
PAID = {"name": "paid", "on": types("order_completed"), "within_ms": DAY, "value": None}


def bought(basket, paid=True):
    """A basket that is left behind, and paid for an hour after the reminder, or never."""
    added = tp("product_added", 0, basket_id=basket)
    return [added, tp("order_completed", 90, basket_id=basket)] if paid else [added]


def board():
    shown = Board(total=100)
    shown.note_loaded(Loaded(touchpoints=60))
    shown.note_read(40, END_MS)
    shown.note_record("moments", {"signal": "basket_abandoned"})
    shown.note_record(
        "decisions", {"decision_id": "d", "journey": "j", "kind": "entry", "outcome": "accepted", "reason": "entered"}
    )
    shown.note_record("deadletters", {"kind": "tombstone"})
    shown.note_record("actions.push", ACTION)
    return shown


def test_an_action_is_told_in_plain_words():
    assert in_words(ACTION) == "2025-11-23T12:13:20Z  push to c1: Still thinking it over? (win-back-basket)"


def test_without_a_terminal_the_board_is_one_line():
    line = as_line(board())
    assert "written 60" in line
    assert "read 40" in line
    assert "moments 1  actions 1  dead letters 1" in line


def test_on_a_terminal_the_board_shows_everything():
    screen = io.StringIO()
    with Display(board(), Console(file=screen, force_terminal=True, width=140)) as display:
        display.refresh()
    for words in ("basket_abandoned", "win-back-basket push", "entered", "tombstone", "Still thinking it over?"):
        assert words in screen.getvalue()


def test_lag_is_what_is_written_and_not_read_and_event_time_behind_the_log():
    shown = Board(total=100)
    shown.note_loaded(Loaded(touchpoints=60, heartbeats=4, position_ms=END_MS + 3_600_000))
    assert (shown.behind, shown.lag_ms) == (64, None)
    shown.note_read(40, END_MS)
    assert (shown.behind, shown.lag_ms) == (24, 3_600_000)
    assert "behind 24  event time 2025-11-23T12:13:20Z  lag 1 hour" in as_line(shown)
    shown.note_read(70, END_MS + 7_200_000)
    assert (shown.behind, shown.lag_ms) == (0, 0)


def test_the_funnel_of_each_journey_is_that_of_the_decisions():
    found = play(plan(absence(), journey(goal=PAID, exit=[])), [*reachable(), *bought("b1"), *bought("b2", paid=False)])
    shown = Board(total=100)
    for decision in found.of("decision"):
        shown.note_record("decisions", decision)
    assert shown.funnels == {"win-back": {"entered": 2, "sent": 2, "goal": 1, "ended": 2}}
    screen = io.StringIO()
    with Display(shown, Console(file=screen, force_terminal=True, width=140)) as display:
        display.refresh()
    assert re.search(r"win-back +2 +0 +2 +0 +1", screen.getvalue())


def test_the_summary_marks_what_differs_and_shows_examples():
    screen = io.StringIO()
    lines = [Line("moments", 2, 2), Line("actions", 2, 1, 1, ("expected and not found: ann",))]
    Console(file=screen, width=120).print(summary(lines, pending=3))
    assert re.search(r"moments\W+2\W+2\W+equal", screen.getvalue())
    assert re.search(r"actions\W+2\W+1\W+1 DIFFER", screen.getvalue())
    assert "actions: expected and not found: ann" in screen.getvalue()
    assert "3 decisions are due later" in screen.getvalue()


def test_the_touchpoint_to_try_takes_its_customer_over_the_limit():
    touches = World(Shape(end_ms=END_MS, customers=600, touchpoints=15_000)).touches
    found = tries(touches, END_MS)
    assert found is not None
    words = shlex.split(found.commands[0].split(" | ")[0])
    sent = [json.loads(word) for word in words[2:]]
    assert {touchpoint["customer_id"] for touchpoint in sent} == {found.customer}
    story = sorted((touch for touch in touches if touch.customer == found.customer), key=lambda touch: touch.at_ms)
    assert crossings(found.customer, story) == []
    more = [Touch(END_MS + n, found.customer, None, one["channel"], one["type"], one) for n, one in enumerate(sent)]
    assert len(crossings(found.customer, [*story, *more])) == 1
    assert found.customer in found.commands[1]
    assert found.customer in found.commands[2]
