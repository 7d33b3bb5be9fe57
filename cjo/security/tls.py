"""Java's `ssl.*` options as Python's own context for TLS. Python reads PEM, which Java reads too."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from cjo.security.options import Options

_KNOWN = frozenset(
    ("ssl.truststore.type", "ssl.truststore.location", "ssl.truststore.certificates", "ssl.keystore.type",
     "ssl.keystore.location", "ssl.key.password", "ssl.endpoint.identification.algorithm", "ssl.enabled.protocols")
)  # fmt: skip
_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
_PEM_HINT = "convert the store to PEM and set its type to PEM; Java's clients read that as well"
_KEY_HINT = "it holds the key and after it the certificates, as PEM; ssl.key.password opens the key"


def context(found: Mapping[str, str], options: Options) -> ssl.SSLContext:
    """A context for the resolved options `found`; without a truststore, the machine's own authorities are trusted.

    UsageError, naming file and option and no value, for what Python can't do or read.
    """
    for store in ("truststore", "keystore"):
        if found.get(f"ssl.{store}.location") and found.get(f"ssl.{store}.type", "JKS").upper() != "PEM":
            raise options.problem(f"ssl.{store}.location", "is no PEM file by its type", _PEM_HINT)
    for name in found:
        if name.startswith("ssl.") and name not in _KNOWN:
            raise options.problem(name, "has no counterpart in Python's clients", "leave it out")
    made = _trusting(found, options)
    made.check_hostname = found.get("ssl.endpoint.identification.algorithm", "https").strip() != ""
    _limit(made, found, options)
    if path := found.get("ssl.keystore.location"):
        try:
            made.load_cert_chain(path, password=found.get("ssl.key.password") or "")
        except (OSError, ValueError) as error:
            raise options.problem("ssl.keystore.location", f"can't be loaded: {error}", _KEY_HINT) from None
    return made


def _trusting(found: Mapping[str, str], options: Options) -> ssl.SSLContext:
    path, text = found.get("ssl.truststore.location"), found.get("ssl.truststore.certificates")
    try:
        return ssl.create_default_context(cafile=path or None, cadata=text or None)
    except (OSError, ValueError) as error:
        name = "ssl.truststore.location" if path else "ssl.truststore.certificates"
        raise options.problem(name, f"can't be loaded: {error}", "it holds certificates, as PEM") from None


def _limit(made: ssl.SSLContext, found: Mapping[str, str], options: Options) -> None:
    names = [name.strip() for name in found.get("ssl.enabled.protocols", "").split(",") if name.strip()]
    unknown = [name for name in names if name not in _VERSIONS]
    if unknown:
        raise options.problem("ssl.enabled.protocols", f"names {unknown[0]}", f"use {' and '.join(_VERSIONS)}")
    if names:
        versions = sorted(_VERSIONS[name] for name in names)
        made.minimum_version, made.maximum_version = versions[0], versions[-1]
