"""Films: the screens of a script that was played, each with how long it stands and what is said meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len

from convstep.debugger.script import About
from convstep.printable import printable


class Look(NamedTuple):
    """How characters look.

    Attributes:
        colour: Their colour, 0xRRGGBB.
        background: The colour behind them, 0xRRGGBB.
        bold: Whether they are bold.
        italic: Whether they are italic.
        underline: Whether they are underlined.
        strike: Whether they are struck through.
    """

    colour: int
    background: int
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False


class Run(NamedTuple):
    """Characters of a row that look alike; none of them is a control character."""

    text: str
    look: Look


Row = tuple[Run, ...]
"""A row of a screen; neighbouring runs differ in look."""
Cell = tuple[str, Look]
"""What a cell shows; the cell behind a character of two cells shows ""."""


@dataclass(frozen=True)
class Screen:
    """What a terminal shows.

    Attributes:
        width: In cells.
        rows: All rows, each `width` cells wide.
    """

    width: int
    rows: tuple[Row, ...]

    @property
    def height(self) -> int:
        """In cells."""
        return len(self.rows)

    @property
    def text(self) -> str:
        """The text, without trailing blanks."""
        return "".join(f"{''.join(run.text for run in row).rstrip()}\n" for row in self.rows)

    def sharing(self, other: Screen) -> Screen:
        """Return this screen; rows that are equal to those of another one are the same objects, to save memory."""
        rows = zip(self.rows, other.rows, strict=True)
        return Screen(self.width, tuple(theirs if theirs == ours else ours for ours, theirs in rows))


@dataclass(frozen=True)
class Shot:
    """A screen of a film.

    Attributes:
        screen: The screen.
        seconds: How long it stands.
        caption: What is said, with **bold** and `code`; None for a move on the way to the next caption.
        words: What the screen shows, in lines of text.
        is_answer: Whether the caption answers a question, which is the caption before it.
    """

    screen: Screen
    seconds: float
    caption: str | None
    words: tuple[str, ...] = ()
    is_answer: bool = False


@dataclass(frozen=True)
class Film:
    """A script that was played.

    Attributes:
        about: What the script says about itself.
        dark: Whether its colours are dark.
        plain: How characters look that are not coloured.
        shots: The screens, at least one, all of the same size.
    """

    about: About
    dark: bool
    plain: Look
    shots: tuple[Shot, ...]

    @property
    def width(self) -> int:
        """In cells."""
        return self.shots[0].screen.width

    @property
    def height(self) -> int:
        """In cells."""
        return self.shots[0].screen.height

    @property
    def stills(self) -> list[Shot]:
        """The screens with a caption; all of them if nothing is said."""
        return [shot for shot in self.shots if shot.caption is not None] or list(self.shots)


def clusters(text: str) -> Iterator[tuple[str, int]]:
    """Yield a text character by character, each with the marks that combine with it and its width in cells."""
    if text.isascii():
        yield from ((character, 1) for character in text)
        return
    held, width = "", 0
    for character in text:
        cells = cell_len(character)
        if cells and held:
            yield held, width
            held, width = "", 0
        held, width = held + character, width or cells
    if width:
        yield held, width


def cells(row: Row) -> list[Cell]:
    """Return a row cell by cell."""
    found: list[Cell] = []
    for text, look in row:
        for character, width in clusters(text):
            found.append((character, look))
            found += [("", look)] * (width - 1)
    return found


def row_of(runs: Sequence[Run], width: int, plain: Look) -> Row:
    """Return a row of `width` cells: runs that look alike are joined, and what lacks is blank.

    Control characters are escaped, and what does not fit is cut.
    """
    joined: list[Run] = []
    room = width
    for text, look in (*runs, Run(" " * width, plain)):
        shown = printable(text)
        if cell_len(shown) > room:
            shown = _cut(shown, room)
        if not shown:
            continue
        room -= cell_len(shown)
        if joined and joined[-1].look == look:
            joined[-1] = Run(joined[-1].text + shown, look)
        else:
            joined.append(Run(shown, look))
    return tuple(joined)


def _cut(text: str, room: int) -> str:
    kept = ""
    for character, width in clusters(text):
        if width > room:
            return kept + " " * room
        kept, room = kept + character, room - width
    return kept
