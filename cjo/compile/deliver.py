"""Pass: deliver.yaml names channels of the workspace and carriers of its own; nothing of it is in the plan."""

from __future__ import annotations

from cjo.compile.draft import Draft
from cjo.spec.common import UNKNOWN
from cjo.spec.deliver import Deliver, Smtp
from cjo.spec.documents import Document
from cjo.spec.problems import Place, Problems, did_you_mean
from cjo.spec.workspace import Workspace


def run(draft: Draft) -> None:
    """Check each file with `carriers`."""
    taken: dict[str, Place] = {}
    for document in draft.spec.deliver:
        check(document, draft.workspace, draft.problems, taken)


def check(
    document: Document[Deliver], workspace: Workspace, problems: Problems, taken: dict[str, Place] | None = None
) -> None:
    """Note what a file with `carriers` gets wrong about its workspace. `taken`: where topics are served."""
    if document.model is None:
        return
    taken = {} if taken is None else taken
    for channel, carrier in document.model.channels.items():
        _check_channel(document, workspace, channel, problems)
        _check_topic(document, workspace.topic_of(channel), channel, problems, taken)
        _check_carrier(document, document.model, workspace, channel, carrier, problems)


def _check_channel(document: Document[Deliver], workspace: Workspace, channel: str, problems: Problems) -> None:
    known = [*workspace.channels, *workspace.emits]
    if channel not in known and channel != UNKNOWN:
        place = document.key_place(("channels", channel))
        hint = did_you_mean(channel, known, "`channels` and `emits` in workspace.yaml list them")
        problems.add("unknown-channel", place, document.who, f"unknown channel '{channel}'", hint)


def _check_topic(
    document: Document[Deliver], topic: str, channel: str, problems: Problems, taken: dict[str, Place]
) -> None:
    place = document.key_place(("channels", channel))
    if topic in taken and channel != UNKNOWN:
        said = f"actions of '{channel}' are carried out at {taken[topic]} too: each would go out twice"
        problems.add("carried-twice", place, document.who, said)
    taken.setdefault(topic, place)


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
