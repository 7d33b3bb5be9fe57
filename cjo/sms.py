"""How long an SMS is: its alphabet (GSM 03.38, else UCS-2) and the segments that it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Each is sent as two septets: an escape and the character.
_EXTENSION = frozenset("\f^{}\\[~]|€")

GSM_7 = "GSM-7"
UCS_2 = "UCS-2"
_ONE = {GSM_7: 160, UCS_2: 70}
#: A segment of several loses seven septets, or three code units, to the header that joins them.
_OF_MANY = {GSM_7: 153, UCS_2: 67}


@dataclass(frozen=True)
class Sms:
    """What a text is as an SMS: units are septets in GSM-7, UTF-16 code units in UCS-2."""

    encoding: str
    units: int
    segments: int
    #: the characters that GSM-7 does not have, in order of appearance
    foreign: tuple[str, ...] = ()


def sms_of(text: str) -> Sms:
    """Encoding, units and segments of a text; an empty one takes one segment."""
    foreign = tuple(dict.fromkeys(sign for sign in text if sign not in _BASIC and sign not in _EXTENSION))
    encoding = UCS_2 if foreign else GSM_7
    widths = [_width(sign, encoding) for sign in text]
    units = sum(widths)
    return Sms(encoding, units, 1 if units <= _ONE[encoding] else _segments(widths, _OF_MANY[encoding]), foreign)


def _width(sign: str, encoding: str) -> int:
    if encoding == GSM_7:
        return 2 if sign in _EXTENSION else 1
    return 2 if ord(sign) > 0xFFFF else 1


def _segments(widths: Iterable[int], size: int) -> int:
    """Segments of `size` units. A character of two units is never split: it goes to the next segment."""
    segments, used = 1, 0
    for width in widths:
        if used + width > size:
            segments, used = segments + 1, 0
        used += width
    return segments
