"""Verbs that change windows, and undo changes."""

from __future__ import annotations

import re

from convstep.debugger.run import Run
from convstep.debugger.verbs.verb import Effect, Key, Verb
from convstep.engine.geometry import Padding, pad
from convstep.errors import VerbError
from convstep.figures import MOST_DECIMALS


def _layers(run: Run, words: list[str]) -> tuple[str, ...]:
    """Remove the layers to change from the end of `words`, and return them: all, named ones, or the current one."""
    if words and words[-1].lower() == "all" and "all" not in run.network.names:
        words.pop()
        return run.windowed()
    named: list[str] = []
    while words and words[-1] in run.network.names:
        named.insert(0, words.pop())
    return tuple(named) or (run.layer,)


LENGTH = 2
"""The axes of a one-dimensional input: its length and its channels."""


def _padding(run: Run, words: list[str]) -> str:
    layers = _layers(run, words)
    text = " ".join(words).lower()
    if text in ("next", "toggle"):
        return run.next_padding(layers)
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    is_length = all(len(run.network.stage(name).input or ()) == LENGTH for name in layers)
    if is_length and len(numbers) == 2:
        numbers += [0, 0]
    if re.fullmatch(r"[\d\s,\[\]()]+", text) and len(numbers) in (1, 4):
        return run.change_windows(layers, padding=Padding(*(numbers * 4 if len(numbers) == 1 else numbers)))
    return run.change_windows(layers, padding=pad(text))


def _numbers(name: str) -> Effect:
    """Return the effect of a verb that sets a field of the window to one integer, or two (rows, columns)."""

    def effect(run: Run, words: list[str]) -> str:
        layers = _layers(run, words)
        numbers = [int(word) for word in words if re.fullmatch(r"[1-9]\d{0,5}", word)]
        if len(numbers) != len(words) or len(numbers) not in (1, 2):
            raise VerbError(
                f"expected one integer of at least 1, or two (rows, columns), got '{' '.join(words)}'", where=name
            )
        columns = 1 if name == "kernel" and len(numbers) == 1 and len(run.network.input_shape) == 2 else numbers[-1]
        return run.change_windows(layers, **{name: (numbers[0], columns)})

    return effect


def _reset(run: Run, words: list[str]) -> str:
    return run.reset(_layers(run, words) if words and words != ["all"] else ())


def _undo(run: Run, words: list[str]) -> str:
    if words:
        raise UNDO.usage_error()
    return run.undo()


def _redo(run: Run, words: list[str]) -> str:
    if words:
        raise REDO.usage_error()
    return run.redo()


def _decimals(run: Run, words: list[str]) -> str:
    match words:
        case [word] if word.isdecimal() and int(word) <= MOST_DECIMALS:
            run.decimals = int(word)
            return f"numbers have up to {word} decimals"
    raise VerbError(f"expected a number from 0 to {MOST_DECIMALS}, got '{' '.join(words)}'", where="decimals")


def _choices(run: Run) -> tuple[str, ...]:
    return ("all", *run.windowed())


PADDING = Verb(
    "padding",
    "same|valid|same_lower|full|next|N|TOP BOTTOM LEFT RIGHT [LAYER ...|all]",
    "Change the padding of this layer, of named ones, or of all; next goes from SAME to VALID to the spec's own.",
    _padding,
    (Key("s", "padding next", "SAME/VALID"), Key("S", "padding next all")),
    lambda run: ("same", "valid", "same_lower", "full", "next", *_choices(run)),
    group="change",
)
KERNEL = Verb(
    "kernel",
    "N|ROWS COLUMNS [LAYER ...|all]",
    "Change the size of the window; weights that were drawn are drawn anew.",
    _numbers("kernel"),
    choices=_choices,
    group="change",
)
STRIDE = Verb(
    "stride",
    "N|ROWS COLUMNS [LAYER ...|all]",
    "Change how far the window moves each time.",
    _numbers("stride"),
    choices=_choices,
    group="change",
)
DILATION = Verb(
    "dilation",
    "N|ROWS COLUMNS [LAYER ...|all]",
    "Change the distance between the taps of the window.",
    _numbers("dilation"),
    choices=_choices,
    group="change",
)
UNDO = Verb(
    "undo", "", "Take back the last change of net or place.", _undo, (Key("u", "undo", "undo", "undo"),), group="change"
)
REDO = Verb("redo", "", "Do again what was taken back last.", _redo, (Key("U", "redo"),), group="change")
RESET = Verb(
    "reset",
    "[LAYER ...|all]",
    "Undo all changes of the net, or of some layers.",
    _reset,
    choices=_choices,
    group="change",
)
DECIMALS = Verb("decimals", "N", "Show numbers with up to N decimals.", _decimals, while_busy=True, group="look")

CHANGING = (PADDING, KERNEL, STRIDE, DILATION, UNDO, REDO, RESET, DECIMALS)
