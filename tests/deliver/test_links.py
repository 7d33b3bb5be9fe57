"""Opened and clicked: links that lead where the message said, and nowhere else."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
import pytest

from cjo.deliver.links import LinkMaker, LinkServer
from cjo.deliver.signing import link_facts, link_token
from cjo.spec.deliver import Links
from tests.deliver.servers import free_port, run
from tests.deliver.worlds import T0, action

SECRET, OLD = b"0123456789abcdef01234567", b"the secret of last year."
PORT = free_port()
SPEC = Links.model_validate({"url": f"http://127.0.0.1:{PORT}", "port": PORT, "secret_env": "S"})
WAY_OUT = "https://shop.example/unsubscribe?customer=c1&purpose=marketing"
HTML = f"""<html><body><p>See <a class='x' href="https://shop.example/a?b=1&amp;c=2">this</a>,
<A HREF='http://shop.example/z'>that</A>, <a href="mailto:care@shop.example">write</a>, <a name="top">top</a>,
<a href="{WAY_OUT.replace("&", "&amp;")}">unsubscribe</a>.</p></body></html>"""


def marked(html: str = HTML, secrets: list[bytes] | None = None) -> str:
    return LinkMaker(SPEC, secrets or [SECRET]).marked(action(), WAY_OUT)(html)


def visit(secrets: list[bytes], *paths: str, method: str = "GET") -> tuple[list[dict[str, Any]], list[Any]]:
    """The touchpoints and the answers (status, Location, body) of these visits."""
    said: list[dict[str, Any]] = []
    found: list[Any] = []

    async def play(server: LinkServer) -> None:
        async with aiohttp.ClientSession() as browser:
            for path in paths:
                address = path if path.startswith("http") else f"http://127.0.0.1:{PORT}{path}"
                async with browser.request(method, address, allow_redirects=False) as answer:
                    found.append((answer.status, answer.headers.get("Location"), await answer.read()))

    run(LinkServer(SPEC, secrets, said.append, lambda: T0 + 5), play)
    return said, found


def test_links_are_signed_and_everything_else_stays() -> None:
    text = marked()
    tokens = re.findall(r"/clicked/([^\"']+)", text)
    facts = [link_facts(SECRET, token) or {} for token in tokens]
    assert [one["url"] for one in facts] == ["https://shop.example/a?b=1&c=2", "http://shop.example/z"]
    assert {one["action_id"] for one in facts} == {"a1"}
    assert WAY_OUT.replace("&", "&amp;") in text and "mailto:care@shop.example" in text
    assert re.search(r'<img src="[^"]+/opened/[^"]+" width="1" height="1" alt=""></body>', text)
    plain = re.sub(r"<img [^>]+>", "", text)
    for token, url in zip(tokens, ("https://shop.example/a?b=1&amp;c=2", "http://shop.example/z"), strict=True):
        plain = plain.replace(f"{SPEC.url}/clicked/{token}", url)
    assert plain == HTML


@pytest.mark.parametrize("html", ["", "<p>no link", "<a href=https://x.example/y>bare</a>", "<a href", "a < b & c > d"])
def test_html_of_any_kind_only_gets_the_pixel(html: str) -> None:
    assert re.sub(r"<img src=[^>]+>", "", marked(html)) == html


SHOP = "https://shop.example/a"


@pytest.mark.parametrize(("before", "after"), [
    (f'<a title="{SHOP}" href="', '">'), (f'<a title="{SHOP}"href="', '" title="x">'),
    ("<a data-href='x' href = '", "'>"),
    ("<A\n\tHREF=\n\"", '"/>'), ("<p>ü\n<a href='", f"' href='{SHOP}'>"), ("<a title='href=\"x\"' href=\"", '">'),
])  # fmt: skip
def test_the_address_is_marked_where_it_stands_and_nowhere_else(before: str, after: str) -> None:
    text = marked(f"{before}{SHOP}{after}x</a>")
    found = re.fullmatch(rf"{re.escape(before)}[^\"']+/clicked/([^\"']+){re.escape(after)}x</a><img [^>]+>", text)
    assert found is not None and (link_facts(SECRET, found[1]) or {})["url"] == SHOP


def test_line_breaks_in_an_address_are_passed_over_as_browsers_do() -> None:
    links = re.findall(
        r"https?://127[^\"']+/clicked/[^\"']+", marked('<a href=" https://shop.\nexample/a\r\n\t?b ">x</a>')
    )
    old = link_token(SECRET, {"action_id": "a1", "customer_id": "c1", "channel": "email", "url": "https://x/a\r\nb"})
    said, answers = visit([SECRET], *links, f"/clicked/{old}")
    assert [answer[:2] for answer in answers] == [(302, "https://shop.example/a?b"), (302, "https://x/ab")]
    assert said[0]["attributes"]["url"] == "https://shop.example/a?b"


def test_an_address_that_no_server_would_take_once_it_is_signed_stays_as_it_is() -> None:
    short, long = f"{SHOP}?q={'x' * 5500}", f"{SHOP}?q={'x' * 6200}"
    text = marked(f'<a href="{short}">x</a><a href="{long}">y</a><a href="{SHOP}\0">z</a>')
    links = re.findall(r"https?://127[^\"']+/clicked/[^\"']+", text)
    assert f'<a href="{long}">' in text and f'<a href="{SHOP}\0">' in text and len(links) == 1
    assert visit([SECRET], *links)[1][0][:2] == (302, short)


def test_a_click_leads_where_the_message_said_and_is_reported_once_a_link() -> None:
    links = re.findall(r"https?://127[^\"']+/clicked/[^\"']+", marked())
    said, answers = visit([SECRET], *links, links[0])
    assert [(status, location) for status, location, _ in answers] == [
        (302, "https://shop.example/a?b=1&c=2"), (302, "http://shop.example/z"), (302, "https://shop.example/a?b=1&c=2"),
    ]  # fmt: skip
    assert [one["type"] for one in said] == ["action_clicked"] * 3
    assert said[0] == said[2] and said[0]["event_id"] != said[1]["event_id"]
    assert said[0]["customer_id"] == "c1" and said[0]["occurred_at"] == T0 + 5
    assert said[0]["attributes"] == {
        "action_id": "a1", "journey": "welcome", "step": "hello", "url": "https://shop.example/a?b=1&c=2",
    }  # fmt: skip


def test_a_pixel_is_a_picture_and_is_reported() -> None:
    pixel = re.findall(r"https?://[^\"']+/opened/[^\"']+", marked())[0]
    said, answers = visit([SECRET], pixel)
    assert answers[0][0] == 200 and answers[0][2].startswith(b"GIF89a")
    assert [(one["type"], one["event_id"]) for one in said] == [("action_opened", "a1/action_opened")]


def test_nobody_is_led_elsewhere() -> None:
    facts = {"action_id": "a1", "customer_id": "c1", "channel": "email", "url": "https://evil.example"}
    forged = link_token(b"a guess of 24 bytes, say.", facts)
    good = link_token(SECRET, {**facts, "url": "https://shop.example"})
    mixed = f"{forged.partition('.')[0]}.{good.partition('.')[2]}"
    unlinked = link_token(SECRET, {name: value for name, value in facts.items() if name != "url"})
    paths = [f"/clicked/{token}" for token in (forged, mixed, unlinked, "x", ".", "%2e", "a.b.c", "ü.ü")]
    said, answers = visit([SECRET], *paths, "/opened/x", "/clicked/?url=https://evil.example")
    assert {(status, location) for status, location, _ in answers} == {(404, None)} and said == []


def test_links_in_the_mail_of_last_year_still_lead_on_after_the_secret_was_changed() -> None:
    links = re.findall(r"https?://127[^\"']+/clicked/[^\"']+", marked(secrets=[OLD]))
    assert visit([SECRET, OLD], *links)[1][0][0] == 302
    assert visit([SECRET], *links)[1][0][0] == 404


def test_a_scanner_that_only_asks_for_the_head_is_no_click() -> None:
    links = re.findall(r"https?://127[^\"']+/clicked/[^\"']+", marked())
    said, answers = visit([SECRET], links[0], method="HEAD")
    assert answers[0][0] == 302 and said == []
