"""Numbers that no machine's mathematics may decide about: rounded as if they were known to fifty digits."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

DIGITS: Final = Context(prec=50, rounding=ROUND_HALF_EVEN)
"""Where a float does not tell, this does; the same everywhere, whatever the thread's own context."""

EXACT: Final = Context(prec=120)
"""In which sums and products of declared decimals are not rounded: the thread's own context has 28 digits."""

_TIE: Final = 0.001
_UNIT: Final = Decimal(1)


def rounded(near: float, exact: Callable[[], Decimal]) -> int:
    """The whole number nearest to `exact()`, of two equally near the even one; `near` is that number as a float.

    The float tells it, unless it lies within a thousandth of the middle between two whole numbers. So it must not be
    wrong by as much: floats of billions have seven digits more.
    """
    whole = int(near)
    beyond = near - whole - 0.5
    if -_TIE < beyond < _TIE:
        return int(DIGITS.quantize(exact(), _UNIT))
    return whole + 1 if beyond > 0 else whole
