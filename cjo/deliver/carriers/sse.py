"""Pushing actions to the pages that a customer has open, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

from cjo.client.words import readable
from cjo.deliver.listening import listen
from cjo.deliver.outcome import ABSENT, DELIVERED, Action, Outcome
from cjo.deliver.signing import is_page_token
from cjo.spec.deliver import Sse

BEAT_S = 15.0
_WRITE_S = 5.0
_LATE_S = 0.1
_PAGES_MAX = 10


class _Page(NamedTuple):
    """An open page, and how long it may listen."""

    stream: web.StreamResponse
    until_s: int


class SseCarrier:
    """An `sse` of deliver.yaml: `GET /events?customer=...&token=...`, the token signed for that customer.

    When the time of its token is over a page gets nothing more, and its stream ends.
    `arrived(customer)` is called when a page begins to listen.
    """

    def __init__(
        self,
        spec: Sse,
        secrets: list[bytes],
        arrived: Callable[[str], None] = lambda customer: None,
        beat_s: float = BEAT_S,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.arrived = arrived
        self._spec = spec
        self._secrets = secrets
        self._beat_s = beat_s
        self._now_s = now_s
        self._pages: dict[str, list[_Page]] = {}
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Listens. StackError where the port is taken."""
        app = web.Application()
        app.router.add_get("/events", self._events)
        self._runner = await listen(app, self._spec.host, self._spec.port)

    async def deliver(self, action: Action) -> Outcome:
        """Delivered where a page's connection has taken it; absent where the customer has no page open."""
        took = await self._push(action["kind"], action)
        return DELIVERED if took else ABSENT

    async def withdraw(self, action: Action) -> None:
        """The pages are told to take it away: an event `cancel`."""
        await self._push("cancel", action)

    async def close(self) -> None:
        """Ends all streams."""
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _push(self, event: str, action: Action) -> bool:
        data = json.dumps(readable(action), ensure_ascii=False)  # in JSON no line break stands as it is
        text = f"id: {action['action_id']}\nevent: {event}\ndata: {data}\n\n".encode()
        pages = [page for page in self._pages.get(action["customer_id"], ()) if self._may_listen(page)]
        return any(await asyncio.gather(*(self._write(page.stream, text) for page in pages)))

    def _may_listen(self, page: _Page) -> bool:
        return self._now_s() <= page.until_s

    async def _write(self, stream: web.StreamResponse, text: bytes) -> bool:
        try:
            async with asyncio.timeout(_WRITE_S):
                await stream.write(text)
        except (OSError, TimeoutError, RuntimeError):  # gone, too slow, or ended meanwhile
            return False
        return True

    async def _events(self, request: web.Request) -> web.StreamResponse:
        customer, token = request.query.get("customer", ""), request.query.get("token", "")
        if not any(is_page_token(secret, customer, token, self._now_s()) for secret in self._secrets):
            raise web.HTTPForbidden(text="the token is not this customer's, or its time is over\n")
        stream = web.StreamResponse(headers=self._headers(request))
        await stream.prepare(request)
        page = _Page(stream, int(token.partition(".")[0]))
        pages = self._pages.setdefault(customer, [])
        if len(pages) >= _PAGES_MAX:
            pages.pop(0)  # it is sent nothing any more, and ends at its next beat
        pages.append(page)
        try:
            await stream.write(b": listening\n\n")
            self.arrived(customer)
            await self._keep_open(page, pages)
        except (OSError, RuntimeError):
            pass
        finally:
            self._leave(customer, page)
        return stream

    async def _keep_open(self, page: _Page, pages: list[_Page]) -> None:
        """Beats, so that whoever stands between sees life and a page that is gone is noticed."""
        while page in pages and self._may_listen(page):
            try:
                left_s = max(page.until_s - self._now_s(), 0.0) + _LATE_S
                await asyncio.wait_for(self._closing.wait(), min(self._beat_s, left_s))
                return
            except TimeoutError:
                if self._may_listen(page):
                    await page.stream.write(b": beat\n\n")

    def _leave(self, customer: str, page: _Page) -> None:
        pages = self._pages.get(customer, [])
        if page in pages:
            pages.remove(page)
        if not pages:
            self._pages.pop(customer, None)

    def _headers(self, request: web.Request) -> dict[str, str]:
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        origin = request.headers.get("Origin")
        if origin in self._spec.origins:
            headers |= {"Access-Control-Allow-Origin": str(origin), "Vary": "Origin"}
        return headers
