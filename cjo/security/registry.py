"""A registry's options by the names of Confluent's client, for Python and for the job's reader in Java."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit, urlunsplit

from cjo.security.options import Options
from cjo.security.tls import context

PREFIX = "schema.registry."
USER, TOKEN = "basic.auth.user.info", "bearer.auth.token"
_SOURCES = {
    "basic.auth.credentials.source": ("USER_INFO", USER),
    "bearer.auth.credentials.source": ("STATIC_TOKEN", TOKEN),
}
_HINT = f"known are {USER} (user:password), {TOKEN}, and ssl.truststore.* and ssl.keystore.* as for Kafka"


def named(options: Options) -> Options:
    """The options without the prefix that some tools put before each name. UsageError for one that is not known."""
    plain = Options({name.removeprefix(PREFIX): value for name, value in options.items()}, options.source)
    for name, value in plain.items():
        if name in _SOURCES:
            expected, needs = _SOURCES[name]
            if value.strip() != expected or needs not in plain:
                raise options.problem(name, f"is {value}", f"use {expected}, with {needs}")
        elif name not in (USER, TOKEN, "url") and not name.startswith("ssl."):
            raise options.problem(name, "is no option of a registry", _HINT)
    if USER in plain and TOKEN in plain:
        raise options.problem(TOKEN, f"is given beside {USER}", "leave one of them out")
    return plain


def without_login(url: str) -> str:
    """`url` without user and password, fit for a message."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def headers(url: str, found: Mapping[str, str]) -> dict[str, str]:
    """What a request carries to log in, by the resolved options `found`, else by a login in the URL itself."""
    if TOKEN in found:
        return {"Authorization": f"Bearer {found[TOKEN]}"}
    login = found.get(USER) or _login_in(url)
    return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}


def tls(url: str, found: Mapping[str, str], options: Options) -> ssl.SSLContext | None:
    """How to speak TLS with `url`; None for the machine's own way."""
    given = {name: value for name, value in found.items() if name.startswith("ssl.")}
    return context(given, options) if given and urlsplit(url).scheme == "https" else None


def for_flink(url: str, options: Mapping[str, str]) -> dict[str, str]:
    """Options of the job's own reader, secrets still by reference; a login in the URL becomes one of them."""
    login = {USER: _login_in(url)} if USER not in options and TOKEN not in options and _login_in(url) else {}
    found = {name: value for name, value in options.items() if name != "url"} | login
    for source, (value, needs) in _SOURCES.items():
        if needs in found:
            found[source] = value
    return found


def _login_in(url: str) -> str:
    parts = urlsplit(url)
    return f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
