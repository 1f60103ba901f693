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

SCREEN_VERBS: tuple[tuple[Verb, Act], ...] = (
    (VERBS["play"], lambda screen, words: screen.playback.play(words)),
    (VERBS["prompt"], lambda screen, words: screen.open_prompt(" ".join([*words, ""]) if words else "")),
    (VERBS["channel"], lambda screen, words: screen.choose_channel(words)),
    (VERBS["mark"], lambda screen, words: screen.mark(words)),
    (VERBS["map"], lambda screen, words: screen.map()),
    (VERBS["contributions"], lambda screen, words: screen.contributions()),
    (VERBS["shapes"], lambda screen, words: screen.shapes()),
    (VERBS["paddings"], lambda screen, words: screen.paddings()),
    (VERBS["zoom"], lambda screen, words: screen.choose_zoom(words)),
    (VERBS["copy"], lambda screen, words: screen.copy(words)),
    (VERBS["record"], lambda screen, words: screen.record(words)),
    (VERBS["lesson"], lambda screen, words: screen.lead(words)),
    (VERBS["gallery"], lambda screen, words: screen.gallery()),
    (VERBS["theme"], lambda screen, words: screen.choose_theme(words)),
    (VERBS["help"], lambda screen, words: screen.help()),
    (VERBS["quit"], lambda screen, words: screen.app.exit(0)),
    (VERBS["emit"], lambda screen, words: screen.copy_call(words)),
    (VERBS["weight"], lambda screen, words: screen.lens.pick(words)),
    (VERBS["open"], lambda screen, words: screen.loader.open(words)),
    (VERBS["predict"], lambda screen, words: screen.predict(words)),
    (VERBS["continue"], lambda screen, words: screen.resume(words, forward=True)),
    (VERBS["reverse"], lambda screen, words: screen.resume(words, forward=False)),
)
"""Verbs with their effect on a screen; the last ones are the session's, run in a worker thread."""

ALL_VERBS: dict[str, Verb] = dict(VERBS)
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
