"""The plan's part of the kind `score`."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values, per
from cjo.compile.draft import Site
from cjo.signals.score.author import HALF_LIVES_MAX, Decay, Score
from cjo.spec.durations import in_words


def compiled(site: Site, signal: Score, values: Values) -> dict[str, Any]:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    found = site.at("points").matches(signal.points)
    values["score"] = "decimal" if signal.decay else "int"
    if signal.decay:
        _check_decay(site, signal, signal.decay)
    return {
        "points": [{**match, "add": getattr(model, "add", 0)} for match, _, model in found],
        "at_least": signal.at_least,
        "window_ms": signal.window,
        **({"half_life_ms": signal.decay.half_life} if signal.decay else {}),
        "cooldown_ms": signal.cooldown,
        "settle": signal.settle,
        "per": per(site, signal, [match["type"] for match, _, _ in found]),
    }


def _check_decay(site: Site, signal: Score, decay: Decay) -> None:
    for index, point in enumerate(signal.points):
        if point.add < 0:
            hint = "write it without `decay`, or as a signal of its own that an exit or a `where` asks for"
            said = f"{point.add} points would fade, and the score rise while nothing happens, when nobody looks"
            site.at("points", index, "add").note("wrong-value", said, hint)
    longest_ms = HALF_LIVES_MAX * decay.half_life
    if signal.window > longest_ms:
        window, longest = in_words(signal.window), in_words(longest_ms)
        said = f"expected at most {HALF_LIVES_MAX} half-lives ({longest}), got {window}"
        site.at("window").note("wrong-value", said, "what is older counts less than a millionth: shorten the window")
