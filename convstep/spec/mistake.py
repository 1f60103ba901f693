"""Errors that name a place in a spec, with the line, a caret, and what to do about it."""

from __future__ import annotations

import reprlib
from typing import Any
from unicodedata import category, east_asian_width

from convstep.errors import SpecError
from convstep.printable import printable

WIDEST = 100
"""The most characters of a source line that are shown."""


class LocatedError(SpecError):
    """A mistake at one place of a spec.

    Attributes:
        excerpt: The source line and a caret line under it; may be empty.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", excerpt: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.excerpt = excerpt

    def __str__(self) -> str:
        return "\n".join(filter(None, (self._message, self.excerpt, self.hint)))

    @property
    def lines(self) -> list[str]:
        excerpt = self.excerpt.replace("\t", "    ").split("\n")
        return [line for line in (self._message, *excerpt, self.hint) if line]

    @property
    def _message(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


def excerpt(line: str, column: int, width: int) -> str:
    """Return a source line, shortened if it is very long, and carets under `width` characters from `column` on.

    Control and invisible characters are escaped; tabs stay, in both lines.
    """
    parts = line[:column], line[column : column + width], line[column + width :]
    before, marked, after = ("\t".join(map(printable, part.split("\t"))) for part in parts)
    start = max(0, len(before) - WIDEST // 2) if len(before + marked + after) > WIDEST else 0
    shown = (before + marked + after)[start : start + WIDEST]
    at = len(before) - start
    indent = "".join("\t" if each == "\t" else " " * _cells(each) for each in shown[:at])
    return f"{shown}\n{indent}{'^' * max(1, _cells(shown.rstrip()[at : at + len(marked)]))}"


def _cells(text: str) -> int:
    """Return a text's width on a terminal, in cells."""
    return sum(0 if category(each) in ("Mn", "Me") else 2 if east_asian_width(each) in "WF" else 1 for each in text)


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
