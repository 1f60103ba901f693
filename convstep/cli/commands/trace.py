"""`convstep trace`: the steps of one layer."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

from convstep.cli.nets import load, spec_arguments
from convstep.errors import ConvstepError
from convstep.report import streams
from convstep.report.files import STANDARD_OUTPUT

if TYPE_CHECKING:
    from convstep.engine.steps import Array, Operation
    from convstep.network import Values
    from convstep.report.progress import Progress
    from convstep.report.trace import Numbers, Trace

SUMMARY = "print the steps of one layer as JSON lines"
EXAMPLE = "convstep trace tiny --layer conv1 --full"

FORMATS = ("json", "csv", "npz")


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    spec_arguments(sub)
    sub.add_argument("--layer", metavar="L", help="which one (default: the first)")
    sub.add_argument(
        "--from", dest="first", type=int, default=0, metavar="N", help="the first step, from 0 (default: 0)"
    )
    sub.add_argument("--to", dest="last", type=int, metavar="N", help="stop before this step (default: the end)")
    sub.add_argument("--full", action="store_true", help="add the input slice, the filter, the products and the bias")
    sub.add_argument("--where", metavar="CONDITION", help="only steps at which it holds, such as 'pad and value > 0'")
    sub.add_argument("--out", metavar="FILE", default="-", help="where to write them (default: -, standard output)")
    sub.add_argument("--format", choices=FORMATS, help="how (default: by the ending of FILE, else json)")


def run(args: Namespace) -> int:
    """Write the steps; return the exit code."""
    from convstep.network import Values
    from convstep.report.progress import Progress

    form = args.format or next((each for each in FORMATS if args.out.endswith(f".{each}")), "json")
    if args.full and form != "json":
        raise ConvstepError(f"slices and filters can't be written as {form}", where="--full", hint="JSON lines can")
    network, x = load(args)
    layer = args.layer or network.names[0]
    values = Values(network, x)
    stage = network.stage(layer)
    if stage.fault:
        raise stage.fault
    count = values.m * prod(stage.output or ())
    last = count if args.last is None else args.last
    if not 0 <= args.first <= count:
        raise ConvstepError(f"{layer} has steps 0 to {count - 1}, got {args.first}", where="--from")
    if last < args.first:
        raise ConvstepError(f"expected a step from {args.first} on, got {last}", where="--to")
    with Progress(wanted=args.out not in STANDARD_OUTPUT or not streams.is_seen()) as progress:
        _write(_trace(values, layer, args, min(last, count), form, progress), form, args)
    return 0


def _trace(values: Values, layer: str, args: Namespace, last: int, form: str, progress: Progress) -> Trace:
    """Return the trace of the chosen steps."""
    from convstep.debugger.stops.conditions import InLayer, parse, parts, reads_values
    from convstep.report.trace import Trace, numbers_in, numbers_where

    count = last - args.first
    if args.where is None:
        operation, output = _some(values, layer, range(args.first, last), progress)
        return Trace(
            layer,
            operation,
            lambda: numbers_in(args.first, last),
            count,
            output,
            lambda done: progress.tell(done, count, layer),
        )
    try:
        condition = parse(args.where)
    except ConvstepError as error:
        error.where = "--where"
        raise
    for part in parts(condition):
        if isinstance(part, InLayer):
            values.network.position(part.name)
    output = None
    if reads_values(condition):
        for name, done, total in values.compute(layer):
            progress.tell(done, total, f"computing {name}")
        output = values.output(layer)

    def chosen() -> Iterator[Numbers]:
        return numbers_where(values, layer, condition, args.first, last)

    found = sum(map(len, chosen())) if form == "npz" else 0  # its header says how many
    return Trace(layer, values.operation(layer), chosen, found, output, lambda done: progress.tell(done, found, layer))


def _some(values: Values, layer: str, windows: range, progress: Progress) -> tuple[Operation, Array | None]:
    """Return a layer's operation, and its output with some windows computed; None if these are all of them."""
    if len(windows) == values.m * prod(values.network.shape_of(layer)):
        return values.operation(layer), None
    for name, done, total in values.compute_windows(layer, windows):
        progress.tell(done, total, f"computing {name}")
    return values.partial(layer)


def _write(trace: Trace, form: str, args: Namespace) -> None:
    from convstep.report.files import writing

    if form == "npz":
        with writing(args.out) as file:
            trace.write_npz(file)
        return
    lines = trace.csv_lines() if form == "csv" else trace.json_lines(full=args.full)
    if args.out in STANDARD_OUTPUT:
        streams.write(lines)
    else:
        with writing(args.out) as file:
            file.writelines(f"{line}\n".encode() for line in lines)
