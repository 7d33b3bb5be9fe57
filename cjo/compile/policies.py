"""Pass: policies.yaml becomes the `caps` of the plan's workspace; a workspace without the file has none."""

from __future__ import annotations

from typing import Any

from cjo.compile.draft import Draft, Site
from cjo.spec.policies import Cap
from cjo.spec.workspace import TRANSACTIONAL


def run(draft: Draft) -> None:
    """Make `caps`, in the order of the file; check the channels and purposes that they name."""
    document = draft.spec.policies
    if document is not None and document.model is not None:
        sites = {name: Site(draft, document, ("caps", name), f"cap {name}") for name in document.model.caps}
        caps = [_cap(sites[name], name, cap) for name, cap in document.model.caps.items()]
        draft.plan["workspace"]["caps"] = caps


def _cap(site: Site, name: str, cap: Cap) -> dict[str, Any]:
    workspace = site.draft.workspace
    for index, channel in enumerate(cap.channels or ()):
        site.at("channels", index).known(
            "unknown-channel", "channel", channel, workspace.channels, "`channels` in workspace.yaml lists them"
        )
    purposes = [purpose for purpose in workspace.purposes if purpose != TRANSACTIONAL]
    for index, purpose in enumerate(cap.purposes or ()):
        otherwise = "`purposes` in workspace.yaml lists them; transactional messages are never capped (D6)"
        site.at("purposes", index).known("unknown-purpose", "purpose", purpose, purposes, otherwise)
    rolling = isinstance(cap.per, int)
    return {
        "name": name,
        "at_most": cap.at_most,
        "per": None if rolling else cap.per,
        "window_ms": cap.per if rolling else None,
        "channels": cap.channels,
        "purposes": cap.purposes,
    }
