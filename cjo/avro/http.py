"""One JSON request over HTTP with the standard library."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from cjo.errors import RegistryError
from cjo.security import NO_OPTIONS, Options
from cjo.security.registry import headers as login_headers
from cjo.security.registry import tls, without_login

_TYPE = "application/vnd.schemaregistry.v1+json"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def request(
    method: str, url: str, body: Mapping[str, Any] | None, timeout_s: float, options: Options = NO_OPTIONS
) -> tuple[int, Any]:
    """(status, answer) of one call; the answer is parsed JSON, or the text where it is none.

    `options` say how to log in; a login in the URL (user:password@) goes as basic authentication. RegistryError of
    kind `unreachable` where nobody answers in time.
    """
    bare = without_login(url)
    data = None if body is None else json.dumps(body).encode()
    try:
        with opened(method, url, data, timeout_s, options) as answer:
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


def opened(method: str, url: str, data: bytes | None, timeout_s: float, options: Options = NO_OPTIONS) -> HTTPResponse:
    """The answer of one call, to be closed by the caller; raises what urllib raises."""
    bare, found = without_login(url), options.resolved()
    call = urllib.request.Request(bare, data, {"Accept": _TYPE, "Content-Type": _TYPE}, method=method)
    for name, value in login_headers(url, found).items():
        call.add_unredirected_header(name, value)  # it is for nobody else
    answer: HTTPResponse = _opener(bare, tls(bare, found, options)).open(call, timeout=timeout_s)
    return answer


def _opener(url: str, context: ssl.SSLContext | None) -> urllib.request.OpenerDirector:
    """Without the environment's proxy for loopback, which a proxy elsewhere cannot reach."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=context)] if context else []
    if urlsplit(url).hostname in _LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")
