"""Posting actions to a URL: signed, with the action's id as idempotency key."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp

from cjo import __version__
from cjo.client.words import readable
from cjo.deliver.outcome import DELIVERED, Action, Outcome, failed, retry
from cjo.deliver.signing import webhook_headers
from cjo.errors import StackError
from cjo.spec.deliver import Webhook

_CONNECT_S = 5.0
_ANSWER_BYTES = 65_536
_TRY_LATER = (408, 425, 429)
_TOO_MANY = 429
#: What says nothing about the message, but that the service as a whole can't now.
_OVERLOADED = (429, 502, 503, 504)
_AFTER_S_MAX = 3600.0


class WebhookCarrier:
    """A `webhook` of deliver.yaml, with its secrets: each signs, so that a secret can be changed without a gap."""

    def __init__(self, spec: Webhook, secrets: Sequence[bytes], now_s: Callable[[], float] = time.time) -> None:
        self._spec = spec
        self._secrets = secrets
        self._now_s = now_s
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Raises StackError where nothing listens at the URL's host."""
        parts = urlsplit(self._spec.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            async with asyncio.timeout(_CONNECT_S):
                _, writer = await asyncio.open_connection(parts.hostname, port)
            writer.close()
            await writer.wait_closed()
        except (OSError, TimeoutError) as error:
            said = f"nothing answers at {parts.scheme}://{parts.netloc}: {error or 'timed out'}"
            raise StackError(said, "start it, or correct `url` in deliver.yaml") from None
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._spec.timeout / 1000),
            connector=aiohttp.TCPConnector(limit=self._spec.parallel),
            headers={"User-Agent": f"cjo-deliver/{__version__}", "Content-Type": "application/json"},
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def deliver(self, action: Action) -> Outcome:
        """Delivered where the answer is 2xx. 4xx but 408, 425 and 429 is final; so is a redirect, never followed."""
        assert self._session is not None
        body = json.dumps(readable(action), ensure_ascii=False).encode()
        headers = webhook_headers(self._secrets, action["action_id"], int(self._now_s()), body)
        try:
            request = self._session.post(self._spec.url, data=body, headers=headers, allow_redirects=False)
            async with request as answer:
                outcome = self._outcome(answer.status, answer.headers.get("Retry-After"))
                with suppress(aiohttp.ClientError, TimeoutError):  # the status has said it
                    await answer.content.read(_ANSWER_BYTES)  # a short answer read to its end keeps the connection
                return outcome
        except TimeoutError:
            return retry(f"no answer within {self._spec.timeout} ms")
        except aiohttp.ClientConnectorError as error:
            return retry(f"no connection: {error.os_error or error}", whole=True)
        except (aiohttp.ClientError, OSError) as error:
            return retry(f"the connection broke: {type(error).__name__}")

    async def withdraw(self, action: Action) -> None:
        """Nothing: the receiver has it."""

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _outcome(self, status: int, retry_after: str | None) -> Outcome:
        said = f"HTTP {status}"
        if 200 <= status < 300:
            return DELIVERED
        if status >= 500 or status in _TRY_LATER:
            after_s = seconds_after(retry_after, self._now_s())
            return retry(said, after_s, whole=status in _OVERLOADED, busy=status == _TOO_MANY or after_s > 0)
        return failed("refused", said)


def seconds_after(header: str | None, now_s: float) -> float:
    """What Retry-After asks for, at most an hour: seconds or a date; 0 without it or where it can't be read."""
    if not header:
        return 0.0
    if header.strip().isdecimal():
        return min(float(header), _AFTER_S_MAX)
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return min(max((aware - datetime.fromtimestamp(now_s, UTC)).total_seconds(), 0.0), _AFTER_S_MAX)
