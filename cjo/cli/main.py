"""The `cjo` command: one file a subcommand in this folder, loaded only when it is called."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from cjo import __version__
from cjo.cli import connection
from cjo.errors import CjoError, UsageError
from cjo.spec.problems import did_you_mean

COMMANDS = {
    "init": "make a small workspace to start from: a signal, a journey, templates, scenarios",
    "up": "start the local stack: broker, registry, Flink cluster",
    "down": "stop the local stack",
    "doctor": "say what is missing, what runs, and what to do",
    "topics": "make and check the topics and schemas",
    "validate": "check signals and journeys",
    "test": "play the scenarios of journeys, and name the steps that none of them visits",
    "explain": "say what signals and journeys do, what they need and what they keep",
    "map": "draw a journey, with counts where decisions are given",
    "backtest": "tell how often signals would have fired over a log, and when",
    "report": "tell what became of everyone in a journey, from its decisions",
    "preview": "render a template for a sample customer",
    "native": "compile the engine to machine code, which decides in about 0.6 of the time",
    "submit": "submit the jobs to a Flink cluster",
    "plan": "tell what publishing a workspace would change in the job that runs, and what it needs of the log",
    "apply": "publish a workspace to the job that runs; signals that remember are warmed up from the log first",
    "pause": "let a journey refuse entries and hold its messages",
    "resume": "let a paused or stopped journey go on",
    "stop": "end a journey's runs, and let it decide nothing any more",
    "stop-all": "stop every journey",
    "simulate": "tell what journeys would have sent over a log, and why not",
    "send": "publish touchpoints, or one touchpoint for each customer of a list",
    "guard": "pause a journey that sends more than its guard allows",
    "deliver": "carry out actions: webhooks, e-mail, lists, pages; and report what became of them",
    "tail": "print decoded records of a topic",
    "why": "tell what was decided for a customer, and why",
    "heartbeat": "keep time moving in every partition of the log",
    "demo": "orchestrate a synthetic week of a shop, a bank and a utility",
}


def module_of(command: str) -> str:
    """Name of the module that holds `command`."""
    return f"cjo.cli.{command.replace('-', '_')}"


def parser_of(wanted: str | None) -> argparse.ArgumentParser:
    """The parser of all commands, with the options of the one that is wanted."""
    parser = argparse.ArgumentParser(
        prog="cjo",
        description="Real-time customer journey orchestration on Apache Flink.",
        epilog="Begin with: cjo init FOLDER. docs/guide/tutorial.md leads from there to a journey of your own.",
    )
    parser.add_argument("--version", action="version", version=f"cjo {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name == wanted:
            importlib.import_module(module_of(name)).add_arguments(sub)
            if name not in connection.OFFLINE:
                connection.add_arguments(sub)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Errors go to stderr, data to stdout."""
    words = list(sys.argv[1:] if argv is None else argv)
    wanted = next((word for word in words if not word.startswith("-")), None)
    if wanted is not None and wanted not in COMMANDS:
        hint = did_you_mean(wanted, COMMANDS, "cjo --help lists them")
        print(f"cjo: unknown command '{wanted}'\n\nhint: {hint}", file=sys.stderr)
        return UsageError.exit_code
    parser = parser_of(wanted)
    if not words:
        parser.print_help(sys.stderr)
        return UsageError.exit_code
    args = _parsed(parser, words)
    try:
        with connection.applied(args):
            return int(importlib.import_module(module_of(args.command)).run(args) or 0)
    except CjoError as error:
        print(f"cjo {args.command}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def _parsed(parser: argparse.ArgumentParser, words: list[str]) -> argparse.Namespace:
    """The arguments; a command that takes any number of words takes them before, between and after its options."""
    args, rest = parser.parse_known_args(words)
    if rest and (not hasattr(args, "words") or any(word.startswith("-") and word != "-" for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        args.words = [*args.words, *rest]
    return args


if __name__ == "__main__":
    sys.exit(main())
