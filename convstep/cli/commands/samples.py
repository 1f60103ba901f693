"""`convstep samples`: the bundled nets."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from convstep.report import streams

SUMMARY = "list the bundled nets, or copy one here"
EXAMPLE = "convstep samples --copy tiny"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    sub.add_argument("--copy", metavar="NAME", help="copy a bundled net, and the files it needs, into this folder")


def run(args: Namespace) -> int:
    """List the bundled nets, or copy one; return the exit code."""
    from convstep.report.text import table
    from convstep.spec import copy_sample, samples

    if args.copy:
        streams.write(map(str, copy_sample(args.copy, os.curdir)))
    else:
        streams.write(table([(name, title) for name, title, _ in samples()]))
    return 0
