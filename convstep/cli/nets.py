"""The net that a command works on: its command-line arguments, and how it is loaded."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from convstep.errors import ConvstepError
from convstep.report import streams

if TYPE_CHECKING:
    from convstep.engine.steps import Array
    from convstep.loading import Given
    from convstep.network import Network
    from convstep.opening import Session


SCALES = ("0..1", "-1..1", "0..255")
"""Ranges of a picture's values."""

LAYOUTS = ("NCHW", "NHWC", "NCL", "NLC")
"""How a model file may have its input: examples, channels, height and width, or length."""


def spec_arguments(sub: argparse.ArgumentParser) -> None:
    """Add the arguments for a spec and for changes to it."""
    sub.add_argument(
        "spec",
        nargs="?",
        metavar="SPEC",
        help="a bundled net, a spec or a model file; - reads standard input (default: what is piped in, else photo)",
    )
    changes_argument(sub)
    input_arguments(sub)


def input_arguments(sub: argparse.ArgumentParser) -> None:
    """Add the arguments for the net's input, and for how a model file has it."""
    sub.add_argument(
        "--input", metavar="FILE", help="a picture, array, table or IDX file for its input; FILE:KEY, FILE:N for a part"
    )
    sub.add_argument("--scale", choices=SCALES, help="the values that a picture's black and white get (default: 0..1)")
    sub.add_argument("--mean", metavar="M,M,M", help="subtract this then: one number, or one for each channel")
    sub.add_argument("--std", metavar="S,S,S", help="divide by this then")
    sub.add_argument("--layout", choices=LAYOUTS, help="how a model file has its input (default: found out)")
    sub.add_argument("--output", metavar="NAME", help="the output of a model file to show (default: its first)")


def changes_argument(sub: argparse.ArgumentParser) -> None:
    """Add the argument for changes to a spec."""
    sub.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="LAYER.FIELD=VALUE",
        help="change a field of the spec for this run, such as conv1.padding=valid",
    )


def spec_of(args: argparse.Namespace) -> str:
    """Return the spec: the one named, or "-" if something is piped in, or photo."""
    from convstep.spec.piped import something_piped

    return args.spec if args.spec is not None else "-" if something_piped() else "photo"


def load(args: argparse.Namespace, padding: str | None = None) -> tuple[Network, Array]:
    """Return the net and its input; notes about the input go to standard error.

    Raises:
        SpecError: It can't be read.
    """
    from convstep.loading import load

    silence_numpy_warnings()
    return load(spec_of(args), changes=args.changes, padding=padding, notify=note, given=given_of(args))


def given_of(args: argparse.Namespace) -> Given:
    """Return what is given beside the net's file, if the command takes it: an input, and its preparation.

    Raises:
        ConvstepError: A number can't be read.
    """
    from convstep.loading import NOTHING, Given
    from convstep.spec.preparation import Preparation

    if "input" not in args:
        return NOTHING
    low, _, high = (args.scale or "").partition("..")
    scale = (float(low), float(high)) if high else None
    preparation = Preparation(scale, _numbers("--mean", args.mean), _numbers("--std", args.std))
    return Given(args.input or "", preparation, args.layout or "", args.output or "")


def _numbers(option: str, text: str | None) -> tuple[float, ...]:
    from math import isfinite

    try:
        numbers = tuple(map(float, text.split(","))) if text else ()
    except ValueError:
        numbers = (float("nan"),)
    if not all(map(isfinite, numbers)):
        raise ConvstepError(f"expected numbers such as 0.485,0.456,0.406, got '{text}'", where=option)
    return numbers


def open_session(
    spec: str = "photo",
    changes: list[str] | None = None,
    locate: Callable[[str], str] = str,
    given: Given | None = None,
) -> Session:
    """Return a session on a spec; `locate` returns the path of a spec that the verb `open` names.

    Raises:
        SpecError: It can't be read.
    """
    from convstep import opening
    from convstep.loading import NOTHING

    silence_numpy_warnings()
    return opening.open_session(spec, changes=changes or (), locate=locate, given=given or NOTHING)


def place_of(text: str, option: str, example: str) -> tuple[str, list[int]]:
    """Return the layer, which may be empty, and the numbers of a place such as pool2:0,0,3."""
    layer, _, numbers = text.rpartition(":")
    words = re.split(r"\s*,\s*", numbers.strip("()[] "))
    if not all(re.fullmatch(r"-?\d{1,18}", word, re.ASCII) for word in words):
        raise ConvstepError(f"can't read the place '{text}'", where=option, hint=f"Write it as {example}")
    return layer.strip(), [int(word) for word in words]


def note(text: str) -> None:
    """Print a note on standard error."""
    streams.complain([text])


def silence_numpy_warnings() -> None:
    """Turn off NumPy's warnings of overflow and NaN: the values themselves are shown."""
    import numpy as np

    np.seterr(all="ignore")
