"""The keys of the verb table: as Textual bindings, and by the names shown to the user.

The table names a key by its character, or by Textual's name.
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
"""Keys that are shown together with related ones."""


def key_name(key: str) -> str:
    """Return a key's name as shown to the user."""
    return NAMES.get(key, key)


def glyphs(key: Key) -> str:
    """Return the short name of a key, or of it and related ones."""
    return SHARED.get(key.key, key_name(key.key))


def bindings(keys: Iterable[Key]) -> list[Binding]:
    """Return Textual bindings for keys of the verb table, and for all other letters.

    They have priority, so that a key is handled before the next one, which may be meant for an input that it opens.
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
    """Return whether a key is a letter."""
    return key is not None and len(key) == 1 and key.isalpha()


def lines_of(keys: Iterable[Key]) -> dict[str, str]:
    """Return the lines that keys execute, by Textual's names of the keys."""
    return {each.key: key.line for key in keys for each in Binding.make_bindings([_binding(key)])}


def key_of(verbs: Mapping[str, Verb], line: str) -> str:
    """Return the name of the first key that executes a line; the line as typed if there is none."""
    keys = (key for verb in verbs.values() for key in verb.keys if key.line == line)
    return next((key_name(key.key) for key in keys), f":{line}")


def remapped(verbs: Mapping[str, Verb], wanted: Iterable[KeySetting]) -> tuple[dict[str, Verb], list[str]]:
    """Return the verbs with the user's keys, and notes on the keys that have lost their default meaning.

    The keys that the user sets for a line replace its default ones.

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
