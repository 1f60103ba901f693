"""`convstep diff`: the first layer, neuron and tap where two nets differ, and why."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convstep.cli.nets import changes_argument, given_of, input_arguments, note, silence_numpy_warnings
from convstep.errors import ConvstepError
from convstep.report import streams

if TYPE_CHECKING:
    import numpy as np

    from convstep.answers.diff import Net, Saved
    from convstep.engine.steps import Array
    from convstep.network import Network

SUMMARY = "find the first layer, neuron and tap where two nets differ on one input, and say why"
EXAMPLE = """convstep diff net.yaml model.onnx --input cat.png
  convstep diff course course --set-b conv1.padding=same_lower
  convstep diff course course --set-b conv1.padding=same_lower --tui
  convstep diff course course --set-b dtype=float16 --rounding float32
  convstep diff net.yaml outputs.npz --map conv1=features.0"""

DIFFERS = 1


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    sub.add_argument(
        "spec", metavar="A", help="a bundled net, a spec, a model file, or an .npz of outputs by layer name"
    )
    sub.add_argument("other", metavar="B", help="another, or the same one changed by --set-b or --padding")
    changes_argument(sub)
    for side in ("a", "b"):
        sub.add_argument(
            f"--set-{side}",
            dest=f"changes_{side}",
            action="append",
            default=[],
            metavar="LAYER.FIELD=VALUE",
            help=f"the same for {side.upper()} alone",
        )
    sub.add_argument("--padding", choices=("same", "valid"), help="of every convolution and pool of B")
    sub.add_argument(
        "--map", dest="pairs", action="append", default=[], metavar="a=b", help="layer a of A is layer b of B"
    )
    sub.add_argument(
        "--rounding",
        choices=("float16", "float32", "float64"),
        help="the dtype whose rounding is no difference (default: the coarser of both)",
    )
    input_arguments(sub)
    sub.add_argument("--json", action="store_true", help="as JSON")
    sub.add_argument("--tui", action="store_true", help="step through both side by side, from the first difference on")


def run(args: Namespace) -> int:
    """Print the first difference; return 0 if there is none, 1 if there is one."""
    if args.tui:
        return _open(args)
    from convstep.answers.diff import diff
    from convstep.report.answers import diff as report

    silence_numpy_warnings()
    a, b = _sides(args, note)
    found = diff(a, b, _pairs(args), _rounding(args))
    streams.write(report.diff_json(found) if args.json else report.diff_text(found))
    return DIFFERS if found.first else 0


def _open(args: Namespace) -> int:
    """Step through both side by side, on the screen; return the exit code, 1 if they differ."""
    from convstep.errors import ArgumentError

    if args.json:
        raise ArgumentError("it can't be used together with --json", where="--tui")
    from convstep.cli.terminal import prepare, show

    prepare("Without one, leave out --tui")
    from convstep.answers.diff import lockstep
    from convstep.settings import read_settings

    silence_numpy_warnings()
    settings, notes = read_settings(), list[str]()
    a, b = _sides(args, notes.append)
    both = lockstep(a, b, _pairs(args), _rounding(args))
    from convstep.tui.screens.diff import Comparing, session_of

    comparing = Comparing(both, notes)
    return show(session_of(comparing), settings, comparing=comparing) or (DIFFERS if both.found.first else 0)


def _pairs(args: Namespace) -> dict[str, str]:
    return dict(_pair(text) for text in args.pairs)


def _rounding(args: Namespace) -> np.dtype[Any] | None:
    """Return the dtype whose rounding is no difference; None for the coarser of both."""
    import numpy as np

    return np.dtype(args.rounding) if args.rounding else None


def _pair(text: str) -> tuple[str, str]:
    first, _, second = (each.strip() for each in text.partition("="))
    if not first or not second:
        raise ConvstepError(f"expected a=b, a layer of A and one of B, got '{text}'", where="--map")
    return first, second


def _sides(args: Namespace, notify: Callable[[str], None]) -> tuple[Net | Saved, Net | Saved]:
    """Return both sides; without --input, nets with inputs of their own get A's, unless one is the other prepared."""
    from convstep.answers.diff import Net, Saved
    from convstep.answers.diff.causes import preparations
    from convstep.loading import model_format
    from convstep.network import Values

    paths = args.spec, args.other
    names = [os.path.basename(path) or path for path in paths]
    if names[0] == names[1]:
        names = [f"A ({names[0]})", f"B ({names[1]})"] if paths[0] == paths[1] else list(paths)
    saved = [_saved(path) for path in paths]
    for option, given, arrays in (
        ("--set-a", args.changes_a, saved[0]),
        ("--set-b", args.changes_b, saved[1]),
        ("--padding", args.padding, saved[1]),
    ):
        if given and arrays is not None:
            raise ConvstepError("changes a net, and these are saved outputs", where=option)
    changes = [[*args.changes, *args.changes_a], [*args.changes, *args.changes_b]]
    models = [arrays is None and bool(model_format(path)) for path, arrays in zip(paths, saved, strict=True)]
    opened = [
        None if arrays is not None else _opened(args, path, own, padding, is_model, any(models), notify)
        for path, own, padding, arrays, is_model in zip(
            paths, changes, (None, args.padding), saved, models, strict=True
        )
    ]
    if opened[0] and opened[1] and models[0] != models[1] and args.input:  # it may be in the model's order of axes
        x = opened[models.index(True)][1]  # type: ignore[index]
        opened = [(opened[0][0], x), (opened[1][0], x)]
    if opened[0] and opened[1] and not args.input:
        x, theirs = opened[0][1], opened[1][1]
        if x.shape == theirs.shape and not any(_close(x, theirs) for x in (x, *(each for _, each in preparations(x)))):
            notify(f"{names[0]} and {names[1]} come with inputs of their own: both get that of {names[0]}")
            opened[1] = opened[1][0], x
        elif x.shape[1:] == theirs.shape[1:] and x.shape != theirs.shape:
            opened[1] = opened[1][0], x
    sides: list[Net | Saved] = []
    for name, net, arrays in zip(names, opened, saved, strict=True):
        sides.append(Saved(name, arrays or {}) if net is None else Net(name, Values(*net)))
    return sides[0], sides[1]


def _close(x: Array, other: Array) -> bool:
    import numpy as np

    return bool(np.allclose(x.astype(np.float64), other.astype(np.float64), rtol=2e-3, atol=2e-3))


def _opened(
    args: Namespace,
    path: str,
    changes: list[str],
    padding: str | None,
    is_model: bool,
    beside_model: bool,
    notify: Callable[[str], None],
) -> tuple[Network, Array]:
    """Return a net and its input; a spec beside a model file gets that one's later."""
    from convstep.loading import NOTHING, load

    given = given_of(args)
    if not is_model:
        given = given._replace(layout="", output="") if given.input and not beside_model else NOTHING
    return load(path, changes=changes, padding=padding, notify=notify, given=given)


def _saved(path: str) -> dict[str, Array] | None:
    """Return the arrays in an .npz file; None if it is something else."""
    from convstep.loading import model_format
    from convstep.spec.arrays import read_arrays
    from convstep.spec.content import MAGIC_ZIP
    from convstep.spec.files import open_bytes
    from convstep.spec.samples import bundled

    if path in bundled() or not os.path.isfile(path) or model_format(path) not in ("", "npz"):
        return None
    with open_bytes(path, path) as file:
        head = file.read(len(MAGIC_ZIP))
        file.seek(0)
        return read_arrays(file, path) if head == MAGIC_ZIP else None
