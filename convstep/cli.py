"""The command line: arguments in, streams and exit codes out."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from convstep import __version__
from convstep.errors import ConvstepError, ExpectationError, nearest

if TYPE_CHECKING:
    from convstep.network import Network

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130

EXAMPLES = """\
examples:
  convstep                             step through the course's net on a photograph
  convstep mnist                       another of the bundled nets; 'convstep samples' lists them
  convstep samples --copy tiny         copy one here, edit it, and open it: convstep tiny.yaml
  convstep mnist --set conv1.padding=valid
  convstep shapes mnist --padding valid
  convstep forward course --out values.npz
  convstep trace tiny --layer conv1 --full | head -3
  convstep replay lesson.steps

'convstep COMMAND --help' says more about one of them.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 done, 1 a check failed, 2 wrong input or use, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # NumPy's idle threads sleep, and leave us their cores
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        args = _parse(arguments)
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except ExpectationError as error:
        return _complain(error, FAILED)
    except ConvstepError as error:
        return _complain(error, WRONG)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except MemoryError:
        return _complain(ConvstepError("there is not enough memory for this"), WRONG)


def _complain(error: ConvstepError, code: int) -> int:
    sys.stdout.flush()
    print(error if error.where else f"convstep: {error}", file=sys.stderr)
    return code


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = build_parser()
    first = next((word for word in arguments if not word.startswith("-")), "")
    if first not in COMMANDS and not {"-h", "--help", "--version"} & set(arguments):
        arguments = ["debug", *arguments]
    return parser.parse_args(arguments)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="convstep",
        usage="convstep [SPEC] [--set LAYER.FIELD=VALUE]\n       convstep COMMAND ...",
        description="A stepping debugger for convolution and pooling. SPEC is a bundled net, or a path to your own.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"convstep {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[argparse.Namespace], int], summary: str, example: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(run=run)
        return sub

    def spec(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "spec",
            nargs="?",
            default="photo",
            metavar="SPEC",
            help="a bundled net or a path; - reads standard input (default: photo)",
        )
        sub.add_argument(
            "--set",
            dest="changes",
            action="append",
            default=[],
            metavar="LAYER.FIELD=VALUE",
            help="change a field of the spec for this run, such as conv1.padding=valid",
        )

    debug = command("debug", _debug, "open the debugger; what 'convstep SPEC' does", "convstep mnist")
    spec(debug)

    samples = command("samples", _samples, "list the bundled nets, or copy one here", "convstep samples --copy tiny")
    samples.add_argument("--copy", metavar="NAME", help="copy a bundled net, and the files it needs, into this folder")

    shapes = command(
        "shapes", _shapes, "print every layer's shape, and how it comes about", "convstep shapes mnist --padding valid"
    )
    spec(shapes)
    shapes.add_argument("--padding", choices=("same", "valid"), help="of every convolution and pool")
    shapes.add_argument("--json", action="store_true", help="as a JSON list")

    forward = command("forward", _forward, "compute every layer's output", "convstep forward course --out values.npz")
    spec(forward)
    forward.add_argument("--input", metavar="FILE", help="a picture, .npy, .npz or .csv in place of the spec's input")
    forward.add_argument("--out", metavar="FILE.npz", help="write every layer's output there, by layer name")

    trace = command(
        "trace", _trace, "print the steps of one layer as JSON lines", "convstep trace tiny --layer conv1 --full"
    )
    spec(trace)
    trace.add_argument("--layer", metavar="L", help="which one (default: the first)")
    trace.add_argument(
        "--from", dest="first", type=int, default=0, metavar="N", help="the first step, from 0 (default: 0)"
    )
    trace.add_argument("--to", dest="last", type=int, metavar="N", help="stop before this step (default: the end)")
    trace.add_argument("--full", action="store_true", help="add the input slice, the filter, the products and the bias")
    trace.add_argument("--out", metavar="FILE", help="write there instead of to standard output")

    replay = command(
        "replay", _replay, "carry out a script of verbs, and check what it expects", "convstep replay lesson.steps"
    )
    replay.add_argument(
        "script", metavar="SCRIPT", help="one verb a line, as after ':' in the debugger; - reads standard input"
    )
    return parser


