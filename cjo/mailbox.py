"""E-mail addresses: one mailbox, with or without a name, its domain in ASCII as mail servers know it."""

from __future__ import annotations

import re
from email.header import Header
from typing import NamedTuple

import idna

_ATOM = r"[^\s()<>\[\]:;@\\,.\"]+"
_LOCAL = re.compile(rf'{_ATOM}(?:\.{_ATOM})*|"[!#-+\--:=?-\[\]-~]+"').fullmatch
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?").fullmatch
_NAMED = re.compile(r'(?:"(?P<quoted>[^"\\]*)"|(?P<plain>[^"<>@\\]*)) *<(?P<address>[^<>]*)>').fullmatch
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*").fullmatch
_DOMAIN_MAX = 253


class Mailbox(NamedTuple):
    """An address, and the name that stands before it in a header."""

    name: str
    local: str
    domain: str

    @property
    def address(self) -> str:
        """`local@domain`; ASCII unless its local part is not."""
        return f"{self.local}@{self.domain}"

    @property
    def header(self) -> str:
        """The mailbox as a header has it, in ASCII as far as its address is."""
        if not self.name:
            return self.address
        if not self.name.isascii() or "=?" in self.name:
            return f"{Header(self.name, 'utf-8').encode(linesep='')} <{self.address}>"
        return f"{self.name} <{self.address}>" if _ATOMS(self.name) else f'"{self.name}" <{self.address}>'


def address_of(text: str) -> Mailbox:
    """The mailbox that is one address and nothing else. ValueError where it is not."""
    local, _, domain = text.strip().rpartition("@")
    if not _LOCAL(local) or not local.isprintable() or "=?" in local:
        raise ValueError("not one e-mail address")
    return Mailbox("", local, _ascii(domain))


def mailbox_of(text: str) -> Mailbox:
    """The mailbox of `address`, `Name <address>` or `"Name" <address>`. ValueError where it is not exactly one."""
    found = _NAMED(text.strip())
    if found is None:
        return address_of(text)
    name = found["quoted"] or found["plain"] or ""
    if not name.isprintable():
        raise ValueError("a control character in the name")
    return address_of(found["address"])._replace(name=name.strip())


def _ascii(domain: str) -> str:
    """The domain as it is looked up (IDNA 2008)."""
    try:
        known = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except UnicodeError as error:  # an IDNAError is one
        raise ValueError("not one e-mail address") from error
    if len(known) > _DOMAIN_MAX or not all(map(_LABEL, known.split("."))):
        raise ValueError("not one e-mail address")
    return known
