"""`convstep shapes`: every layer's shape."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from convstep.cli.nets import load, spec_arguments
from convstep.report import streams

NAME = "shapes"
SUMMARY = "print every layer's shape, and how it comes about"
EXAMPLE = "convstep shapes mnist --padding valid"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    spec_arguments(sub)
    sub.add_argument("--padding", choices=("same", "valid"), help="of every convolution and pool")
    sub.add_argument("--json", action="store_true", help="as a JSON list")


def run(args: Namespace) -> int:
    """Print the shapes; return the exit code."""
    from convstep.answers import shapes
    from convstep.report.text import shapes_json, shapes_text

    network, _ = load(args, padding=args.padding)
    rows = shapes(network)
    streams.write(shapes_json(rows) if args.json else shapes_text(network, rows))
    return 0
