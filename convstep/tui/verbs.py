"""What only the screen can do; the rest of the verb table is the debugger's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from convstep.debugger import VERBS, Key, Session, Verb
from convstep.errors import VerbError

if TYPE_CHECKING:
    from convstep.tui.screen import DebugScreen

ZOOMS = ("auto", "fit", "pixel", "numbers")


def verb_table(screen: DebugScreen) -> dict[str, Verb]:
    """Return all verbs: the debugger's, and those that need a screen."""

    def effect(act: Callable[[list[str]], str | None]) -> Callable[[Session, list[str]], str]:
        return lambda session, words: act(words) or ""

    screen_verbs = (
        Verb(
            "play",
            "[forward|backward] [RATE] [window|position|row]",
            "Step by itself, RATE windows a second; again to pause.",
            effect(screen.play),
            (
                Key("p", "play", "play"),
                Key("P", "play backward"),
                Key("plus,equals_sign", "play faster"),
                Key("minus", "play slower"),
            ),
            lambda session: ("forward", "backward", "faster", "slower", "pause", "row"),
            VERBS["step"].available,
        ),
        Verb(
            "prompt",
            "[LINE]",
            "Open the command line, with LINE to begin with.",
            effect(screen.prompt),
            (Key("g", "prompt jump", "jump"), Key("colon", "prompt", "command")),
        ),
        Verb(
            "channel",
            "next|prev|all|C",
            "Show another channel of the input.",
            effect(screen.choose_channel),
            (Key("right_curly_bracket", "channel next"), Key("left_curly_bracket", "channel prev")),
            lambda session: ("next", "prev", "all"),
        ),
        Verb(
            "mark",
            "ROW COL",
            "Mark the neurons that see a value of the input.",
            effect(screen.mark),
            available=VERBS["step"].available,
        ),
        Verb(
            "zoom",
            "|".join(ZOOMS),
            "Show maps whole, pixel for pixel, or as numbers.",
            effect(screen.choose_zoom),
            (Key("z", "zoom"),),
            lambda session: ZOOMS,
        ),
        Verb(
            "gallery",
            "",
            "Choose another net.",
            effect(screen.gallery),
            (Key("o", "gallery", "nets"),),
        ),
        Verb("theme", "dark|light", "Change the colours.", effect(screen.choose_theme), (Key("t", "theme"),)),
        Verb(
            "help",
            "",
            "Show all keys and verbs.",
            effect(screen.help),
            (Key("question_mark", "help", "help"), Key("f1", "help")),
        ),
        Verb("quit", "", "Leave.", effect(screen.quit), (Key("q", "quit", "quit"), Key("ctrl+q", "quit"))),
    )
    off_thread = (
        VERBS["open"]._replace(effect=effect(screen.open)),
        VERBS["continue"]._replace(effect=effect(partial(screen.resume, forward=True))),
        VERBS["reverse"]._replace(effect=effect(partial(screen.resume, forward=False))),
    )
    return {**VERBS, **{verb.name: verb for verb in (*off_thread, *screen_verbs)}}


def one_of(words: list[str], choices: tuple[str, ...], verb: str) -> str:
    """Return the one word that there must be.

    Raises:
        VerbError: It is another.
    """
    word = " ".join(words)
    if word not in choices:
        raise VerbError(f"expected one of {', '.join(choices)}, got '{word}'", where=verb)
    return word


def is_whole(word: str) -> bool:
    """Return whether a word is a whole number, of either sign."""
    return word.removeprefix("-").isdecimal()
