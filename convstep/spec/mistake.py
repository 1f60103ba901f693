"""Errors that name a place in a spec, with the line, a caret, and what to do about it."""

from __future__ import annotations

import reprlib
from typing import Any

from convstep.errors import SpecError


class LocatedError(SpecError):
    """A mistake at one place of a spec; its hint stands on a line of its own."""

    def __str__(self) -> str:
        return "\n".join(filter(None, (self._message, self.excerpt, self.hint)))

    @property
    def lines(self) -> list[str]:
        excerpt = self.excerpt.replace("\t", "    ").split("\n")
        return [line for line in (self._message, *excerpt, self.hint) if line]

    @property
    def _message(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


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
