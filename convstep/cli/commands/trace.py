"""`convstep trace`: the steps of one layer."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from convstep.cli.nets import load, spec_arguments
from convstep.errors import ConvstepError
from convstep.report import streams
from convstep.report.files import STANDARD_OUTPUT, writing

NAME = "trace"
SUMMARY = "print the steps of one layer as JSON lines"
EXAMPLE = "convstep trace tiny --layer conv1 --full"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    spec_arguments(sub)
    sub.add_argument("--layer", metavar="L", help="which one (default: the first)")
    sub.add_argument(
        "--from", dest="first", type=int, default=0, metavar="N", help="the first step, from 0 (default: 0)"
    )
    sub.add_argument("--to", dest="last", type=int, metavar="N", help="stop before this step (default: the end)")
    sub.add_argument("--full", action="store_true", help="add the input slice, the filter, the products and the bias")
    sub.add_argument("--out", metavar="FILE", default="-", help="where to write them (default: -, standard output)")


def run(args: Namespace) -> int:
    """Write the steps; return the exit code."""
    from itertools import islice

    from convstep.engine import walk
    from convstep.network import Values
    from convstep.report.text import trace_lines

    network, x = load(args)
    layer = args.layer or network.names[0]
    values = Values(network, x)
    operation = values.operation(layer)
    count = operation.geometry.count
    last = count if args.last is None else args.last
    if not 0 <= args.first <= count:
        raise ConvstepError(f"{layer} has steps 0 to {count - 1}, got {args.first}", where="--from")
    if last < args.first:
        raise ConvstepError(f"expected a step from {args.first} on, got {last}", where="--to")
    steps = islice(walk(operation, args.first), last - args.first)
    lines = trace_lines(layer, steps, full=args.full)
    if args.out in STANDARD_OUTPUT:
        streams.write(lines)
    else:
        with writing(args.out) as file:
            file.writelines(f"{line}\n".encode() for line in lines)
    return 0
