"""`convstep emit`: a net as code in a framework."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace

from convstep.cli.nets import load, spec_arguments, spec_of
from convstep.errors import ConvstepError
from convstep.report import streams

SUMMARY = "write a net as code in TensorFlow, Keras, PyTorch, JAX or NumPy"
EXAMPLE = "convstep emit mnist --framework torch --out mnist_torch && python mnist_torch/net.py"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    spec_arguments(sub)
    sub.add_argument("--framework", metavar="F", help="tensorflow, keras, torch, jax or numpy")
    sub.add_argument("--layer", metavar="L", help="only the call of this layer")
    sub.add_argument(
        "--out",
        metavar="FOLDER",
        help="write net.py there, beside the weights, the input and the output, which it compares with its own "
        "(default: only the code, to standard output)",
    )
    sub.add_argument("--force", action="store_true", help="write into a folder that exists")


def run(args: Namespace) -> int:
    """Print the code, or write it with its arrays into a folder; return the exit code."""
    from convstep.answers.emit import ARRAYS, CODE, FRAMEWORKS, call, check_framework, emit
    from convstep.report.files import STANDARD_OUTPUT, new_folder, write_arrays, writing

    if args.framework is None:
        raise ConvstepError("none is given", where="--framework", hint=f"It is one of {', '.join(FRAMEWORKS)}")
    check_framework(args.framework)
    printing = args.out is None or args.out in STANDARD_OUTPUT
    if args.layer is not None and not printing:
        raise ConvstepError("the call of one layer goes to standard output", where="--out", hint="Leave out --layer")
    network, x = load(args)
    if args.layer is not None:
        streams.write(call(network, args.layer, args.framework).splitlines())
        return 0
    command = " ".join(["convstep emit", spec_of(args), *(f"--set {each}" for each in args.changes)])
    command += f" --framework {args.framework}"
    if printing:
        embed = not sys.stdout.isatty()  # a person reads the code, and not pages of packed numbers
        streams.write(emit(network, args.framework, x, embed=embed, command=command).code.splitlines())
        return 0
    with new_folder(args.out, force=args.force) as folder:
        program = emit(network, args.framework, x, command=command)
        with writing(os.path.join(folder, ARRAYS)) as file:
            write_arrays(file, program.arrays)
        with writing(os.path.join(folder, CODE)) as file:
            file.write(program.code.encode())
    streams.write([os.path.join(args.out, CODE), os.path.join(args.out, ARRAYS)])
    return 0
