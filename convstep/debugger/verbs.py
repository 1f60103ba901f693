"""Everything a session can be told to do, once: keys, palette, help, the `:` line and scripts follow from it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convstep.debugger.conditions import flags, words
from convstep.debugger.expect import expect
from convstep.engine.geometry import Index, Padding, pad
from convstep.errors import ArgumentError, VerbError, nearest

if TYPE_CHECKING:
    from convstep.debugger.session import Session

Effect = Callable[["Session", list[str]], str]


class Key(NamedTuple):
    """A key of the screen, and the line that it stands for.

    Attributes:
        key: The character that it types, or its name where it types none: space, pageup, shift+tab.
        line: What it does: a verb with its words.
        label: What the footer says; empty for a key that only the help names.
    """

    key: str
    line: str
    label: str = ""


class Verb(NamedTuple):
    """One thing that can be done.

    Attributes:
        name: The word that it starts with.
        words: The words that follow, as usage.
        summary: What it does, in a sentence.
        effect: Does it, and returns what there is to say.
        keys: The keys for it.
        choices: Words that complete it.
        available: Whether it can be done now.
        verbatim: Whether its words are one text, as it was written.
        while_busy: Whether it can be done while a layer is computed in the background: it looks at no values.
    """

    name: str
    words: str
    summary: str
    effect: Effect
    keys: tuple[Key, ...] = ()
    choices: Callable[[Session], tuple[str, ...]] = lambda session: ()
    available: Callable[[Session], bool] = lambda session: True
    verbatim: bool = False
    while_busy: bool = False

    @property
    def usage(self) -> str:
        """How it is written."""
        return f"{self.name} {self.words}".strip()


def perform(session: Session, line: str, verbs: Mapping[str, Verb] | None = None) -> str:
    """Carry out one line; return what there is to say about it.

    Args:
        session: Whose.
        line: A verb with its words.
        verbs: The verbs that there are; those of a session, unless a screen adds its own.

    Raises:
        VerbError: There is no such verb, its words can't be read, or it can't be done now.
        ExpectationError: It was an `expect`, and did not hold.
    """
    name, _, rest = line.strip().partition(" ")
    verb = find(name, VERBS if verbs is None else verbs)
    try:
        words = [rest.strip()] if verb.verbatim else shlex.split(rest)
        return verb.effect(session, words)
    except ArgumentError as error:
        raise VerbError(error.what, where=error.where, hint=error.hint) from error
    except MemoryError:
        raise VerbError(f"there is not enough memory for '{name}'") from None
    except ValueError as error:
        raise VerbError(f"can't read '{line.strip()}': {error}", hint=f"Usage: {verb.usage}") from error


def find(name: str, verbs: Mapping[str, Verb]) -> Verb:
    """Return the verb called `name`.

    Raises:
        VerbError: There is none.
    """
    if name not in verbs:
        known = nearest(name, verbs) or f"The verbs are {', '.join(verbs)}"
        raise VerbError(f"there is no verb '{name}'", hint=known)
    return verbs[name]


def misread(name: str) -> VerbError:
    """Return that the words after a verb can't be read, and how it is written."""
    return VerbError(f"can't read the words after '{name}'", hint=f"Usage: {VERBS[name].usage}")


def _count_and_unit(name: str, words: list[str]) -> tuple[int, str]:
    from convstep.debugger.session import UNITS

    count, unit = 1, "window"
    for word in words:
        if word.isdecimal():
            count = int(word)
        elif word.rstrip("s") in UNITS:
            unit = word.rstrip("s")
        else:
            hint = nearest(word, UNITS) or f"The units are {', '.join(UNITS)}"
            raise VerbError(f"expected a number or a unit, got '{word}'", where=name, hint=hint)
    return count, unit


def _step(session: Session, words: list[str]) -> str:
    return session.step(*_count_and_unit("step", words))


def _back(session: Session, words: list[str]) -> str:
    return session.back(*_count_and_unit("back", words))


def _jump(session: Session, words: list[str]) -> str:
    layer = session.layer
    if words and words[0] in session.network.names:
        layer = words.pop(0)
    return session.jump(_place(session, layer, words), layer)


def _place(session: Session, layer: str, words: list[str]) -> int | Index:
    """Return the step number or the index that the words of a jump name."""
    output = session.network.stage(layer).output or ()
    count = session.values.m * prod(output)
    text = " ".join(words)
    if text in ("", "start"):
        return 0
    if text == "end":
        return count - 1
    if match := re.fullmatch(r"#\s*([\d,_]+)", text):
        return int(match[1].replace(",", "")) - 1
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text):
        return min(count - 1, int(count * min(float(match[1]), 100) / 100))
    places = [int(word) for word in re.split(r"[\s,]+", text.strip("() ")) if re.fullmatch(r"-?\d+", word)]
    i = session.index[0] if layer == session.layer and output else 0
    if len(places) == len(output):
        places = {1: [0, 0, *places], 2: [*places[:1], 0, *places[1:]]}.get(len(places), places)
    if len(places) == 3:
        places = [i, *places]
    if len(places) != 4 or len(places) < len(re.split(r"[\s,]+", text.strip("() "))):
        raise VerbError(
            f"can't read the place '{text}'", where="jump", hint="Give h w c, #number, a percentage, start or end"
        )
    return (places[0], places[1], places[2], places[3])


