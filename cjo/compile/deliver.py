"""Pass: deliver.yaml names channels of the workspace and carriers of its own; nothing of it is in the plan."""

from __future__ import annotations

from cjo.compile.draft import Draft
from cjo.spec.common import UNKNOWN
from cjo.spec.deliver import Deliver, Smtp
from cjo.spec.documents import Document
from cjo.spec.problems import Problems, did_you_mean
from cjo.spec.workspace import Workspace


def run(draft: Draft) -> None:
    """Check each file with `carriers`."""
    for document in draft.spec.deliver:
        check(document, draft.workspace, draft.problems)


def check(document: Document[Deliver], workspace: Workspace, problems: Problems) -> None:
    """Note what a file with `carriers` gets wrong about its workspace."""
    if document.model is None:
        return
    for channel, carrier in document.model.channels.items():
        _check_channel(document, workspace, channel, problems)
        _check_carrier(document, document.model, workspace, channel, carrier, problems)


def _check_channel(document: Document[Deliver], workspace: Workspace, channel: str, problems: Problems) -> None:
    known = [*workspace.channels, *workspace.emits]
    if channel not in known and channel != UNKNOWN:
        place = document.key_place(("channels", channel))
        hint = did_you_mean(channel, known, "`channels` and `emits` in workspace.yaml list them")
        problems.add("unknown-channel", place, document.who, f"unknown channel '{channel}'", hint)


def _check_carrier(
    document: Document[Deliver], model: Deliver, workspace: Workspace, channel: str, carrier: str, problems: Problems
) -> None:
    place = document.place(("channels", channel))
    if carrier not in model.carriers:
        written = document.root.data().get("carriers") or {}
        if carrier != UNKNOWN and carrier not in written:  # a wrong one has been told of where it stands
            hint = did_you_mean(carrier, model.carriers, "`carriers` in this file lists them")
            problems.add("unknown-carrier", place, document.who, f"unknown carrier '{carrier}'", hint)
        return
    declared = workspace.channels.get(channel)
    if isinstance(model.carriers[carrier], Smtp) and (declared is None or declared.address == "none"):
        said = f"'{channel}' has no address, and carrier '{carrier}' sends e-mail"
        problems.add("no-address", place, document.who, said)
