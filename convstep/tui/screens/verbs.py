"""What a screen does for the verbs that show something; for all others it is the debugger's own effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from convstep.debugger import VERBS, Key, Verb
from convstep.debugger.run import Run

if TYPE_CHECKING:
    from convstep.tui.screens.debug import DebugScreen

Act = Callable[["DebugScreen", list[str]], "str | None"]

ACTS: dict[str, Act] = {
    "play": lambda screen, words: screen.playback.play(words),
    "prompt": lambda screen, words: screen.open_prompt(" ".join([*words, ""]) if words else ""),
    "channel": lambda screen, words: screen.choose_channel(words),
    "mark": lambda screen, words: screen.mark(words),
    "map": lambda screen, words: screen.answers.map(),
    "contributions": lambda screen, words: screen.answers.contributions(),
    "shapes": lambda screen, words: screen.answers.shapes(),
    "paddings": lambda screen, words: screen.answers.paddings(),
    "zoom": lambda screen, words: screen.choose_zoom(words),
    "copy": lambda screen, words: screen.copy(words),
    "shot": lambda screen, words: screen.shoot(words),
    "record": lambda screen, words: screen.record(words),
    "lesson": lambda screen, words: screen.lead(words),
    "answer": lambda screen, words: screen.answer(words),
    "gallery": lambda screen, words: screen.gallery(),
    "theme": lambda screen, words: screen.choose_theme(words),
    "help": lambda screen, words: screen.help(),
    "quit": lambda screen, words: screen.app.exit(0),
    "emit": lambda screen, words: screen.copy_call(words),
    "weight": lambda screen, words: screen.lens.pick(words),
    "open": lambda screen, words: screen.loader.open(words),
    "predict": lambda screen, words: screen.predict(words),
    "continue": lambda screen, words: screen.resume(words, forward=True),
    "reverse": lambda screen, words: screen.resume(words, forward=False),
}
"""What a screen does for a verb, by its name; for the last ones it runs the session's effect in a worker thread."""


def keys_of(verbs: Mapping[str, Verb]) -> tuple[Key, ...]:
    """Return all keys of some verbs."""
    return tuple(key for verb in verbs.values() for key in verb.keys)


KEYS = keys_of(VERBS)
"""All default keys."""


def verb_table(screen: DebugScreen, verbs: Mapping[str, Verb] = VERBS) -> dict[str, Verb]:
    """Return all verbs, with those of the screen bound to it."""

    def effect(act: Act, run: Run, words: list[str]) -> str:
        del run
        return act(screen, words) or ""

    effects = {name: partial(effect, act) for name, act in ACTS.items()}
    return {name: verb._replace(effect=effects.get(name, verb.effect)) for name, verb in verbs.items()}
