"""`convstep replay`: a script, carried out and checked."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from convstep.cli.nets import open_session
from convstep.errors import ConvstepError
from convstep.report import streams

NAME = "replay"
SUMMARY = "carry out a script of verbs, and check what it expects"
EXAMPLE = "convstep replay lesson.steps"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    sub.add_argument(
        "script", metavar="SCRIPT", help="one verb a line, as after ':' in the debugger; - reads standard input"
    )


def run(args: Namespace) -> int:
    """Carry out the script; return the exit code."""
    from convstep.debugger.script import LARGEST, decode
    from convstep.report.replay import replay
    from convstep.spec.files import STANDARD_INPUT, read_bytes

    name = "standard input" if args.script in STANDARD_INPUT else args.script
    try:
        script = decode(read_bytes(args.script, LARGEST + 1))
    except ConvstepError as error:
        error.where = name
        raise
    streams.write(replay(open_session(), script, name))
    return 0
