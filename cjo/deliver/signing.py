"""Signatures: of webhooks as the Standard Webhooks specification has them, of links and of page tokens.

All are HMAC-SHA256 with a secret of at least 24 bytes, written in base64, with or without `whsec_` before it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from cjo.errors import UsageError

_PREFIX = "whsec_"
_BYTES_MIN = 24
HINT = "make one with: openssl rand -base64 32"


def secret_bytes(text: str, variable: str) -> bytes:
    """The secret that a variable holds. UsageError, which does not repeat it, where it is none."""
    try:
        found = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) < _BYTES_MIN:
        raise UsageError(f"{variable} holds no secret: expected base64 of at least {_BYTES_MIN} bytes", HINT)
    return found


def webhook_headers(secrets: Sequence[bytes], message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """Headers that say who sent the body, when, and which message it is; a signature for each secret."""
    signed = f"{message_id}.{at_s}.".encode() + body
    signatures = " ".join("v1," + base64.b64encode(_mac(secret, signed)).decode() for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signatures,
        "Idempotency-Key": message_id,
    }


def link_token(secret: bytes, facts: Mapping[str, Any]) -> str:
    """Facts that a link carries, signed, for a path."""
    body = json.dumps(facts, separators=(",", ":"), ensure_ascii=False).encode()
    return f"{_text(body)}.{_text(_mac(secret, b'link.' + body)[:16])}"


def link_facts(secret: bytes, token: str) -> dict[str, Any] | None:
    """The facts of a link that was signed with this secret; None for any other text."""
    body_text, _, mac_text = token.partition(".")
    try:
        body, mac = _bytes(body_text), _bytes(mac_text)
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(mac, _mac(secret, b"link." + body)[:16]):
        return None
    return dict(json.loads(body))


def page_token(secret: bytes, customer: str, until_s: int) -> str:
    """What a page of this customer shows to listen, until that time in epoch seconds."""
    return f"{until_s}.{_text(_mac(secret, f'page.{until_s}.{customer}'.encode()))}"


def is_page_token(secret: bytes, customer: str, token: str, now_s: float) -> bool:
    """True where the token was made for this customer and its time is not over."""
    until, _, _ = token.partition(".")
    if not until.isdecimal() or len(until) > 12 or now_s > int(until):
        return False
    return hmac.compare_digest(token.encode(), page_token(secret, customer, int(until)).encode())


def _mac(secret: bytes, data: bytes) -> bytes:
    return hmac.new(secret, data, hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
