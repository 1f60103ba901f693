"""`convstep diff`: two nets on one input, and where they first differ."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from convstep.cli.nets import changes_argument, given_of, input_arguments, note, silence_numpy_warnings
from convstep.errors import ConvstepError, SpecError
from convstep.report import streams

if TYPE_CHECKING:
    from convstep.answers.diff import Side
    from convstep.engine.steps import Array

NAME = "diff"
SUMMARY = "find the first layer, neuron and tap where two nets differ, and why"
EXAMPLE = "convstep diff model.onnx model.keras --input cat.png"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    sub.add_argument("spec", metavar="A", help="a bundled net, a spec or a model file")
    sub.add_argument(
        "other", metavar="B", help="another, or an .npz file of activations by layer, as a framework computed them"
    )
    changes_argument(sub)
    input_arguments(sub)
    sub.add_argument(
        "--map",
        dest="mapped",
        action="append",
        default=[],
        metavar="A=B",
        help="compare layer A of the first with layer B of the second (default: by order and kind)",
    )
    sub.add_argument("--json", action="store_true", help="as JSON")


def run(args: Namespace) -> int:
    """Print where they differ; return the exit code: 0 if they agree, 1 if not."""
    from convstep.answers.diff import compare
    from convstep.report.answers.diff import diff_json, diff_text

    silence_numpy_warnings()
    mapped = {}
    for text in args.mapped:
        name, equals, other = text.partition("=")
        if not (equals and name.strip() and other.strip()):
            raise ConvstepError(f"expected two layers, got '{text}'", where="--map", hint="For example: --map conv1=c1")
        mapped[name.strip()] = other.strip()
    result = compare(*_sides(args), mapped)
    streams.write(diff_json(result) if args.json else diff_text(result))
    return 0 if result.first is None else 1


def _sides(args: Namespace) -> tuple[Side, Side]:
    """Return both, on one input."""
    from dataclasses import replace

    from convstep.answers.diff import INPUT, Side, related
    from convstep.loading import load
    from convstep.network.values import Values

    given = given_of(args)
    saved = _saved(args.other) if args.other.lower().endswith(".npz") else None
    if saved is not None and INPUT in saved and not given.input:
        given = given._replace(input=f"{args.other}:{INPUT}")
    network, x = load(args.spec, changes=args.changes, notify=note, given=given)
    if network.fault:
        note(f"A: {network.fault}; what comes before is compared")
    a = Side(args.spec, Values(network, x))
    if saved is not None:
        return a, Side(args.other, None, saved)
    other, y = load(args.other, notify=note, given=given)
    if other.fault:
        note(f"B: {other.fault}; what comes before is compared")
    if not args.input and not related(x, y):
        if other.input_shape != network.input_shape:
            raise ConvstepError(
                f"takes {'×'.join(map(str, other.input_shape))}, and {args.spec} "
                f"{'×'.join(map(str, network.input_shape))}",
                where=args.other,
            )
        note(f"{args.other}: on the input of {args.spec}")
        y = x.astype(other.dtype)
    other = replace(other, picture=network.picture)
    return a, Side(args.other, Values(other, y))


def _saved(name: str) -> dict[str, Array]:
    """Return the arrays of an .npz file by name; the net's input is called input there."""
    from convstep.answers.diff import INPUT
    from convstep.spec.files import open_bytes
    from convstep.tensors import read

    try:
        with open_bytes(name, name) as file:
            tensors = read(memoryview(file.read()), "npz").tensors
    except SpecError as error:
        raise SpecError(error.what, where=error.where or name, hint=error.hint) from None
    arrays = {key.replace(".", "_").replace("/", "_"): tensor.read() for key, tensor in tensors.items()}
    return {INPUT if key == "x" else key: array for key, array in arrays.items()}
