"""HTTP without a proxy for this machine's own addresses: a proxy elsewhere cannot reach them."""

from __future__ import annotations

import urllib.request
from http.client import HTTPResponse
from urllib.parse import urlsplit

OWN = ("127.0.0.1", "localhost", "::1")
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def open_url(request: urllib.request.Request | str, timeout_s: float) -> HTTPResponse:
    """The answer to `request`, to be closed by the caller; raises what urllib raises."""
    url = request if isinstance(request, str) else request.full_url
    if urlsplit(url).hostname in OWN:
        return _direct.open(request, timeout=timeout_s)
    return urllib.request.urlopen(request, timeout=timeout_s)
