"""How wide text is in a sans-serif face, near enough to make room for it, and breaking it into lines."""

from __future__ import annotations

_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[] "), frozenset("mwMW@%")
_EM = {"narrow": 0.36, "wide": 0.95, "upper": 0.72, "other": 0.6}


def width_of(text: str, size: float, bold: bool = False) -> float:
    """The width in pixels of a line of text set in `size` pixels: rather too wide than too narrow."""
    return sum(map(_em, text)) * size * (1.15 if bold else 1.0)


def wrapped(text: str, size: float, width_max: float) -> list[str]:
    """Lines of at most that width, broken between words; a longer word is broken where it must be."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        for piece in _pieces(word, size, width_max):
            longer = f"{line} {piece}" if line else piece
            if line and width_of(longer, size) > width_max:
                lines.append(line)
                line = piece
            else:
                line = longer
    return [*lines, line] if line else lines


def _pieces(word: str, size: float, width_max: float) -> list[str]:
    pieces, piece = [], ""
    for letter in word:
        if piece and width_of(piece + letter, size) > width_max:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]


def _em(letter: str) -> float:
    if ord(letter) > 0x2E80:
        return 1.0
    if letter in _NARROW:
        return _EM["narrow"]
    return _EM["wide"] if letter in _WIDE else _EM["upper"] if letter.isupper() else _EM["other"]
