"""Completions of a command line, from its parser and the spec that it names.

The shell scripts of `convstep completion` call this. Errors are not reported, for a shell can't show them while it
completes.
"""

from __future__ import annotations

import os
import shlex
from argparse import Action
from collections.abc import Sequence
from typing import TYPE_CHECKING

from convstep.errors import ConvstepError

if TYPE_CHECKING:
    from convstep.cli.parser import Parser

JOINED = "--joined"
"""Marks words that bash has split at = and :, and that have to be joined again."""
BREAKS = "=:"
SPECS = (".yaml", ".yml", ".json", ".onnx")


def candidates(parser: Parser, words: Sequence[str]) -> list[str] | None:
    """Return the completions of the last word.

    Args:
        parser: The parser of the whole command line.
        words: The words after `convstep`; the last one, which may be empty, is being typed.

    Returns:
        The completions, in order; None if the shell should complete file names.
    """
    done = ""
    if list(words[:1]) == [JOINED]:
        words, done = _rejoin(words[1:])
    *before, word = [_unquoted(each) for each in words] or [""]
    try:
        found = _candidates(parser, before, word)
    except (ConvstepError, OSError, MemoryError):
        found = []
    if found is None:
        return None
    return [each.removeprefix(done) for each in dict.fromkeys(found) if each.startswith(word)]


def _candidates(parser: Parser, before: list[str], word: str) -> list[str] | None:
    command = next((each for each in before if not each.startswith("-")), "")
    sub = parser.commands.get(command) or parser.commands["debug"]
    rest = before[before.index(command) + 1 :] if command in parser.commands else before
    begins = not before and command == ""
    options, positionals, waiting = _read(sub, rest)
    if waiting is None and word.startswith("--") and "=" in word:
        name, _, typed = word.partition("=")
        option = _option(sub, name)
        values = _values(option, rest, sub, typed) if option else []
        return None if values is None else [f"{name}={each}" for each in values]
    if waiting is not None:
        return _values(waiting, rest, sub, word)
    if word.startswith("-"):
        known = [*(parser.declared if begins else ()), *sub.declared]
        return [name for each in known for name in each.option_strings if each not in options]
    commands = list(parser.commands) if begins else []
    awaited = [each for each in sub.declared if not each.option_strings][len(positionals) :][:1]
    values = _values(awaited[0], rest, sub, word) if awaited else []
    return None if values is None and not commands else [*commands, *(values or ())]


def _read(sub: Parser, words: Sequence[str]) -> tuple[list[Action], list[str], Action | None]:
    """Return the options in `words` that can't be repeated, the positional words, and an option that needs a value."""
    options: list[Action] = []
    positionals: list[str] = []
    waiting: Action | None = None
    for word in words:
        if waiting is not None:
            waiting = None
        elif option := _option(sub, word.partition("=")[0]):
            if not isinstance(option.default, list):  # those may be repeated
                options.append(option)
            waiting = option if option.nargs != 0 and "=" not in word else None
        elif not word.startswith("--"):
            positionals.append(word)
    return options, positionals, waiting


def _option(sub: Parser, name: str) -> Action | None:
    return next((each for each in sub.declared if name in each.option_strings), None)


def _values(argument: Action, words: list[str], sub: Parser, typed: str) -> list[str] | None:
    """Return the values of an argument; None if it may be any file."""
    from convstep.spec.samples import bundled

    if argument.choices is not None:
        return [str(each) for each in argument.choices]
    match argument.dest:
        case "spec" | "other":
            return None if typed.startswith("~") else [*bundled(), *_specs(typed)]
        case "copy":
            return list(bundled())
        case "neuron" | "pixel":
            return [f"{name}:" for name in _fields(_spec(sub, words))]
        case "layer":
            return list(_fields(_spec(sub, words)))
        case "changes" | "changes_a" | "changes_b":
            return _changes(_fields(_spec(sub, words)), typed)
    return None if argument.type is None else []


def _specs(typed: str) -> list[str]:
    """Return the folders and specs that a path may lead to."""
    folder = os.path.dirname(typed)
    with os.scandir(folder or os.curdir) as entries:
        return [
            os.path.join(folder, entry.name) + ("/" if entry.is_dir() else "")
            for entry in sorted(entries, key=lambda each: each.name)
            if (entry.is_dir() or entry.name.endswith(SPECS))
            and (typed[len(folder) :].startswith("/.") or typed.startswith(".") or not entry.name.startswith("."))
        ]


def _spec(sub: Parser, words: list[str]) -> str:
    """Return the spec that the words name; by default photo."""
    _, positionals, _ = _read(sub, words)
    return positionals[0] if positionals else "photo"


def _fields(spec: str) -> dict[str, tuple[str, ...]]:
    """Return the fields of every layer of a spec or a model file that can be changed, by the layer's name."""
    from convstep.layers import KINDS, Windowed
    from convstep.layers.fields import fields_of
    from convstep.loading import CHANGEABLE, model_format, read_model
    from convstep.spec.document import read
    from convstep.spec.outline import names, outline
    from convstep.spec.samples import bundled

    path = os.path.expanduser(bundled().get(spec, spec))
    if not os.path.isfile(path):
        return {}
    if form := model_format(path):
        layers = read_model(path, form).network.layers
        return {layer.name: CHANGEABLE if isinstance(layer, Windowed) else () for layer in layers}
    document = read(path, spec)
    paths = outline(document)
    return {
        name: tuple(fields_of(KINDS[str(path[-1])])) for name, path in zip(names(document, paths), paths, strict=True)
    }


def _changes(fields: dict[str, tuple[str, ...]], typed: str) -> list[str]:
    """Return completions of a change: layers, or a layer's fields."""
    layer, dot, _ = typed.partition(".")
    known = fields | {"input": ("shape", "image", "array")}
    if dot:
        return [f"{layer}.{field}=" for field in known.get(layer, ())]
    return [f"{name}." for name in known if known[name]]


def _rejoin(words: Sequence[str]) -> tuple[list[str], str]:
    """Return the words before bash split them at = and :, and the part of the last word that bash does not replace."""
    whole: list[str] = []
    open_ended = False
    for word in words:
        breaks = bool(word) and not word.strip(BREAKS)
        if whole and (breaks or open_ended):
            whole[-1] += word
        else:
            whole.append(word)
        open_ended = breaks
    last = words[-1] if words else ""
    if not whole or last == whole[-1]:
        return whole, ""
    return whole, whole[-1] if not last.strip(BREAKS) else whole[-1].removesuffix(last)


def _unquoted(word: str) -> str:
    """Return a word without its quotes and backslashes; a quote may still be open."""
    for closing in ("", '"', "'"):
        try:
            return "".join(shlex.split(word + closing))
        except ValueError:
            continue
    return word
