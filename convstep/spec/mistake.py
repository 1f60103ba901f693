"""A mistake in a spec: the place, what is wrong there, the line with a caret, and what to do about it."""

from __future__ import annotations

import reprlib
from typing import Any

from convstep.errors import SpecError

WIDEST = 100
"""How much of a source line is shown, in characters."""


class LocatedError(SpecError):
    """Something wrong at one place of a spec.

    Attributes:
        excerpt: The source line and a caret line under it; may be empty.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", excerpt: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.excerpt = excerpt

    def __str__(self) -> str:
        message = f"{self.where}: {self.what}" if self.where else self.what
        return "\n".join(filter(None, (message, self.excerpt, self.hint)))


def excerpt(line: str, column: int, width: int) -> str:
    """Return a source line, cut where it is very long, and carets under `width` characters from `column` on."""
    start = max(0, column - WIDEST // 2) if len(line) > WIDEST else 0
    shown = line[start : start + WIDEST]
    column -= start
    indent = "".join("\t" if character == "\t" else " " for character in shown[:column])
    return f"{shown}\n{indent}{'^' * max(1, min(width, len(shown.rstrip()) - column))}"


def shown(value: Any) -> str:
    """Return a value of a spec as a message quotes it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    quoting = reprlib.Repr()
    quoting.maxstring, quoting.maxlong, quoting.maxlevel = 60, 40, 3
    return quoting.repr(value)


def word(key: str) -> str:
    """Return a key as a message's path shows it."""
    return key if key.isidentifier() and len(key) < 40 else shown(key)
