"""Who opened and who clicked: signed links in e-mails, and the server that they lead to.

A link holds where it leads to, signed together with the action it was in: the server sends nobody anywhere else.
"""

from __future__ import annotations

import base64
import html as entities
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from aiohttp import web

from cjo.deliver.feedback import CLICKED, OPENED, feedback
from cjo.deliver.listening import listen
from cjo.deliver.outcome import Action
from cjo.deliver.signing import link_facts, link_token
from cjo.spec.deliver import Links

_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_NAMED = ("action_id", "customer_id", "journey", "step", "channel")
_TAG = "<a"
_ATTRIBUTE = re.compile(r"""(?<=['"\s/])([^\s/>=][^\s/=>]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']*))?""")
_LINK_MAX = 8000  # what servers take in one line of a request
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class LinkMaker:
    """Puts a pixel and signed links into HTML. The newest secret signs."""

    def __init__(self, spec: Links, secrets: list[bytes]) -> None:
        self._base = spec.url.rstrip("/")
        self._secret = secrets[0]

    def marked(self, action: Action, unsubscribe: str | None) -> Callable[[str], str]:
        """What changes the HTML of that action; the way out stays as it is: it must work without this server."""
        return lambda html: self._mark(html, action, unsubscribe)

    def _mark(self, html: str, action: Action, unsubscribe: str | None) -> str:
        named = {name: action[name] for name in _NAMED}
        found = _Hrefs()
        found.feed(html)
        for start, end, url in reversed(found.places):
            if url != unsubscribe:
                link = f"{self._base}/clicked/{link_token(self._secret, {**named, 'url': url})}"
                html = f"{html[:start]}{link}{html[end:]}" if len(link) <= _LINK_MAX else html
        pixel = f'<img src="{self._base}/opened/{link_token(self._secret, named)}" width="1" height="1" alt="">'
        before = html.lower().rfind("</body>")
        return html + pixel if before < 0 else html[:before] + pixel + html[before:]


class LinkServer:
    """Answers pixels and links; `say` takes the touchpoint of each, `now_ms` is the wall clock."""

    def __init__(
        self, spec: Links, secrets: list[bytes], say: Callable[[dict[str, Any]], None], now_ms: Callable[[], int]
    ) -> None:
        self._spec = spec
        self._secrets = secrets
        self._say = say
        self._now_ms = now_ms
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Listens. StackError where the port is taken."""
        app = web.Application()
        app.router.add_get("/opened/{token}", self._opened)
        app.router.add_get("/clicked/{token}", self._clicked)
        self._runner = await listen(app, self._spec.host, self._spec.port)

    async def close(self) -> None:
        """Stops listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _opened(self, request: web.Request) -> web.Response:
        facts = self._facts(request)
        if request.method == "GET":
            self._say(feedback(OPENED, facts, self._now_ms()))
        return web.Response(body=_PIXEL, content_type="image/gif", headers=_PRIVATE)

    async def _clicked(self, request: web.Request) -> web.Response:
        facts = self._facts(request)
        url = _meant(facts.get("url") or "")
        if not url:
            raise web.HTTPNotFound
        if request.method == "GET":
            self._say(feedback(CLICKED, facts, self._now_ms(), url=url))
        return web.Response(status=302, headers={**_PRIVATE, "Location": url})

    def _facts(self, request: web.Request) -> dict[str, Any]:
        token = request.match_info["token"]
        for secret in self._secrets:
            if (facts := link_facts(secret, token)) is not None:
                return facts
        raise web.HTTPNotFound


class _Hrefs(HTMLParser):
    """Where in a text the addresses of its links stand: begin, end, and the address itself. Only http and https."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.places: list[tuple[int, int, str]] = []
        self._lines: list[int] = []

    def feed(self, data: str) -> None:
        """Read a whole text."""
        self._lines = [0]
        for line in data.split("\n")[:-1]:
            self._lines.append(self._lines[-1] + len(line) + 1)
        super().feed(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the address of a link, where it stands in quotes."""
        if tag != "a":
            return
        written = self.get_starttag_text() or ""
        line, column = self.getpos()
        begin = self._lines[line - 1] + column
        for found in _ATTRIBUTE.finditer(written, len(_TAG)):
            if found[1].lower() == "href":
                url = _meant(entities.unescape((found[2] or "")[1:-1]))
                if (found[2] or "").startswith(("'", '"')) and url.lower().startswith(("https://", "http://")):
                    self.places.append((begin + found.start(2) + 1, begin + found.end(2) - 1, url))
                return


def _meant(url: str) -> str:
    """The address that a browser goes to: it passes over line breaks and what stands around. Empty where it is none."""
    found = re.sub(r"[\t\r\n]", "", url).strip()
    return found if found.isprintable() else ""
