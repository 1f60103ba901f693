"""Rows of the screen: text in colours, of which a terminal is sent only what changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Run = tuple[str, Style]


@lru_cache(1 << 15)
def style(ink: int, ground: int, bold: bool = False) -> Style:
    """Return the one style with these colours, 0xRRGGBB."""
    return Style(color=_colour(ink), bgcolor=_colour(ground), bold=bold)


@lru_cache(1 << 15)
def _colour(packed: int) -> Color:
    triplet = ColorTriplet(packed >> 16, packed >> 8 & 255, packed & 255)
    return Color(f"#{packed:06x}", ColorType.TRUECOLOR, None, triplet)


class LazyStrip(Strip):
    """A strip whose segments are made only for those who ask for them: a terminal gets its text without.

    Attributes:
        content: What it shows; strips of equal content are equal.
    """

    __slots__ = ("content",)

    def __init__(self, content: Any, width: int) -> None:
        self.content = content
        self._cell_length = width
        self._render_cache = None

    def __getattr__(self, name: str) -> Any:
        """Make the caches that Textual keeps beside a strip when the first of them is asked for: most never are."""
        if name not in Strip.__slots__:
            raise AttributeError(name)
        rendered = self._render_cache
        super().__init__((), self._cell_length)
        self._render_cache = rendered
        return getattr(self, name)

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Return its parts between some cells; most often that is all of it."""
        cuts = list(cuts)
        return [self] if cuts == [self._cell_length] else super().divide(cuts)

    def segments(self) -> list[Segment]:
        """Return what Textual works with."""
        raise NotImplementedError

    def sequence(self) -> str:
        """Return what a terminal with all colours is sent."""
        raise NotImplementedError

    def padded(self, left: int, right: int, margin: Style) -> Strip:
        """Return it with empty cells of a style beside it."""
        raise NotImplementedError

    @property
    def _segments(self) -> list[Segment]:
        return self.segments()

    @_segments.setter
    def _segments(self, segments: list[Segment]) -> None:
        """Keep the content alone."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LazyStrip) and type(other) is type(self):
            return bool(self.content == other.content)
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]  # as Strip has it

    def render(self, console: Console) -> str:
        """Return what a terminal is sent."""
        if console.color_system != "truecolor":
            return super().render(console)
        if self._render_cache is None:
            self._render_cache = self.sequence()
        return self._render_cache


class Row(LazyStrip):
    """A strip of text in colours and bold, and in nothing else: each colour is said once, where it changes.

    Args:
        runs: Texts with their styles, all of which have a colour and a ground.
        width: Cells.
    """

    __slots__ = ()

    def __init__(self, runs: Iterable[Run], width: int) -> None:
        super().__init__(tuple(runs), width)

    def segments(self) -> list[Segment]:
        """Return its runs as segments."""
        return [Segment(text, style) for text, style in self.content]

    def padded(self, left: int, right: int, margin: Style) -> Strip:
        """Return it with empty cells of a style beside it."""
        before, after = ([(" " * cells, margin)] if cells else [] for cells in (left, right))
        return Row((*before, *self.content, *after), left + self.cell_length + right)

    def sequence(self) -> str:
        """Return its texts, with codes where weight, colour or ground change."""
        parts: list[str] = []
        weight = ink = ground = ""
        for text, style in self.content:
            heavy, fore, back = _codes(style)
            changes = "" if back == ground else back
            if not text.isspace():  # a blank shows neither its colour nor its weight
                if fore != ink:
                    changes += fore
                if heavy != weight:
                    changes += heavy
                ink, weight = fore, heavy
            ground = back
            parts.append(f"\x1b[{changes[1:]}m{text}" if changes else text)
        return "".join(parts) + "\x1b[0m"


def padded(strip: Strip, left: int, right: int, margin: Style) -> Strip:
    """Return a strip with empty cells of a style beside it."""
    assert isinstance(strip, LazyStrip)
    return strip.padded(left, right, margin)


@lru_cache(1 << 13)
def _codes(style: Style) -> tuple[str, str, str]:
    """Return the codes of a style's weight, colour and ground, each behind a semicolon."""
    fore, back = style.color, style.bgcolor
    assert fore is not None
    assert back is not None
    return (
        ";1" if style.bold else ";22",
        ";" + ";".join(fore.get_ansi_codes()),
        ";" + ";".join(back.get_ansi_codes(foreground=False)),
    )
