"""`convstep map`: what a neuron sees, and which neurons see a pixel."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from convstep.cli.nets import load, place_of, spec_arguments
from convstep.errors import ConvstepError
from convstep.report import streams

SUMMARY = "print which pixels a neuron sees, or which neurons see a pixel"
EXAMPLE = "convstep map course --neuron pool2:0,0,3"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    spec_arguments(sub)
    sub.add_argument("--neuron", metavar="LAYER:H,W,C", help="whose places to print, in every layer before it")
    sub.add_argument(
        "--pixel", metavar="[LAYER:]H,W", help="whose neurons to print, in every layer after it (default: the input)"
    )
    sub.add_argument(
        "--winners", action="store_true", help="follow only the values that won in max-pools; computes the net"
    )
    sub.add_argument("--json", action="store_true", help="as a JSON object")


def run(args: Namespace) -> int:
    """Print the places; return the exit code."""
    if (args.neuron is None) == (args.pixel is None):
        raise ConvstepError(
            "expected either --neuron or --pixel", where="map", hint="Such as --neuron pool2:0,0,3 or --pixel 5,7"
        )
    if args.winners and args.pixel is not None:
        raise ConvstepError("winners are followed back from a neuron", where="--winners", hint="Give --neuron")
    from convstep.answers.seen import seen_by, sees
    from convstep.network.network import INPUT
    from convstep.report.answers import seen

    if args.pixel is not None:
        layer, numbers = place_of(args.pixel, "--pixel", "5,7 or conv1:5,7")
        network, _ = load(args)
        layer = layer or INPUT
        neurons = seen_by(network, layer, numbers)
        streams.write((seen.seen_by_json if args.json else seen.seen_by_text)(layer, numbers, neurons))
        return 0
    layer, numbers = place_of(args.neuron, "--neuron", "pool2:0,0,3")
    if not layer:
        raise ConvstepError(f"'{args.neuron}' names no layer", where="--neuron", hint="Write it as pool2:0,0,3")
    network, x = load(args)
    values = None
    if args.winners:
        from convstep.network import Values

        values = Values(network, x)
    found = sees(network, layer, numbers, values)
    if args.json:
        streams.write(seen.seen_json(layer, numbers, found))
    else:
        streams.write(seen.seen_text(layer, numbers, found, winners=args.winners))
    return 0
