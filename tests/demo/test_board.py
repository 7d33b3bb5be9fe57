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

END_MS = 1_763_900_000_000
ACTION = {
    "action_id": "a1", "decided_at": END_MS, "channel": "push", "customer_id": "c1", "journey": "win-back-basket",
    "content": {"title": "Still thinking it over?", "body": "Your basket waits."}, "template": "basket-reminder",
}  # fmt: skip


def board():
    shown = Board(total=100)
    shown.note_loaded(Loaded(touchpoints=60))
    shown.note_read(40, END_MS)
    shown.note_record("moments", {"signal": "basket_abandoned"})
    shown.note_record("decisions", {"decision_id": "d", "kind": "entry", "reason": "entered"})
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
