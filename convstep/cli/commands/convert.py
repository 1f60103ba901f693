"""`convstep convert`: a model file as a spec and weights to edit."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from convstep.cli.nets import changes_argument, input_arguments, load
from convstep.errors import ConvstepError
from convstep.report import streams

SUMMARY = "write a model file as a spec and weights to edit"
EXAMPLE = "convstep convert model.onnx net.yaml --input cat.png"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    sub.add_argument("spec", metavar="MODEL", help="a model file of ONNX, Keras or PyTorch, or any spec")
    sub.add_argument("target", metavar="NET.yaml", help="the spec to write; the numbers go to NET.npz beside it")
    changes_argument(sub)
    input_arguments(sub)
    sub.add_argument("--force", action="store_true", help="replace files that exist")


def run(args: Namespace) -> int:
    """Write the files, and print their names; return the exit code."""
    from convstep.report.files import write_arrays, writing
    from convstep.report.spec import as_spec

    stem, suffix = os.path.splitext(args.target)
    if suffix not in (".yaml", ".yml"):
        raise ConvstepError("a spec's name ends with .yaml", where=args.target, hint=f"Say {args.target}.yaml")
    numbers = f"{stem}.npz"
    for path in (args.target, numbers):
        if os.path.lexists(path) and not args.force:
            raise ConvstepError("it exists", where=path, hint="--force replaces it")
    network, x = load(args)
    spec = as_spec(network, x, os.path.basename(numbers))
    with writing(numbers) as file:
        write_arrays(file, spec.arrays)
    with writing(args.target) as file:
        file.write(spec.text.encode())
    streams.write([args.target, numbers])
    return 0
