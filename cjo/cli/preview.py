"""`cjo preview`: render a template for a sample customer, with lengths and SMS segments."""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path
from typing import Any

from cjo.compile.passes import compile_draft
from cjo.compile.preview import Preview, previews
from cjo.errors import UsageError
from cjo.resources import WORKSPACE, workspace_dir

_JSON = "JSON object, or @FILE with one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("template", help="name of the template, as a send step writes it")
    parser.add_argument("--workspace", type=Path, help=f"workspace folder; {WORKSPACE}")
    parser.add_argument("--channel", help="only this channel")
    parser.add_argument("--locale", help="as for a customer with this locale, fallbacks included; by default each one")
    parser.add_argument("--profile", metavar="JSON", help=f"the customer's profile over sample values: {_JSON}")
    parser.add_argument("--with", dest="given", metavar="JSON", help=f"variables over sample values: {_JSON}")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line, one for each message")


def run(args: argparse.Namespace) -> int:
    """Print each message; returns 1 where one can't be rendered."""
    draft = compile_draft(workspace_dir(args.workspace))
    profile, given = _object("--profile", args.profile), _object("--with", args.given)
    found = list(previews(draft, args.template, args.channel, args.locale, profile, given))
    for index, preview in enumerate(found):
        if args.json:
            print(json.dumps(preview.as_json(), ensure_ascii=False, default=str))
        else:
            print(("\n" if index else "") + "\n".join(_lines(preview)))
    return 1 if any(preview.error for preview in found) else 0


def _object(option: str, text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        value = json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except (OSError, ValueError) as error:
        raise UsageError(f"{option}: {error}", 'write a JSON object, such as {"first_name": "Zoë"}') from None
    if not isinstance(value, dict):
        raise UsageError(f"{option}: expected a JSON object, got {text}", 'such as {"first_name": "Zoë"}')
    return value


def _lines(preview: Preview) -> list[str]:
    sent = f"sent by {preview.journey}, step {preview.step}" if preview.journey else "no step sends it"
    lines = [f"{preview.channel} in {preview.locale} ({sent})"]
    if preview.error:
        lines.append(f"  can't be rendered: {preview.error}")
    for part, text in preview.parts.items():
        lines.append(f"  {part}, {_counted(preview.lengths[part], 'character')}{_sms(preview, part)}:")
        lines.append(textwrap.indent(text, "    "))
    return lines + [f"  too long: {complaint}" for complaint in preview.complaints]


def _sms(preview: Preview, part: str) -> str:
    if preview.sms is None or part != "body":
        return ""
    sms = preview.sms
    foreign = f" because of {' '.join(sms.foreign[:8])}" if sms.foreign else ""
    return f", {_counted(sms.segments, 'segment')} of {sms.encoding}{foreign}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"
