"""All errors that users see: each says what is wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST_WORD = 100
"""Longer words are not compared with known ones: comparing takes the product of both lengths."""


class ConvstepError(Exception):
    """Something that can't be done.

    Attributes:
        what: What is wrong, in one sentence without a full stop.
        where: The place, such as `net.yaml:7:13` or `conv1.stride`; may be empty.
        hint: What to do about it; may be empty.
        excerpt: The line of the file that it is in, and a line of carets under the place; may be empty.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", excerpt: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint
        self.excerpt = excerpt

    def __str__(self) -> str:
        message = f"{self.where}: {self.what}" if self.where else self.what
        return f"{message}. {self.hint}" if self.hint else message

    @property
    def lines(self) -> list[str]:
        """The message as it is printed, line by line."""
        return [str(self), *(line for line in self.excerpt.replace("\t", "    ").split("\n") if line)]


class ArgumentError(ConvstepError, ValueError):
    """A value of the wrong type or out of range."""


class ShapeError(ConvstepError, ValueError):
    """Shapes of arrays or layers that don't fit together."""


class GeometryError(ShapeError):
    """A window that does not fit in its input."""


class SpecError(ConvstepError):
    """A mistake in a spec, or a file that can't be read."""


class MismatchError(ShapeError):
    """Weights made for another number of inputs than arrive."""


class VerbError(ConvstepError):
    """A verb that doesn't exist, or can't be done now."""


class ExpectationError(ConvstepError):
    """An `expect` that did not hold.

    Attributes:
        expected: What was expected.
        actual: What there is instead.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", expected: str = "", actual: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.expected = expected
        self.actual = actual


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "Did you mean 'stride'?" with the known word most similar to `word`; "" if none is."""
    from difflib import get_close_matches

    if len(word) > LONGEST_WORD:
        return ""
    matches = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"Did you mean '{matches[0]}'?" if matches else ""
