"""A hold-out's share below 1 without `%`: it is read in percent, as 0.1 of a hundred."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.compile.draft import Draft, Site
from cjo.compile.lints.base import Finding

NAME = "bare-share"


def find(draft: Draft) -> Iterator[Finding]:
    """One finding for each such hold-out."""
    document = draft.spec.policies
    if document is None or document.model is None:
        return
    for name in document.model.hold_outs:
        site = Site(draft, document, ("hold_outs", name, "share"), f"hold-out {name}")
        written = str(document.root.find(site.path)[1].value)
        if not written.endswith("%") and 0 < float(written) < 1:
            said = f"share: {written} is {written}% of all customers, not {100 * float(written):g}%"
            yield Finding(site, said, f"write `{written}%`, or `{100 * float(written):g}%`")
