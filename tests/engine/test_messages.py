"""Rendering: locales, escaping by part, headers of one line, failures that stay with their step, the way out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cjo.engine.messages import RenderError, Templates, unsubscribe_link
from tests.engine import controls
from tests.engine.build import AMOUNT, event, journey, plan, play, reachable, send, tp, wait

SEEN = {"on": "seen", "enter": {"on": "seen", "again": {"rule": "after_exit", "after_ms": 0, "per": "customer"}}}
LINK = {"link": "https://x.example/{purpose}/{channel}?c={customer}", "channels": ["email"], "purposes": ["marketing"]}


def render(parts: dict[str, str], **variables: Any) -> dict[str, str]:
    return Templates({"t": {"email": {"en": parts}}}, "en").render("t", "email", "en", variables)[1]


@pytest.mark.parametrize(
    ("wanted", "used"),
    [
        ("de-CH", "de-CH"),
        ("de_CH", "de-CH"),
        ("DE-ch", "de-CH"),
        ("de-AT", "de"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_locale_is_the_customers_else_its_language_else_the_workspaces(wanted: str | None, used: str) -> None:
    locales = {name: {"body": name} for name in ("fr-CH", "de", "de-CH", "en")}
    assert Templates({"t": {"sms": locales}}, "en-GB").render("t", "sms", wanted, {})[0] == used


def test_a_template_without_any_of_them_uses_its_first_locale() -> None:
    assert Templates({"t": {"sms": {"it": {"body": "x"}}}}, "en").render("t", "sms", "de", {})[0] == "it"


def test_variables_are_escaped_in_html_and_nowhere_else() -> None:
    said = render(dict.fromkeys(("html", "body", "subject"), "<b>{{ name }}</b>"), name="<Tom & 'Co'>")
    assert said["html"] == "<b>&lt;Tom &amp; &#39;Co&#39;&gt;</b>"
    assert said["body"] == said["subject"] == "<b><Tom & 'Co'></b>"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x00", "\x1e", "\x85", "\u2028", "\u2029"])
def test_no_value_can_add_a_header_to_a_subject(end: str) -> None:
    said = render({"subject": "Hi {{ name }}!", "title": "{{ name }}", "body": "{{ name }}"}, name=f"a {end}Bcc: b")
    assert (said["subject"], said["title"]) == ("Hi a Bcc: b!", "a Bcc: b")
    assert said["body"] == f"a {end}Bcc: b"


def test_a_name_given_in_one_part_is_not_known_in_another() -> None:
    with pytest.raises(RenderError, match="'x' is undefined"):
        render({"title": "{% set x = 1 %}{{ x }}", "body": "{{ x }}"})


def test_escaping_stays_apart_between_parts_that_switch_it_off_and_on() -> None:
    off = "{% autoescape false %}{{ name }}{% endautoescape %}"
    assert render({"html": off + "{{ name }}", "body": "{{ name }}"}, name="<") == {"html": "<&lt;", "body": "<"}


def test_a_message_that_failed_leaves_nothing_behind_for_the_next() -> None:
    source = "{% autoescape false %}{{ name.first }}{% endautoescape %}"
    templates = Templates({"t": {"email": {"en": {"html": "{{ name }}" + source}}}}, "en")
    with pytest.raises(RenderError):
        templates.render("t", "email", "en", {})
    assert templates.render("t", "email", "en", {"name": {"first": "<"}})[1]["html"].startswith("{&#39;first")


@pytest.mark.parametrize(
    "source",
    ["{{ x.y }}", "{{ 1 / 0 }}", "{{ 'a' + 1 }}", "{{ [][3] + 1 }}", "{{ x", "{% include 'x' %}", "{{ 1 | nothing }}",
     "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "{{ range(10 ** 9) | list }}", "{{ (1).__class__ }}"],
)  # fmt: skip
def test_f3_whatever_an_expression_does_is_a_render_error(source: str) -> None:
    with pytest.raises(RenderError):
        render({"body": source})


def test_the_link_is_a_function_of_customer_purpose_and_channel() -> None:
    given = unsubscribe_link(LINK, "c 1/&ü", "marketing", "email")
    assert given == {"unsubscribe": "https://x.example/marketing/email?c=c%201%2F%26%C3%BC"}
    assert unsubscribe_link(LINK, "a{purpose}", "marketing", "email")["unsubscribe"].endswith("?c=a%7Bpurpose%7D")


def test_there_is_no_link_where_it_makes_no_sense() -> None:
    for setting, purpose, channel in ((None, "marketing", "email"), (LINK, "transactional", "email"),
                                      (LINK, "marketing", "web")):  # fmt: skip
        assert unsubscribe_link(setting, "c1", purpose, channel) == {}


def test_an_action_carries_the_customers_link() -> None:
    wanted = plan(event(), journey(**SEEN), unsubscribe=LINK)
    wanted["templates"]["hello"]["email"]["en"] = {"html": "<a href='{{ unsubscribe }}&l=1'>out</a>"}
    (action,) = play(wanted, [*reachable(), tp("page_viewed", 0)]).actions
    assert action["content"] == {"html": "<a href='https://x.example/marketing/email?c=c1&l=1'>out</a>"}


def test_f3_a_message_that_wants_a_link_where_there_is_none_fails_its_step_alone() -> None:
    wanted = plan(event(), journey(**SEEN))
    wanted["templates"]["hello"]["email"]["en"] = {"body": "{{ unsubscribe }}"}
    assert play(wanted, [*reachable(), tp("page_viewed", 0)]).reasons("send") == ["template_error"]


def test_a_value_comes_before_what_a_dict_can_do() -> None:
    moment = {"items": ["p1", "p2"], "keys": 3, "get": None}
    assert render({"body": "{{ moment.items | join(', ') }}; {{ moment.keys }}"}, moment=moment) == {
        "body": "p1, p2; 3"
    }


@pytest.mark.parametrize("source", ["{{ ['a', 'b'] | random }}", "{{ lipsum(1) }}"])
def test_t1_a_message_draws_no_lots(source: str) -> None:
    with pytest.raises(RenderError):
        render({"body": source})


@pytest.mark.parametrize("part", ["body", "html"])
def test_decimals_are_written_in_digits_however_small(part: str) -> None:
    values = {"zero": Decimal("0.00000000"), "little": Decimal("0.0000009"), "much": Decimal("1E+3")}
    said = render({part: "{{ zero }} {{ little }} {{ much }} {{ little * 2 }}"}, **values)
    assert said == {part: "0.00000000 0.0000009 1000 0.0000018"}


def in_words(text: str) -> dict[str, Any]:
    return {"hello": {"email": {"en": {"body": text}}}}


@pytest.mark.parametrize("minutes", [0, 40])
@pytest.mark.parametrize("revisions", [(1, 2), (2, 1)])
def test_r2_a_run_says_what_the_templates_of_its_version_say(minutes: int, revisions: tuple[int, int]) -> None:
    """In flight where the other is published at 30, and outside the share of it where it is entered at 40."""
    total = ["moment", "total", "decimal"]
    one, other = (
        journey(version=f"j{number}", revision=number, steps=[wait(), send(**{"with": {name: total}})], **SEEN)
        for number, name in zip(revisions, ("total", "sum"), strict=True)
    )
    before = {**plan(event(collect={"total": {"value": AMOUNT}}), one), "templates": in_words("of {{ total }}")}
    published = controls.publish(30, other, share=1)
    published["plan"]["templates"] = in_words("{{ sum }} in all")
    found = controls.play(before, [published], [*reachable(), tp("page_viewed", minutes, amount="5")])
    assert [action["content"]["body"] for action in found.actions] == ["of 5.00"]


def test_r2_what_was_published_says_what_its_own_templates_say_and_takes_the_others_from_the_submission() -> None:
    steps = [send(), send("again", template="again")]
    published = controls.publish(30, journey(version="j2", revision=2, steps=steps, **SEEN))
    published["plan"]["templates"] = in_words("new")
    before = plan(event(), journey(**SEEN))
    before["templates"] |= {"again": in_words("again")["hello"]}
    found = controls.play(before, [published], [*reachable(), tp("page_viewed", 0), tp("page_viewed", 40)])
    assert [action["content"]["body"] for action in found.actions] == ["Hello", "new", "again"]
