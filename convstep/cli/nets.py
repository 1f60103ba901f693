"""The net that a command works on: its arguments, and how it is opened."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from convstep.report import streams

if TYPE_CHECKING:
    from convstep.engine.steps import Array
    from convstep.network import Network
    from convstep.opening import Session


def spec_arguments(sub: argparse.ArgumentParser) -> None:
    """Let a command take a spec, and changes to it."""
    sub.add_argument(
        "spec",
        nargs="?",
        metavar="SPEC",
        help="a bundled net or a path; - reads standard input (default: what is piped in, else photo)",
    )
    sub.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="LAYER.FIELD=VALUE",
        help="change a field of the spec for this run, such as conv1.padding=valid",
    )


def spec_of(args: argparse.Namespace) -> str:
    """Return which spec is meant: the one that is named, or what is piped in, or the photograph's."""
    from convstep.spec.piped import something_piped

    return args.spec if args.spec is not None else "-" if something_piped() else "photo"


def load(args: argparse.Namespace, padding: str | None = None) -> tuple[Network, Array]:
    """Return the net that is meant, and its input; notes about the input go to standard error.

    Raises:
        SpecError: It can't be read.
    """
    from convstep.spec import load

    let_numbers_overflow()
    return load(spec_of(args), changes=args.changes, padding=padding, notify=note)


def open_session(spec: str = "photo", changes: list[str] | None = None) -> Session:
    """Return a debugger's session on a spec.

    Raises:
        SpecError: It can't be read.
    """
    from convstep import opening

    let_numbers_overflow()
    return opening.open_session(spec, changes=changes or ())


def note(text: str) -> None:
    """Say something about the input on standard error."""
    streams.complain([text])


def let_numbers_overflow() -> None:
    """Keep NumPy from warning of overflow and NaN on the terminal: they are shown where they come out."""
    import numpy as np

    np.seterr(all="ignore")
