"""The keys of the verb table: as Textual's bindings, and as they stand on a keyboard.

The table names a key by the character that it types, or by the word that Textual has for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding

from convstep.debugger import Key

NAMES = {
    "backspace": "⌫",
    "enter": "⏎",
    "escape": "esc",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "-": "−",
    "pageup": "page up",
    "pagedown": "page down",
}
SHARED = {"up": "↑↓←→", "]": "[ ]"}
"""Keys that stand for all of their kind where one of them is named."""


def key_name(key: str) -> str:
    """Return a key's name as it stands on the key."""
    return NAMES.get(key, key)


def glyphs(key: Key) -> str:
    """Return a key, or it and its like, in a few characters."""
    return SHARED.get(key.key, key_name(key.key))


def bindings(keys: Iterable[Key]) -> list[Binding]:
    """Return Textual's bindings for keys of the verb table.

    They have priority: a key is acted on before the one that comes after it, which may be meant for what it opens.
    """
    return [
        Binding("comma" if key.key == "," else key.key, f"do({key.line!r})", key.label or key.line, priority=True)
        for key in keys
    ]


def lines_of(keys: Iterable[Key]) -> dict[str, str]:
    """Return the lines that keys stand for, by Textual's names of the keys."""
    return {each.key: key.line for key in keys for each in Binding.make_bindings(bindings([key]))}
