"""A function in one style of code, with mistakes to plant in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

LOOPS, TAPS, VIEWS = "loops", "taps", "views"
THREE = (LOOPS, TAPS, VIEWS)
"""Loops over windows, sums over the places of a window for all windows at once, and sliding windows."""

Changes = Mapping[str, str]
"""What is replaced by what: parts of the code, or its named places."""


class Planted(NamedTuple):
    """A mistake in a style."""

    function: str
    style: str
    kind: str
    code: str

    @property
    def name(self) -> str:
        """What it is, for a test's name."""
        return f"{self.function} {self.style} {self.kind}"


class Style(NamedTuple):
    """A function in a style: its right code, and mistakes by their kind.

    Attributes:
        function: The function's name.
        name: One of THREE, or the name of a form of the function with one of them.
        code: The right code, or a template of it.
        mistakes: Kinds, and what is changed for each.
        places: What the template's places hold in the right code.
    """

    function: str
    name: str
    code: str
    mistakes: list[tuple[str, dict[str, str]]]
    places: Mapping[str, str] = {}

    def source(self, *changes: Changes) -> str:
        """Return the code with changes; each must be of something that is there."""
        every = {old: new for change in changes for old, new in change.items()}
        code = self.code
        if self.places:
            code = code.format(**{name: every.pop(name, right) for name, right in self.places.items()})
        for old, new in every.items():
            assert old in code, (self.function, self.name, old)
            code = code.replace(old, new)
        return code

    def planted(self) -> Iterator[Planted]:
        """Yield every mistake."""
        for kind, changes in self.mistakes:
            yield Planted(self.function, self.name, kind, self.source(changes))
