"""The command line: arguments in, streams and exit codes out."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

from convstep import __version__
from convstep.errors import ConvstepError, ExpectationError, nearest
from convstep.printable import printable
from convstep.report import streams
from convstep.report.files import STANDARD_OUTPUT, abandon, reason, write_arrays, writing
from convstep.spec.piped import something_piped

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
    streams.prepare()
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # NumPy's idle threads sleep, and leave us their cores
    try:
        args = _parse(list(sys.argv[1:] if argv is None else argv))
        if args.run is not _debug:
            _end_at_once()
        if args.run is not _samples:
            _let_numbers_overflow()
        code: int = args.run(args)
        return code
    except ExpectationError as error:
        return _complain(error, FAILED)
    except ConvstepError as error:
        return _complain(error, WRONG)
    except BrokenPipeError:
        return DONE
    except OSError as error:
        return _complain(ConvstepError(f"can't read or write: {reason(error)}", where=str(error.filename or "")), WRONG)
    except KeyboardInterrupt:
        return INTERRUPTED
    except MemoryError:
        return _complain(ConvstepError("there is not enough memory for this"), WRONG)
    finally:
        streams.settle()


def _let_numbers_overflow() -> None:
    """Keep NumPy from warning of overflow and NaN on the terminal: they are shown where they come out."""
    import numpy as np

    np.seterr(all="ignore")


def _complain(error: ConvstepError, code: int) -> int:
    first, *others = error.lines
    streams.complain([first if error.where else f"convstep: {first}", *others])
    return code


def _end_at_once() -> None:
    """Let signals end the process without an exception, which whatever is at work might turn into another."""

    def end(number: int, frame: object) -> NoReturn:
        abandon()
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # and is not to be ignored
            signal.signal(number, end)


class Parser(argparse.ArgumentParser):
    """A parser whose help and messages leave by the streams' one way, too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **options)
        self.color = False  # newer versions of Python would write escape sequences

    def print_help(self, file: Any = None) -> None:
        streams.write(self.format_help().splitlines())

    def error(self, message: str) -> NoReturn:
        streams.complain([*self.format_usage().splitlines(), f"{self.prog}: error: {message}"])
        raise SystemExit(WRONG)


class Version(argparse.Action):
    """Prints the version."""

    def __call__(self, parser: argparse.ArgumentParser, *values: object) -> NoReturn:
        streams.write([f"convstep {__version__}"])
        parser.exit()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = build_parser()
    words = [word for word in arguments if not word.startswith("-")]
    first = words[0] if words else ""
    if first not in COMMANDS and not {"-h", "--help", "--version"} & set(arguments):
        if len(words) > 1 and words[1] not in _values(arguments) and not os.path.lexists(first):
            known = nearest(first, COMMANDS) or f"The commands are {', '.join(COMMANDS)}"
            raise ConvstepError(f"there is no command '{printable(first)}'", hint=known)
        _refuse_misspelt(first)
        arguments = ["debug", *arguments]
    return parser.parse_args(arguments)


def _refuse_misspelt(word: str) -> None:
    """Refuse a word that is like a command, and neither a file nor a bundled net."""
    near = nearest(word, COMMANDS)
    if near and not os.path.lexists(word):
        from convstep.spec import samples

        if word not in (name for name, _, _ in samples()):
            raise ConvstepError("there is no such command, file or bundled net", where=printable(word), hint=near)


def _values(arguments: list[str]) -> set[str]:
    """Return the words that are values of the option before them."""
    return {word for before, word in pairwise(arguments) if before.startswith("--") and "=" not in before}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="convstep",
        usage="convstep [SPEC] [--set LAYER.FIELD=VALUE]\n       convstep COMMAND ...",
        description="A stepping debugger for convolution and pooling. SPEC is a bundled net, or a path to your own.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--version", action=Version, nargs=0, help="show program's version number and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, prog="convstep")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], summary: str, example: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"example:\n  {example}",
        )
        sub.set_defaults(run=run)
        return sub

    def spec(sub: argparse.ArgumentParser) -> None:
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
    forward.add_argument(
        "--input", metavar="FILE", help="a picture, array, table or IDX file for its input; FILE:KEY, FILE:N for a part"
    )
    forward.add_argument(
        "--out", metavar="FILE.npz", help="write every layer's output there, by layer name; - is standard output"
    )

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
    trace.add_argument("--out", metavar="FILE", default="-", help="where to write them (default: -, standard output)")

    replay = command(
        "replay", _replay, "carry out a script of verbs, and check what it expects", "convstep replay lesson.steps"
    )
    replay.add_argument(
        "script", metavar="SCRIPT", help="one verb a line, as after ':' in the debugger; - reads standard input"
    )
    return parser


