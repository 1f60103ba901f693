"""`convstep forward`: every layer's output."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from convstep.cli.nets import load, spec_arguments
from convstep.errors import ConvstepError
from convstep.report import streams
from convstep.report.files import STANDARD_OUTPUT, write_arrays, writing

SUMMARY = "compute every layer's output"
EXAMPLE = "convstep forward course --out values.npz"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    spec_arguments(sub)
    sub.add_argument(
        "--out", metavar="FILE.npz", help="write every layer's output there, by layer name; - is standard output"
    )


def run(args: Namespace) -> int:
    """Print the outputs, or write them to a file; return the exit code."""
    from convstep.report.text import forward_text

    network, x = load(args)
    outputs = network.forward(x)
    if args.out is not None:
        with writing(args.out) as file:
            if file.isatty():
                raise ConvstepError("is a terminal, and the values are binary", where=f"--out {args.out}")
            write_arrays(file, outputs)
        if args.out in STANDARD_OUTPUT:
            return 0
    streams.write(forward_text(network, outputs))
    return 0
