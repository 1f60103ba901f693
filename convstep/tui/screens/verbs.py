"""The verbs that need the screen; all others are the debugger's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from convstep.debugger import VERBS, Key, Verb
from convstep.debugger.run import Run
from convstep.errors import VerbError
from convstep.layers import Windowed
from convstep.settings import ZOOMS

if TYPE_CHECKING:
    from convstep.tui.screens.debug import DebugScreen

Act = Callable[["DebugScreen", list[str]], "str | None"]

QUIT = "quit"
"""Only for keyboard and command line: neither a click nor the command palette should quit by accident."""

COPIED = ("numbers", "screen")


def _unbound(run: Run, words: list[str]) -> str:
    """Stand in for a verb's effect until `verb_table` binds it to a screen."""
    raise VerbError("this needs the screen")


SCREEN_VERBS: tuple[tuple[Verb, Act], ...] = (
    (
        Verb(
            "play",
            "[forward|backward] [RATE] [position|window|row]",
            "Step by itself, RATE positions a second, or of another unit; again to pause.",
            _unbound,
            (
                Key("p", "play", "play"),
                Key("P", "play backward"),
                Key("+", "play faster"),
                Key("=", "play faster"),
                Key("-", "play slower"),
            ),
            lambda run: ("forward", "backward", "faster", "slower", "pause", "row"),
            VERBS["step"].available,
            while_busy=True,
            group="move",
        ),
        lambda screen, words: screen.playback.play(words),
    ),
    (
        Verb(
            "prompt",
            "[LINE]",
            "Open the command line, with LINE to begin with.",
            _unbound,
            (Key("g", "prompt jump", "jump"), Key(":", "prompt", "command")),
            while_busy=True,
            group="find",
        ),
        lambda screen, words: screen.open_prompt(" ".join([*words, ""]) if words else ""),
    ),
    (
        Verb(
            "channel",
            "next|prev|all|C",
            "Show another channel of the input.",
            _unbound,
            (Key("}", "channel next"), Key("{", "channel prev")),
            lambda run: ("next", "prev", "all"),
            VERBS["step"].available,
        ),
        lambda screen, words: screen.choose_channel(words),
    ),
    (
        Verb(
            "mark",
            "ROW COL",
            "Mark the neurons that see a value of the input.",
            _unbound,
            available=VERBS["step"].available,
        ),
        lambda screen, words: screen.mark(words),
    ),
    (
        Verb(
            "map",
            "",
            "Show what this neuron sees, layer by layer back to the input, and which neurons see it; "
            "after a mark, which neurons see the value marked.",
            _unbound,
            (Key("m", "map", "map", "map"),),
            available=VERBS["step"].available,
            group="look",
        ),
        lambda screen, words: screen.map(),
    ),
    (
        Verb(
            "contributions",
            "",
            "Show what this value is made of, back to the pixels in key presses, and what it adds to.",
            _unbound,
            (Key("w", "contributions", "made of", "made of"),),
            available=VERBS["step"].available,
        ),
        lambda screen, words: screen.contributions(),
    ),
    (
        Verb(
            "shapes",
            "",
            "Show every layer's size, parameters and cost, with their arithmetic, and four paddings side by side.",
            _unbound,
            (Key("i", "shapes", "shapes", "shapes"),),
            while_busy=True,
        ),
        lambda screen, words: screen.shapes(),
    ),
    (
        Verb(
            "paddings",
            "",
            "Show two paddings of this layer side by side, at the same neuron and in lockstep.",
            _unbound,
            (Key("v", "paddings", "two paddings"),),
            available=lambda run: isinstance(run.network.stage(run.layer).layer, Windowed),
        ),
        lambda screen, words: screen.paddings(),
    ),
    (
        Verb(
            "zoom",
            "|".join(ZOOMS),
            "Show maps whole, pixel for pixel, or as numbers.",
            _unbound,
            (Key("z", "zoom"),),
            lambda run: ZOOMS,
            while_busy=True,
        ),
        lambda screen, words: screen.choose_zoom(words),
    ),
    (
        Verb(
            "copy",
            "numbers|screen",
            "Copy the slice, filter and bias as NumPy code, or the screen as text, to the terminal's clipboard.",
            _unbound,
            (Key("y", "copy numbers"), Key("Y", "copy screen")),
            lambda session: COPIED,
            while_busy=True,
        ),
        lambda screen, words: screen.copy(words),
    ),
    (
        Verb(
            "gallery", "", "Choose another net.", _unbound, (Key("o", "gallery", "nets"),), while_busy=True, group="net"
        ),
        lambda screen, words: screen.gallery(),
    ),
    (
        Verb("theme", "dark|light", "Change the colours.", _unbound, (Key("t", "theme"),), while_busy=True),
        lambda screen, words: screen.choose_theme(words),
    ),
    (
        Verb(
            "help",
            "",
            "Show the keys that work here, what the colours mean, and all verbs.",
            _unbound,
            (Key("?", "help", "help"), Key("f1", "help")),
            while_busy=True,
            group="find",
        ),
        lambda screen, words: screen.help(),
    ),
    (
        Verb(
            QUIT,
            "",
            "Leave.",
            _unbound,
            (Key("q", "quit", "quit"), Key("ctrl+q", "quit"), Key("ctrl+c", "quit")),
            while_busy=True,
            aliases=("exit",),
            group="net",
        ),
        lambda screen, words: screen.app.exit(0),
    ),
    (VERBS["emit"], lambda screen, words: screen.copy_call(words)),
    (VERBS["weight"], lambda screen, words: screen.lens.pick(words)),
    (VERBS["open"], lambda screen, words: screen.loader.open(words)),
    (VERBS["predict"], lambda screen, words: screen.predict(words)),
    (VERBS["continue"], lambda screen, words: screen.resume(words, forward=True)),
    (VERBS["reverse"], lambda screen, words: screen.resume(words, forward=False)),
)
"""Verbs with their effect on a screen; the last ones are the session's, run in a worker thread."""

ALL_VERBS: dict[str, Verb] = {**VERBS, **{verb.name: verb for verb, _ in SCREEN_VERBS}}
"""All verbs; those of the screen are not bound to one yet."""


def keys_of(verbs: Mapping[str, Verb]) -> tuple[Key, ...]:
    """Return all keys of some verbs."""
    return tuple(key for verb in verbs.values() for key in verb.keys)


KEYS = keys_of(ALL_VERBS)
"""All default keys."""


def verb_table(screen: DebugScreen, verbs: Mapping[str, Verb] = ALL_VERBS) -> dict[str, Verb]:
    """Return all verbs, with those of the screen bound to it."""

    def effect(act: Act, run: Run, words: list[str]) -> str:
        del run
        return act(screen, words) or ""

    effects = {verb.name: partial(effect, act) for verb, act in SCREEN_VERBS}
    return {name: verb._replace(effect=effects.get(name, verb.effect)) for name, verb in verbs.items()}


def one_of(words: list[str], choices: tuple[str, ...], verb: str) -> str:
    """Return the single argument, which must be one of `choices`.

    Raises:
        VerbError: It is not.
    """
    word = " ".join(words)
    if word not in choices:
        raise VerbError(f"expected one of {', '.join(choices)}, got '{word}'", where=verb)
    return word


def is_whole(word: str) -> bool:
    """Return whether a word is an integer."""
    return word.removeprefix("-").isdecimal()