COMMANDS = ("debug", "samples", "shapes", "forward", "trace", "replay")


def _spec(args: argparse.Namespace) -> str:
    """Return which spec is meant: the one that is named, or what is piped in, or the photograph's."""
    return args.spec if args.spec is not None else "-" if something_piped() else "photo"


def _debug(args: argparse.Namespace) -> int:
    for stream, name in ((sys.stdout, "standard output"), (sys.stderr, "standard error")):
        if not stream.isatty():  # Textual draws on standard error
            raise ConvstepError(
                f"the debugger needs a terminal, and {name} is none",
                hint="Without one, use 'convstep trace' for the steps as JSON lines, or 'convstep replay' for a script",
            )
    gc.disable()  # what is loaded here stays: looking through it for garbage takes a fifth of the start
    from convstep.opening import open_session
    from convstep.tui import run

    session = open_session(_spec(args), changes=args.changes)
    session.begin()
    gc.freeze()
    gc.set_threshold(2_000, 10, 10)  # a key makes some thousand objects, none in circles: a few % of its time
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
    os.dup2(terminal, sys.stdin.fileno())


def _samples(args: argparse.Namespace) -> int:
    from convstep.report.text import table
    from convstep.spec import copy_sample, samples

    if args.copy:
        streams.write(map(str, copy_sample(args.copy, os.curdir)))
    else:
        streams.write(table([(name, title) for name, title, _ in samples()]))
    return DONE


def _shapes(args: argparse.Namespace) -> int:
    from convstep.answers import shapes
    from convstep.report.text import shapes_json, shapes_text

    network, _ = _load(args, padding=args.padding)
    rows = shapes(network)
    streams.write(shapes_json(rows) if args.json else shapes_text(network, rows))
    return DONE


def _forward(args: argparse.Namespace) -> int:
    from convstep.report.text import forward_text

    network, x = _load(args)
    if args.input:
        from convstep.spec import read_input

        x = read_input(args.input, network, _note)
    outputs = network.forward(x)
    if args.out is not None:
        with writing(args.out) as file:
            if file.isatty():
                raise ConvstepError("is a terminal, and the values are binary", where=f"--out {args.out}")
            write_arrays(file, outputs)
        if args.out in STANDARD_OUTPUT:
            return DONE
    streams.write(forward_text(network, outputs))
    return DONE


def _trace(args: argparse.Namespace) -> int:
    from itertools import islice

    from convstep.engine import walk
    from convstep.network import Values
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
    if args.out in STANDARD_OUTPUT:
        streams.write(lines)
    else:
        with writing(args.out) as file:
            file.writelines(f"{line}\n".encode() for line in lines)
    return DONE


def _replay(args: argparse.Namespace) -> int:
    from convstep.debugger.script import LARGEST, decode
    from convstep.opening import open_session
    from convstep.report.replay import replay
    from convstep.spec.files import STANDARD_INPUT, read_bytes

    name = "standard input" if args.script in STANDARD_INPUT else args.script
    try:
        script = decode(read_bytes(args.script, LARGEST + 1))
    except ConvstepError as error:
        error.where = name
        raise
    streams.write(replay(open_session(), script, name))
    return DONE


def _load(args: argparse.Namespace, padding: str | None = None) -> tuple[Network, object]:
    from convstep.spec import load

    return load(_spec(args), changes=args.changes, padding=padding, told=_note)


def _note(text: str) -> None:
    streams.complain([text])
