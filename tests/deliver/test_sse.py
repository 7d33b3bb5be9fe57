"""Pages that listen: the customer's own, and nobody else's."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from cjo.deliver.carriers.sse import SseCarrier
from cjo.deliver.signing import is_page_token, page_token
from cjo.errors import StackError
from cjo.resources import data_dir
from cjo.spec.deliver import Sse
from tests.deliver.servers import free_port, run
from tests.deliver.worlds import action

SECRET = b"0123456789abcdef01234567"
SHOP = "https://shop.example"


def carrier(
    arrived: Callable[[str], None] = lambda customer: None,
    beat_s: float = 15.0,
    now_s: Callable[[], float] = time.time,
) -> SseCarrier:
    spec = {"kind": "sse", "port": free_port(), "secret_env": "S", "origins": [SHOP]}
    return SseCarrier(Sse.model_validate(spec), [SECRET], arrived, beat_s, now_s)


def url(made: SseCarrier, customer: str = "c1", token: str | None = None) -> str:
    token = token or page_token(SECRET, customer, int(time.time()) + 60)
    return f"http://127.0.0.1:{made._spec.port}/events?customer={customer}&token={token}"


async def event(page: aiohttp.ClientResponse) -> dict[str, str]:
    """The next event of a stream, beats left out."""
    lines: dict[str, str] = {}
    async with asyncio.timeout(10):
        while "data" not in lines or lines.get("") is None:
            line = (await page.content.readline()).decode().rstrip("\n")
            if not line and "data" in lines:
                return lines
            name, _, value = line.partition(": ")
            if name:
                lines[name] = value
    raise AssertionError


def test_a_page_gets_the_actions_of_its_customer_and_hears_of_a_cancel() -> None:
    arrived: list[str] = []

    async def play(made: SseCarrier) -> None:
        assert (await made.deliver(action(1))).kind == "absent"
        async with aiohttp.ClientSession() as browser, browser.get(url(made)) as page:
            assert page.headers["Content-Type"] == "text/event-stream"
            assert await page.content.readline() == b": listening\n"
            assert arrived == ["c1"]
            assert (await made.deliver(action(1, content={"body": "two\nlines"}))).kind == "delivered"
            assert (await made.deliver(action(2, "c2"))).kind == "absent"
            first = await event(page)
            assert (first["id"], first["event"]) == ("a1", "request")
            assert json.loads(first["data"])["content"] == {"body": "two\nlines"}
            await made.withdraw(action(1, kind="cancel"))
            assert (await event(page))["event"] == "cancel"

    run(carrier(arrived.append), play)


def test_all_pages_of_a_customer_get_it_and_one_that_is_gone_is_noticed() -> None:
    async def play(made: SseCarrier) -> None:
        async with aiohttp.ClientSession() as browser:
            first, second = await browser.get(url(made)), await browser.get(url(made))
            assert (await made.deliver(action(1))).kind == "delivered"
            assert [(await event(page))["id"] for page in (first, second)] == ["a1", "a1"]
            first.close()
            second.close()
            async with asyncio.timeout(10):
                while made._pages:
                    await asyncio.sleep(0.01)
            assert (await made.deliver(action(2))).kind == "absent"

    run(carrier(beat_s=0.02), play)


def test_a_page_gets_nothing_when_the_time_of_its_token_is_over_and_its_stream_ends() -> None:
    now_s = [1000.0]

    async def play(made: SseCarrier) -> None:
        address = url(made, token=page_token(SECRET, "c1", 1060))
        async with aiohttp.ClientSession() as browser, browser.get(address) as page:
            assert await page.content.readline() == b": listening\n"
            assert (await made.deliver(action(1))).kind == "delivered"
            now_s[0] = 1060.5
            assert (await made.deliver(action(2))).kind == "absent"
            async with asyncio.timeout(10):
                rest = await page.content.read()
            assert b"id: a1\n" in rest and b"a2" not in rest
            async with browser.get(address) as again:
                assert again.status == 403

    run(carrier(beat_s=0.02, now_s=lambda: now_s[0]), play)


def test_a_stream_ends_with_its_token_before_the_next_beat() -> None:
    begun_s: list[float] = []

    def since_the_first_look() -> float:
        begun_s.append(time.time())
        return begun_s[-1] - begun_s[0]

    async def play(made: SseCarrier) -> None:
        address = url(made, token=page_token(SECRET, "c1", 1))
        async with aiohttp.ClientSession() as browser, browser.get(address) as page, asyncio.timeout(30):
            assert page.status == 200
            assert b"beat" not in await page.content.read()

    run(carrier(beat_s=600.0, now_s=since_the_first_look), play)


@pytest.mark.parametrize("token", ["", "x", "9999999999.", "9999999999.AAAA", "1.x", "99999999999999.x", "ü.x"])
def test_nobody_listens_without_the_customers_own_token(token: str) -> None:
    async def play(made: SseCarrier) -> None:
        others = page_token(SECRET, "c2", int(time.time()) + 60)
        over = page_token(SECRET, "c1", int(time.time()) - 1)
        async with aiohttp.ClientSession() as browser:
            for wrong in (token or "none", others, over):
                async with browser.get(url(made, "c1", wrong)) as page:
                    assert page.status == 403
        assert made._pages == {}

    run(carrier(), play)


def test_only_the_sites_that_are_named_may_read_it() -> None:
    async def play(made: SseCarrier) -> None:
        async with aiohttp.ClientSession() as browser:
            for origin, allowed in ((SHOP, SHOP), ("https://evil.example", None)):
                async with browser.get(url(made), headers={"Origin": origin}) as page:
                    assert page.headers.get("Access-Control-Allow-Origin") == allowed

    run(carrier(), play)


def test_the_token_is_the_one_that_the_guide_makes() -> None:
    page = (data_dir("docs") / "guide" / "delivering.md").read_text(encoding="utf-8")
    sample = page.split("```python\n")[2].split("```", 1)[0]
    names: dict[str, Any] = {}
    exec(compile(sample, "delivering.md", "exec"), names)
    text = "whsec_" + base64.b64encode(SECRET).decode()
    assert names["page_token"](text, "c1", 1_700_000_000) == page_token(SECRET, "c1", 1_700_000_000)
    assert is_page_token(SECRET, "c1", names["page_token"](text, "c1", 10), 9.0)


def test_a_port_that_is_taken_is_said_at_the_start() -> None:
    async def play(made: SseCarrier) -> None:
        second = SseCarrier(made._spec, [SECRET])
        with pytest.raises(StackError, match="can't listen at 127"):
            await second.open()

    run(carrier(), play)
