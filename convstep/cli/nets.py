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
    from convstep.network import Network
    from convstep.opening import Session


def spec_arguments(sub: argparse.ArgumentParser) -> None:
    """Add the arguments for a spec and for changes to it."""
    sub.add_argument(
        "spec",
        nargs="?",
        metavar="SPEC",
        help="a bundled net or a path; - reads standard input (default: what is piped in, else photo)",
    )
    changes_argument(sub)


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
    from convstep.spec import load

    silence_numpy_warnings()
    return load(spec_of(args), changes=args.changes, padding=padding, notify=note)


def open_session(spec: str = "photo", changes: list[str] | None = None, locate: Callable[[str], str] = str) -> Session:
    """Return a session on a spec; `locate` returns the path of a spec that the verb `open` names.

    Raises:
        SpecError: It can't be read.
    """
    from convstep import opening

    silence_numpy_warnings()
    return opening.open_session(spec, changes=changes or (), locate=locate)


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
