"""Tokens for the mechanism OAUTHBEARER: fetched from an endpoint with a client's id and secret, kept for a while."""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

from kafka.errors import KafkaError
from kafka.net.sasl.oauth import AbstractTokenProvider

from cjo.security.options import Options

ENDPOINT = "sasl.oauthbearer.token.endpoint.url"
_PREFIX = "sasl.oauthbearer.client.credentials."
_GIVEN = {
    "clientId": f"{_PREFIX}client.id",
    "clientSecret": f"{_PREFIX}client.secret",
    "scope": "sasl.oauthbearer.scope",
}
KNOWN = (ENDPOINT, *_GIVEN.values(), "sasl.login.callback.handler.class")
"""What these options are called; the handler is what Java's clients need beside them."""
_SHARE = 0.8
_TIMEOUT_S = 10.0
_HINT = "give it, and clientId and clientSecret in sasl.jaas.config"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class TokenError(KafkaError):
    """The endpoint gave no token. Its text has no secret."""


@dataclass(frozen=True)
class Client:
    """Who asks for a token, and where."""

    endpoint: str
    id: str
    secret: str = field(repr=False)
    scope: str = ""


def client_of(found: Mapping[str, str], login: Mapping[str, str], options: Options) -> Client:
    """By the resolved options `found` and the words of their login line. UsageError where something is missing."""
    words = {word: found.get(name) or login.get(word) or "" for word, name in _GIVEN.items()}
    for name, value in ((ENDPOINT, found.get(ENDPOINT)), (_GIVEN["clientId"], words["clientId"])):
        if not value:
            raise options.problem(name, "is missing for sasl.mechanism OAUTHBEARER", _HINT)
    return Client(found[ENDPOINT], words["clientId"], words["clientSecret"], words["scope"])


class TokenProvider(AbstractTokenProvider):
    """What kafka-python asks for a token when it connects, and again before one runs out."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client
        self._token = ""
        self._until_s = 0.0
        self._lock = threading.Lock()

    def token(self) -> str:
        """A token that is good for a while. Raises TokenError."""
        with self._lock:
            if time.monotonic() >= self._until_s:
                self._token, lasts_s = _fetched(self._client)
                self._until_s = time.monotonic() + _SHARE * lasts_s
            return self._token


def _fetched(client: Client) -> tuple[str, float]:
    login = base64.b64encode(f"{quote(client.id)}:{quote(client.secret)}".encode()).decode()
    form = {"grant_type": "client_credentials", **({"scope": client.scope} if client.scope else {})}
    call = urllib.request.Request(client.endpoint, urlencode(form).encode(), {"Accept": "application/json"})
    call.add_unredirected_header("Authorization", f"Basic {login}")
    near = urlsplit(client.endpoint).hostname in _LOOPBACK
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if near else []))
    try:
        with opener.open(call, timeout=_TIMEOUT_S) as answer:
            told = json.loads(answer.read())
            return str(told["access_token"]), float(told.get("expires_in") or 0)
    except urllib.error.HTTPError as error:
        error.close()
        raise TokenError(f"{client.endpoint} answered {error.code} to client {client.id}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TokenError(f"{client.endpoint} gave no token: {type(error).__name__}: {error}") from None