def _move(session: Session, words: list[str]) -> str:
    from convstep.debugger.session import DIRECTIONS

    direction, count = (*words, "1")[:2] if len(words) in (1, 2) else ("", "")
    if direction not in DIRECTIONS or not count.isdecimal():
        raise misread("move")
    return session.move(direction, int(count))


def _cycled(word: str, current: int, size: int, name: str, known: tuple[str, ...] = ()) -> int:
    if word in ("next", "prev"):
        return (current + (1 if word == "next" else -1)) % size
    if word in known:
        return known.index(word)
    if word.isdecimal():
        return int(word)
    hint = nearest(word, (*known, "next", "prev")) or f"Usage: {VERBS[name].usage}"
    raise VerbError(f"expected next, prev or a number, got '{word}'", where=name, hint=hint)


def _filter(session: Session, words: list[str]) -> str:
    names = session.network.stage(session.layer).layer.channel_names
    return session.filter(_cycled(" ".join(words), session.index[3], session.shape[3], "filter", names))


def _example(session: Session, words: list[str]) -> str:
    return session.example(_cycled(" ".join(words), session.index[0], session.shape[0], "example"))


def _layer(session: Session, words: list[str]) -> str:
    word = " ".join(words)
    names = session.network.names
    if word in ("next", "prev"):
        return session.go(names.index(session.layer) + (1 if word == "next" else -1))
    return session.go(word)


def _source(session: Session, words: list[str]) -> str:
    word = " ".join(words)
    return session.source(int(word) - 1 if word.isdecimal() else word) if word else session.source()


def _layers(session: Session, words: list[str]) -> tuple[str, ...]:
    """Take the layers that a change is for off the end of `words`: this one, named ones, or all."""
    if words and words[-1] == "all":
        words.pop()
        return session.windowed()
    named: list[str] = []
    while words and words[-1] in session.network.names:
        named.insert(0, words.pop())
    return tuple(named) or (session.layer,)


def _padding(session: Session, words: list[str]) -> str:
    layers = _layers(session, words)
    text = " ".join(words)
    if text == "toggle":
        return session.toggle(layers)
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if re.fullmatch(r"[\d\s,\[\]()]+", text) and len(numbers) in (1, 4):
        return session.slide(layers, padding=Padding(*(numbers * 4 if len(numbers) == 1 else numbers)))
    return session.slide(layers, padding=pad(text))


def _numbers(name: str) -> Effect:
    """Return the effect of a verb that changes a number, or one for rows and one for columns, of the window."""

    def effect(session: Session, words: list[str]) -> str:
        layers = _layers(session, words)
        numbers = [int(word) for word in words if re.fullmatch(r"[1-9]\d{0,5}", word)]
        if len(numbers) != len(words) or len(numbers) not in (1, 2):
            raise VerbError(
                f"expected one integer of at least 1, or two (rows, columns), got '{' '.join(words)}'", where=name
            )
        return session.slide(layers, **{name: (numbers[0], numbers[-1])})

    return effect


def _break(session: Session, words: list[str]) -> str:
    return session.break_on(words[0]) if words[0] else session.listed()


def _clear(session: Session, words: list[str]) -> str:
    match words:
        case [] | ["all"]:
            return session.clear()
        case [word] if word.isdecimal():
            return session.clear(int(word))
    raise misread("clear")


def _resume(name: str, *, forward: bool) -> Effect:
    def effect(session: Session, words: list[str]) -> str:
        match words or ["1"]:
            case [word] if word.isdecimal() and int(word):
                return session.resume(int(word), forward=forward)
        raise misread(name)

    return effect


def _taps(session: Session, words: list[str]) -> str:
    if words not in (["open"], ["close"]):
        raise misread("taps")
    return session.taps(opened=words == ["open"])


def _open(session: Session, words: list[str]) -> str:
    if len(words) != 1:
        raise misread("open")
    return session.open(words[0])


def _say(session: Session, words: list[str]) -> str:
    return words[0]


def _condition_words(session: Session) -> tuple[str, ...]:
    return (*words(), *session.network.names)


def _working(session: Session) -> bool:
    return session.network.stage(session.layer).fault is None


