"""The parser of the whole command line, made from the commands."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NoReturn

from convstep import __version__
from convstep.cli.commands import COMMANDS, command
from convstep.errors import ConvstepError, nearest
from convstep.printable import printable
from convstep.report import streams

WRONG = 2
"""The exit code of wrong use."""

COMPLETE = "__complete"
"""The hidden command that prints completions."""

SIGNED = ("--scale", "--mean", "--std")
"""Options whose values may begin with a minus."""

EXAMPLES = """\
examples:
  convstep                             step through the course's net on a photograph
  convstep mnist                       another of the bundled nets; 'convstep samples' lists them
  convstep model.onnx --input cat.png  a net out of PyTorch or Keras, saved as ONNX, on your picture
  convstep samples --copy tiny         copy one here, edit it, and open it: convstep tiny.yaml
  convstep mnist --set conv1.padding=valid
  convstep shapes mnist --padding valid
  convstep map course --neuron pool2:0,0,3
  convstep diff net.yaml model.onnx --input cat.png
  convstep forward course --out values.npz
  convstep trace tiny --layer conv1 --full | head -3
  convstep replay lesson.steps

'convstep COMMAND --help' says more about one of them.
"""


class Parser(argparse.ArgumentParser):
    """A parser that prints its help and messages through `convstep.report.streams`.

    Attributes:
        declared: The parser's arguments, for completion; argparse has no public list of them.
        commands: The commands' parsers, by name.
    """

    def __init__(self, **options: Any) -> None:
        self.declared: list[argparse.Action] = []
        self.commands: dict[str, Parser] = {}
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **options)
        self.color = False  # newer versions of Python would write escape sequences

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse arguments; with several positional ones, options may stand between them, which argparse refuses."""
        args = _joined_numbers(args) if args else args
        several = sum(not each.option_strings for each in self.declared) > 1
        return super().parse_known_args(self._options_first(args) if several and args else args, namespace)

    def _options_first(self, words: Sequence[str]) -> list[str]:
        """Return the words with all options, and their values, before the others."""
        options, others = list[str](), list[str]()
        rest = iter(words)
        for word in rest:
            name, _, value = word.partition("=")
            known = [each for each in self.declared if any(long.startswith(name) for long in each.option_strings)]
            if word == "--":
                others += rest
            elif len(word) < 2 or not word.startswith("-") or not known:
                others.append(word)
            else:
                options += [word, *([next(rest, "")] if known[0].nargs != 0 and not value else [])]
        return options + others

    def add_argument(self, *names: Any, **options: Any) -> argparse.Action:
        self.declared.append(super().add_argument(*names, **options))
        return self.declared[-1]

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


def _joined_numbers(words: Sequence[str]) -> list[str]:
    """Return the words with `--scale -1..1` and its kin joined by "=": argparse takes -1..1 for an option."""
    found: list[str] = []
    for word in words:
        if found and found[-1] in SIGNED and word[:1] == "-" and word[1:2].isdecimal():
            found[-1] += f"={word}"
        else:
            found.append(word)
    return found


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the parsed arguments; `run` is the command's function. Without a command, it is the debugger's.

    Raises:
        ConvstepError: The first word seems to be a misspelt command.
    """
    words = [word for word in arguments if not word.startswith("-")]
    first = words[0] if words else ""
    if arguments[:1] == [COMPLETE]:
        return argparse.Namespace(run=complete, words=arguments[1:])
    if first not in COMMANDS and not {"-h", "--help", "--version"} & set(arguments):
        if len(words) > 1 and words[1] not in _values(arguments) and not os.path.lexists(first):
            known = nearest(first, COMMANDS) or f"The commands are {', '.join(COMMANDS)}"
            raise ConvstepError(f"there is no command '{printable(first)}'", hint=known)
        _refuse_misspelt(first)
        first, arguments = "debug", ["debug", *arguments]
    return build_parser(first).parse_args(arguments)


def complete(args: argparse.Namespace) -> int:
    """Print the completions of the last word; return 1 if the shell should complete file names."""
    from convstep.cli.completion import candidates

    found = candidates(build_parser(), args.words)
    streams.write(found or ())
    return 0 if found is not None else 1


def _refuse_misspelt(word: str) -> None:
    """Check that a word is not a misspelt command, unless it is a file or a bundled net."""
    near = nearest(word, COMMANDS)
    if near and not os.path.lexists(word):
        from convstep.spec import samples

        if word not in (name for name, _, _ in samples()):
            raise ConvstepError("there is no such command, file or bundled net", where=printable(word), hint=near)


def _values(arguments: list[str]) -> set[str]:
    """Return the words that are values of the option before them."""
    return {word for before, word in pairwise(arguments) if before.startswith("--") and "=" not in before}


def build_parser(name: str = "") -> Parser:
    """Return the parser of the whole command line, or of the command of this name alone, which takes less time."""
    parser = Parser(
        prog="convstep",
        usage="convstep [SPEC] [--set LAYER.FIELD=VALUE]\n       convstep COMMAND ...",
        description="A stepping debugger for convolution and pooling. SPEC is a bundled net, or a path to your own:\n"
        "a spec, or a model out of PyTorch, Keras or another framework.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--version", action=Version, nargs=0, help="show program's version number and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, prog="convstep")
    for each in [name] if name in COMMANDS else COMMANDS:
        made = command(each)
        sub = commands.add_parser(
            each,
            help=made.SUMMARY,
            description=made.SUMMARY[0].upper() + made.SUMMARY[1:] + ".",
            epilog=f"example:\n  {made.EXAMPLE}",
        )
        made.arguments(sub)
        parser.commands[each] = sub
        sub.set_defaults(run=made.run)
    return parser