COMMANDS = ("debug", "samples", "shapes", "forward", "trace", "replay")


def _load_hint(error: ConvstepError, spec: str) -> None:
    if not error.hint and (near := nearest(spec, COMMANDS)):
        error.hint = near


def _debug(args: argparse.Namespace) -> int:
    if not sys.stdout.isatty():
        raise ConvstepError(
            "the debugger needs a terminal, and standard output is none",
            hint="Without one, use 'convstep trace' for the steps as JSON lines, or 'convstep replay' for a script",
        )
    gc.disable()  # what is loaded here stays: looking through it for garbage would take a tenth of the start
    from convstep.opening import open_session
    from convstep.tui import run

    session = open_session(args.spec, changes=args.changes)
    gc.freeze()
    gc.enable()
    _keys_from_terminal()
    return run(session)


def _keys_from_terminal() -> None:
    """Read keys from the terminal even where the spec came through standard input."""
    if sys.stdin.isatty():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise ConvstepError("the debugger reads its keys from a terminal, and there is none") from error
    os.dup2(terminal, 0)


def _samples(args: argparse.Namespace) -> int:
    from convstep.report.text import table
    from convstep.spec import copy_sample, samples

    if args.copy:
        for path in copy_sample(args.copy, os.curdir):
            print(path)
    else:
        print(table([(name, title) for name, title, _ in samples()]))
    return DONE


def _shapes(args: argparse.Namespace) -> int:
    from convstep.answers import shapes
    from convstep.report.text import shapes_json, shapes_text

    network, _ = _load(args, padding=args.padding)
    rows = shapes(network)
    print(shapes_json(rows) if args.json else shapes_text(network, rows))
    return DONE


def _forward(args: argparse.Namespace) -> int:
    from convstep.report.text import forward_text

    network, x = _load(args)
    if args.input:
        from convstep.spec import read_input

        x = read_input(args.input, network)
    outputs = network.forward(x)
    if args.out:
        import numpy as np

        from convstep.report.files import writing

        with writing(args.out) as file:
            np.savez(file, **outputs)  # type: ignore[arg-type]  # names of layers, none of them savez's own
    print(forward_text(network, outputs))
    return DONE


def _trace(args: argparse.Namespace) -> int:
    from itertools import islice

    from convstep.engine import walk
    from convstep.network import Values
    from convstep.report.files import writing
    from convstep.report.text import trace_lines

    network, x = _load(args)
    layer = args.layer or network.names[0]
    values = Values(network, x)
    operation = values.operation(layer)
    count = operation.geometry.count
    last = count if args.last is None else args.last
    if not 0 <= args.first <= count:
        raise ConvstepError(f"{layer} has steps 0 to {count - 1}, got {args.first}", where="--from")
    if last < args.first:
        raise ConvstepError(f"expected a step from {args.first} on, got {last}", where="--to")
    steps = islice(walk(operation, args.first), last - args.first)
    lines = trace_lines(layer, steps, full=args.full)
    if args.out:
        with writing(args.out) as file:
            file.writelines(f"{line}\n".encode() for line in lines)
    else:
        _print_lines(lines)
    return DONE


def _replay(args: argparse.Namespace) -> int:
    from convstep.debugger.script import decode
    from convstep.opening import open_session
    from convstep.report.replay import replay

    name = "standard input" if args.script in ("-", "/dev/stdin") else args.script
    script = decode(_read(args.script))
    _print_lines(replay(open_session(), script, name))
    return DONE


def _read(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConvstepError(f"can't read it: {error.strerror or error}", where=path) from error


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


def _load(args: argparse.Namespace, padding: str | None = None) -> tuple[Network, object]:
    from convstep.spec import load

    try:
        return load(args.spec, changes=args.changes, padding=padding)
    except ConvstepError as error:
        _load_hint(error, args.spec)
        raise