def _breaks(session: Session) -> bool:
    return bool(session.breakpoints)


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(
            "step",
            "[N] [mac|window|position|row|layer]",
            "Go on, by one window or by N of a unit.",
            _step,
            (
                Key("space", "step", "step"),
                Key(".", "step position"),
                Key("pagedown", "step row"),
            ),
            lambda session: ("mac", "window", "position", "row", "layer"),
            _working,
        ),
        Verb(
            "back",
            "[N] [mac|window|position|row|layer]",
            "Go back, by one window or by N of a unit.",
            _back,
            (
                Key("backspace", "back", "back"),
                Key(",", "back position"),
                Key("pageup", "back row"),
            ),
            lambda session: ("mac", "window", "position", "row", "layer"),
            _working,
        ),
        Verb(
            "move",
            "up|down|left|right [N]",
            "Go to the neighbouring neuron of this feature map.",
            _move,
            (
                Key("up", "move up", "move"),
                Key("down", "move down"),
                Key("left", "move left"),
                Key("right", "move right"),
            ),
            lambda session: ("up", "down", "left", "right"),
            _working,
        ),
        Verb(
            "filter",
            "next|prev|C|NAME",
            "Go to the same place in another feature map.",
            _filter,
            (Key("]", "filter next", "filter"), Key("[", "filter prev")),
            lambda session: (
                "next",
                "prev",
                *session.network.stage(session.layer).layer.channel_names,
            ),
            _working,
        ),
        Verb(
            "jump",
            "[LAYER] H W C|#NUMBER|PERCENT%|start|end",
            "Go to a neuron by its place, or to a window by its number.",
            _jump,
            (Key("home", "jump start"), Key("end", "jump end")),
            lambda session: ("start", "end", *session.network.names),
        ),
        Verb(
            "layer",
            "NAME|next|prev",
            "Go to another layer, to where you last were in it.",
            _layer,
            (Key("tab", "layer next", "layer"), Key("shift+tab", "layer prev")),
            lambda session: ("next", "prev", *session.network.names),
        ),
        Verb(
            "source",
            "[N|NAME]",
            "Go to the layer that this one takes its input from: its first, its Nth, or one by name.",
            _source,
            (Key("1", "source 1", "input"), *(Key(str(n), f"source {n}") for n in range(2, 5))),
            lambda session: session.network.stage(session.layer).sources,
            lambda session: not session.network.follows(session.layer),
        ),
        Verb(
            "example",
            "next|prev|I",
            "Go to the same neuron for another example of the batch.",
            _example,
            (Key("e", "example next"),),
            lambda session: ("next", "prev"),
            lambda session: session.values.m > 1,
        ),
        Verb(
            "taps",
            "open|close",
            "Open this window into its multiply-accumulates, or close it.",
            _taps,
            (Key("enter", "taps open", "open"), Key("escape", "taps close")),
            lambda session: ("open", "close"),
            _working,
        ),
        Verb(
            "padding",
            "same|valid|same_lower|full|toggle|N|TOP BOTTOM LEFT RIGHT [LAYER ...|all]",
            "Change the padding of this layer, of named ones, or of all.",
            _padding,
            (Key("s", "padding toggle", "SAME/VALID"), Key("S", "padding toggle all")),
            lambda session: ("same", "valid", "same_lower", "full", "toggle", "all", *session.windowed()),
        ),
        Verb(
            "stride",
            "N|ROWS COLUMNS [LAYER ...|all]",
            "Change how far the window moves each time.",
            _numbers("stride"),
            choices=lambda session: ("all", *session.windowed()),
        ),
        Verb(
            "dilation",
            "N|ROWS COLUMNS [LAYER ...|all]",
            "Change the distance between the taps of the window.",
            _numbers("dilation"),
            choices=lambda session: ("all", *session.windowed()),
        ),
        Verb(
            "break",
            "[CONDITION]",
            f"Set a breakpoint: {', '.join(flags())}, value > 1, h == w and not c < 3, layer == NAME. "
            "Without words, list them.",
            _break,
            choices=_condition_words,
            verbatim=True,
        ),
        Verb(
            "clear",
            "[N|all]",
            "Remove a breakpoint, or all.",
            _clear,
            choices=lambda session: ("all", *(str(each.number) for each in session.breakpoints)),
            available=_breaks,
        ),
        Verb(
            "continue",
            "[N]",
            "Go on to the next window that a breakpoint matches, or to the Nth.",
            _resume("continue", forward=True),
            (Key("c", "continue", "continue"),),
            available=_breaks,
        ),
        Verb(
            "reverse",
            "[N]",
            "Go back to the window before that a breakpoint matches, or to the Nth before.",
            _resume("reverse", forward=False),
            (Key("C", "reverse"),),
            available=_breaks,
        ),
        Verb("open", "SPEC", "Open another net: a bundled one by name, or your own by path.", _open, while_busy=True),
        Verb(
            "expect",
            "shape|index|value|layer|number|rows|cols ... [within T]",
            "Check what is shown; a script stops where it does not hold.",
            expect,
            choices=lambda session: ("shape", "index", "value", "layer", "number", "rows", "cols"),
        ),
        Verb("say", "TEXT", "Say something to whoever watches.", _say, verbatim=True, while_busy=True),
    )
}
