"""The keys of the verb table: as Textual's bindings, and as they stand on a keyboard.

The table names a key by the character that it types, or by the word that Textual has for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import ascii_letters

from textual.binding import Binding

from convstep.debugger import Key, Verb
from convstep.debugger.verbs import find
from convstep.errors import VerbError
from convstep.settings import KeySetting

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
    """Return Textual's bindings for keys of the verb table, and for letters that do nothing, or not now.

    They have priority: a key is acted on before the one that comes after it, which may be meant for what it opens.
    The action is told whether the key types a letter, which may be one of a word.
    """
    letters = [Binding(letter, f"typed({letter!r})", show=False, priority=True) for letter in ascii_letters]
    return [*map(_binding, keys), *letters]


def _binding(key: Key) -> Binding:
    return Binding(
        "comma" if key.key == "," else key.key,
        f"do({key.line!r}, None, {is_letter(key.key)})",
        key.label or key.line,
        priority=True,
    )


def is_letter(key: str | None) -> bool:
    """Return whether a key types a letter."""
    return key is not None and len(key) == 1 and key.isalpha()


def lines_of(keys: Iterable[Key]) -> dict[str, str]:
    """Return the lines that keys stand for, by Textual's names of the keys."""
    return {each.key: key.line for key in keys for each in Binding.make_bindings([_binding(key)])}


def key_of(verbs: Mapping[str, Verb], line: str) -> str:
    """Return the name of the first key that stands for a line; the line as it is typed, where none does."""
    keys = (key for verb in verbs.values() for key in verb.keys if key.line == line)
    return next((key_name(key.key) for key in keys), f":{line}")


def remapped(verbs: Mapping[str, Verb], wanted: Iterable[KeySetting]) -> tuple[dict[str, Verb], list[str]]:
    """Return the verbs with the keys that the user wants, and what there is to say about it.

    A line that is given keys has no others; a key that stood for something else does so no more, which is said.

    Raises:
        VerbError: There is no such verb.
    """
    table, notes = dict(verbs), []
    wanted = tuple(wanted)
    named = {key.line: key for verb in reversed(table.values()) for key in reversed(verb.keys) if key.label}
    for setting in wanted:
        try:
            find(setting.line.partition(" ")[0], table)
        except VerbError as error:
            raise VerbError(error.what, where=setting.where, hint=error.hint) from None
    taken = {key: setting for setting in wanted for key in setting.keys}
    lines = {setting.line for setting in wanted}
    for name, verb in table.items():
        others = [key for key in verb.keys if key.line not in lines]
        replaced = [key for key in others if key.key in taken]
        notes += [f"{key_name(key.key)} is now '{taken[key.key].line}', no longer '{key.line}'" for key in replaced]
        table[name] = verb._replace(keys=tuple(key for key in others if key not in replaced))
    for setting in wanted:
        name = setting.line.partition(" ")[0]
        usual = named.get(setting.line, Key("", setting.line))
        more = (Key(key, setting.line) if n else usual._replace(key=key) for n, key in enumerate(setting.keys))
        table[name] = table[name]._replace(keys=(*more, *table[name].keys))
    return table, notes
