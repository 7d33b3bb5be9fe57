"""The link by which a customer withdraws consent: as the message has it, made from the workspace and the action."""

from __future__ import annotations

from cjo.deliver.outcome import Action
from cjo.engine.messages import unsubscribe_link
from cjo.spec.workspace import TRANSACTIONAL, Workspace

NAME = "unsubscribe"


def way_out(action: Action, workspace: Workspace) -> str | None:
    """The variable `unsubscribe` of the action where its author gave one, else the workspace's link; None without."""
    given = action["variables"].get(NAME)
    if isinstance(given, str) and given:
        return given
    if workspace.unsubscribe is None:
        return None
    setting = {
        "link": workspace.unsubscribe.link,
        "channels": [name for name, channel in workspace.channels.items() if channel.shows(name) != "none"],
        "purposes": [purpose for purpose in workspace.purposes if purpose != TRANSACTIONAL],
    }
    return unsubscribe_link(setting, action["customer_id"], action["purpose"], action["channel"]).get(NAME)
