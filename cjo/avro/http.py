"""One JSON request over HTTP with the standard library."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from cjo.errors import RegistryError

_TYPE = "application/vnd.schemaregistry.v1+json"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def request(method: str, url: str, body: Mapping[str, Any] | None, timeout_s: float) -> tuple[int, Any]:
    """(status, answer) of one call; the answer is parsed JSON, or the text where it is none.

    A login in the URL (user:password@) goes as basic authentication. RegistryError of kind `unreachable` where nobody
    answers in time.
    """
    bare = without_login(url)
    headers = _authorization(url) | {"Accept": _TYPE, "Content-Type": _TYPE}
    data = None if body is None else json.dumps(body).encode()
    try:
        call = urllib.request.Request(bare, data=data, method=method, headers=headers)
        with _opener(bare).open(call, timeout=timeout_s) as answer:
            return answer.status, _parsed(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _parsed(error.read())
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        hint = "start the local stack with: cjo up; or name another registry in CJO_REGISTRY"
        raise RegistryError(f"no registry answers at {bare}: {reason}", hint, "unreachable") from error
    except ValueError as error:
        raise RegistryError(f"the registry's URL {bare!r} is not one: {error}", "set CJO_REGISTRY") from error


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Without the environment's proxy for loopback, which a proxy elsewhere cannot reach."""
    if urlsplit(url).hostname in _LOOPBACK:
        return urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener()


def without_login(url: str) -> str:
    """`url` without user and password, fit for a message."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _authorization(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    if not parts.username:
        return {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return {"Authorization": f"Basic {base64.b64encode(login).decode()}"}


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")
