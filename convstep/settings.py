"""The user's configuration file, `~/.config/convstep/config.toml`: theme, zoom, speed, decimals and keys.

theme = "light"
speed = 20

[keys]
"step position" = "n"
"filter next" = ["f", "]"]
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from convstep.debugger.verbs.screen import THEMES, ZOOMS
from convstep.errors import ConvstepError, nearest
from convstep.figures import MOST_DECIMALS
from convstep.folders import config_folder
from convstep.printable import printable

LARGEST = 1_000_000
"""The most bytes of the file."""
FASTEST = 1000

NAMED_KEYS = (
    *("space", "backspace", "enter", "escape", "tab", "insert", "delete"),
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
    *(f"f{n}" for n in range(1, 13)),
)
"""Keys that type no character, by name."""
MODIFIED = r"((ctrl|alt|shift)\+)+(?P<key>.+)"
NEVER = ("ctrl+c", "ctrl+q")
"""Keys that always quit, and can't be remapped."""


class KeySetting(NamedTuple):
    """The keys that the user gives to a verb.

    Attributes:
        line: The verb with its arguments.
        keys: The keys, named as in the verb table.
        where: The configuration file and the line in it.
    """

    line: str
    keys: tuple[str, ...]
    where: str


class Settings(NamedTuple):
    """The user's settings.

    Attributes:
        theme: One of `THEMES`.
        zoom: One of `ZOOMS`; "" for the default.
        speed: Units per second of `play` at first.
        decimals: The most decimals that numbers are shown with; None for the session's default.
        keys: Verbs with other keys than by default.
    """

    theme: str = "dark"
    zoom: str = ""
    speed: int = 10
    decimals: int | None = None
    keys: tuple[KeySetting, ...] = ()


def read_settings() -> Settings:
    """Return the settings in the user's configuration file; the defaults, if there is none.

    Raises:
        ConvstepError: The file can't be read, or a setting is wrong; the message names its line.
    """
    path = os.path.join(config_folder(), "config.toml")
    try:
        if not os.path.lexists(path):
            return Settings()
        if not os.path.isfile(path):
            raise ConvstepError("is no file", where=path)
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise ConvstepError(f"can't be read ({(error.strerror or str(error)).lower()})", where=path) from None
    if len(content) > LARGEST:
        raise ConvstepError("is over 1 MB, too large for a configuration file", where=path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConvstepError("is no text in UTF-8", where=path) from None
    return settings_in(text, path)


def settings_in(text: str, name: str) -> Settings:
    """Return the settings in the text of a configuration file.

    Args:
        text: TOML.
        name: The file's name in messages.

    Raises:
        ConvstepError: It is not TOML, or a setting is unknown or has a wrong value.
    """
    import tomllib  # slow to import, and seldom needed

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", place)
        last = len(text.splitlines()) or 1
        raise ConvstepError(
            what[:1].lower() + printable(what[1:]), where=f"{name}:{line[1] if line else last}"
        ) from None
    except RecursionError:
        raise ConvstepError("is nested too deep", where=name) from None
    found: dict[str, Any] = {}
    for key, value in data.items():
        where = f"{name}:{_line_of(text, '', key)}"
        if key == "keys":
            found[key] = _keys(text, name, value, where)
        elif key in CHECKS:
            found[key] = CHECKS[key](key, value, where)
        else:
            known = (*CHECKS, "keys")
            hint = nearest(key, known) or f"The settings are {', '.join(known)}"
            raise ConvstepError(f"unknown setting '{printable(key)}'", where=where, hint=hint)
    return Settings(**found)


def _one_of(choices: tuple[str, ...]) -> Callable[[str, Any, str], str]:
    def check(key: str, value: Any, where: str) -> str:
        if not isinstance(value, str) or value not in choices:
            hint = nearest(value, choices) if isinstance(value, str) else ""
            raise ConvstepError(f"{key} is one of {', '.join(choices)}, got {_shown(value)}", where=where, hint=hint)
        return value

    return check


def _whole(least: int, most: int) -> Callable[[str, Any, str], int]:
    def check(key: str, value: Any, where: str) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ConvstepError(f"{key} is a whole number from {least} to {most}, got {_shown(value)}", where=where)
        return value

    return check


CHECKS: Mapping[str, Callable[[str, Any, str], Any]] = MappingProxyType(
    {
        "theme": _one_of(THEMES),
        "zoom": _one_of(ZOOMS),
        "speed": _whole(1, FASTEST),
        "decimals": _whole(0, MOST_DECIMALS),
    }
)
"""Functions that return a setting's value, or raise an error if it is wrong."""


def _keys(text: str, name: str, table: Any, where: str) -> tuple[KeySetting, ...]:
    if not isinstance(table, dict):
        raise ConvstepError('keys is a table, such as [keys] and below it "step" = "n"', where=where)
    found: list[KeySetting] = []
    owner: dict[str, str] = {}
    for line, value in table.items():
        where = f"{name}:{_line_of(text, 'keys', line)}"
        keys = tuple(_key(line, each, where) for each in (value if isinstance(value, list) else [value]))
        for key in keys:
            if key in owner:
                raise ConvstepError(
                    f"the key {key} can't stand for '{printable(line)}': it stands for '{owner[key]}'", where=where
                )
            owner[key] = printable(line)
        found.append(KeySetting(" ".join(line.split()), keys, where))
    return tuple(found)


def _key(line: str, key: Any, where: str) -> str:
    """Return a key, named as in the verb table."""
    if not isinstance(key, str):
        raise ConvstepError(f"the key of '{printable(line)}' is a text, got {_shown(key)}", where=where)
    named = " ".join(key.split()).lower() if len(key) > 1 else {" ": "space", "\t": "tab"}.get(key, key)
    modified = re.fullmatch(MODIFIED, named)
    base = modified["key"] if modified else named
    if modified and named == f"shift+{base}" and len(base) == 1:
        named = base.upper()
    if named in NEVER:
        raise ConvstepError(f"the key {named} always leaves, and can't stand for '{printable(line)}'", where=where)
    if base not in NAMED_KEYS and not (len(base) == 1 and base.isprintable()):
        hint = nearest(base, NAMED_KEYS) or "Give the character that it types, or a name such as space or ctrl+n"
        raise ConvstepError(f"there is no key {_shown(key)}", where=where, hint=hint)
    return named


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{printable(value)}'" if isinstance(value, str) else printable(str(value))


def _line_of(text: str, table: str, key: str) -> int:
    """Return the number of the line, from 1, that sets a key of a table; the table's own, if it can't be found."""
    found, inside = 1, ""
    quoted = "|".join(re.escape(each) for each in (key, f'"{key}"', f"'{key}'"))
    sets = re.compile(rf"\s*({quoted})\s*[=.]")
    sets_dotted = re.compile(rf"\s*{table}\s*\.\s*({quoted})\s*=")
    for number, each in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([^\]]*?)\s*\]", each):
            inside = header[1].strip("\"'")
            found = number if inside == (table or key) else found
        elif (inside == table and sets.match(each)) or (table and not inside and sets_dotted.match(each)):
            return number
        elif table and not inside and re.match(rf"\s*{table}\s*=", each):
            found = number
    return found
