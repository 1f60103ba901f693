"""`convstep shapes`: every layer's shape."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from convstep.cli.nets import load, spec_arguments
from convstep.report import streams

SUMMARY = "print every layer's shape, parameters and cost, and how they come about"
EXAMPLE = "convstep shapes mnist --compare"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    spec_arguments(sub)
    sub.add_argument("--padding", choices=("same", "valid"), help="of every convolution and pool")
    sub.add_argument(
        "--compare", action="store_true", help="SAME, VALID, p = (f - 1)//2 and the net's own padding side by side"
    )
    sub.add_argument(
        "--conv",
        metavar="SIZE,KERNEL,STRIDE,PADDING",
        help="one layer without a spec, such as 64,4,1,same or 28x20,5x3,2,valid",
    )
    sub.add_argument("--json", action="store_true", help="as JSON")


def run(args: Namespace) -> int:
    """Print the shapes; return the exit code."""
    from convstep.report.answers import shapes as report

    if args.conv is not None:
        from convstep.answers.window import read_window

        window = read_window(args.conv)
        streams.write(report.window_json(window) if args.json else report.window_text(window))
        return 0
    network, _ = load(args, padding=args.padding)
    if args.compare:
        from convstep.answers.paddings import compare_paddings

        columns = compare_paddings(network)
        streams.write(report.compare_json(columns) if args.json else report.compare_text(network, columns))
        return 0
    from convstep.answers.shapes import shapes

    rows = shapes(network)
    streams.write(report.shapes_json(rows) if args.json else report.shapes_text(network, rows))
    return 0
