"""`convstep contributions`: what a value is made of, and what it adds to."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from convstep.cli.nets import load, place_of, spec_arguments
from convstep.errors import ConvstepError
from convstep.report import streams

SUMMARY = "print which values a neuron's value is made of, or which values it adds most to"
EXAMPLE = "convstep contributions mnist --neuron dense2:2 --follow"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    spec_arguments(sub)
    sub.add_argument(
        "--neuron", metavar="LAYER:H,W,C", required=True, help="whose value; with --forward also input:H,W,C"
    )
    way = sub.add_mutually_exclusive_group()
    way.add_argument("--follow", action="store_true", help="follow the largest contribution back to the input")
    way.add_argument("--forward", action="store_true", help="print which later values it adds most to")
    sub.add_argument("--most", type=int, default=12, metavar="N", help="how many to name (default: 12)")
    sub.add_argument("--json", action="store_true", help="as JSON, one object a line")


def run(args: Namespace) -> int:
    """Print the contributions; return the exit code."""
    if args.most < 1:
        raise ConvstepError(f"expected a number of at least 1, got {args.most}", where="--most")
    from convstep.answers.contributions import effects_of, follow, origin_of, value_of
    from convstep.network import Values
    from convstep.report.answers import contributions as report

    layer, numbers = place_of(args.neuron, "--neuron", "pool2:0,0,3")
    if not layer:
        raise ConvstepError(f"'{args.neuron}' names no layer", where="--neuron", hint="Write it as pool2:0,0,3")
    network, x = load(args)
    values, index = Values(network, x), tuple(numbers)
    if args.forward:
        effects = effects_of(values, layer, index, most=args.most)
        write = report.effects_json if args.json else report.effects_text
        streams.write(write(layer, index, value_of(values, layer, index), effects))
        return 0
    if args.follow:
        origins = list(follow(values, layer, index, most=args.most))
        streams.write(report.origin_json(origins) if args.json else report.follow_text(origins))
        return 0
    origin = origin_of(values, layer, index, most=args.most)
    streams.write(report.origin_json([origin]) if args.json else report.origin_text(origin))
    return 0
