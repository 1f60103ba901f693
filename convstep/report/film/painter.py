"""Paints screens as pixels."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from convstep.report.film import Cell, Film, Look, Screen, cells, clusters
from convstep.report.film.blocks import Coverage, coverage
from convstep.report.film.fonts import lacks, letter

LEVELS = 6
"""From the background's colour to the character's: few, as each is a colour of its own in a film's palette."""
CELL_WIDTH, CELL_HEIGHT = 9, 18
"""In pixels, at a scale of 1."""
Glyph = tuple[str, bool, bool, bool, int]
"""A character, whether it is bold, underlined and struck through, and which of its cells it is in."""
Packed = NDArray[np.uint32]
Pixel = TypeVar("Pixel", bound=np.unsignedinteger[Any])


class Painter:
    """Paints screens; characters are drawn once.

    Args:
        scale: How large: 1 for cells of 9 by 18 pixels.
    """

    def __init__(self, scale: int = 1) -> None:
        self.width, self.height = CELL_WIDTH * scale, CELL_HEIGHT * scale
        self._known: dict[Glyph, int] = {}
        self._drawn: list[NDArray[np.uint8]] = []
        self._shares: list[NDArray[np.int64]] = []
        self._mixed: dict[tuple[int, int], Packed] = {}

    def paint(self, screen: Screen) -> Painted:
        """Return a screen, painted."""
        glyphs = np.zeros((screen.height, screen.width), np.intp)
        colours = np.zeros((screen.height, screen.width, LEVELS), np.uint32)
        for y, row in enumerate(screen.rows):
            line = cells(row)
            for x, (_, look) in enumerate(line):
                glyphs[y, x] = self._glyph(line, x)
                colours[y, x] = self._mix(look)
        return Painted(glyphs, colours, np.stack(self._drawn), np.stack(self._shares))

    def _glyph(self, line: list[Cell], x: int) -> int:
        start = x
        while not line[start][0] and start:
            start -= 1
        character, look = line[start]
        glyph = (character, look.bold, look.underline, look.strike, x - start)
        if glyph not in self._known:
            stop = x + 1
            while stop < len(line) and not line[stop][0]:
                stop += 1
            self._known[glyph] = len(self._drawn)
            whole = self._draw(character, look, (stop - start) * self.width)
            drawn = np.rint(whole * (LEVELS - 1)).astype(np.uint8)[:, (x - start) * self.width :][:, : self.width]
            self._drawn.append(drawn)
            self._shares.append(np.bincount(drawn.ravel(), minlength=LEVELS))
        return self._known[glyph]

    def _draw(self, character: str, look: Look, width: int) -> Coverage:
        drawn = coverage(character, width, self.height)
        if drawn is None:
            drawn = letter(character, look.bold, width, self.height)
        drawn = drawn.copy()
        thick = max(1, self.height // 18)
        for wanted, share in ((look.underline, 0.88), (look.strike, 0.55)):
            if wanted:
                at = round(self.height * share)
                drawn[at : at + thick] = 1
        return drawn

    def _mix(self, look: Look) -> Packed:
        pair = look.colour, look.background
        if pair not in self._mixed:
            shares = np.linspace(0, 1, LEVELS)[:, None]
            ends = np.array([[packed >> 16, packed >> 8 & 255, packed & 255] for packed in pair])
            rgb = np.rint(shares * ends[0] + (1 - shares) * ends[1]).astype(np.uint32)
            self._mixed[pair] = rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]
        return self._mixed[pair]


class Painted:
    """A screen, painted.

    Args:
        glyphs: `(rows, columns)`, each cell's character, as an index into `drawn`.
        colours: `(rows, columns, LEVELS)`, each cell's colours, 0xRRGGBB, from its background's to its character's.
        drawn: `(n, height, width)`, the level of each pixel of each character.
        shares: `(n, LEVELS)`, how many pixels of each character have each level.
    """

    def __init__(
        self, glyphs: NDArray[np.intp], colours: Packed, drawn: NDArray[np.uint8], shares: NDArray[np.int64]
    ) -> None:
        self.glyphs = glyphs
        self.colours = colours
        self._drawn = drawn
        self._shares = shares

    def changed(self, before: Painted | None) -> NDArray[np.bool_]:
        """Return `(rows, columns)`: which cells differ from those of a screen before."""
        if before is None:
            return np.ones(self.glyphs.shape, bool)
        differ: NDArray[np.bool_] = (self.glyphs != before.glyphs) | (self.colours != before.colours).any(axis=-1)
        return differ

    def used(self, where: NDArray[np.bool_]) -> tuple[Packed, NDArray[np.int64]]:
        """Return the colours of some cells, and how many pixels have each."""
        shares = self._shares[self.glyphs[where]]
        found, at = np.unique(self.colours[where], return_inverse=True)
        pixels = np.bincount(at.ravel(), shares.ravel(), len(found)).astype(np.int64)
        return found[pixels > 0], pixels[pixels > 0]

    def pixels(self, values: NDArray[Pixel]) -> NDArray[Pixel]:
        """Return the pixels, row by row.

        Args:
            values: `(rows, columns, LEVELS)`, what a pixel of each level of each cell is, such as its colour.
        """
        rows, columns = self.glyphs.shape
        levels = self._drawn[self.glyphs].reshape(rows, columns, -1).astype(np.intp)
        _, height, width = self._drawn.shape
        picked = np.take_along_axis(values, levels, axis=-1).reshape(rows, columns, height, width)
        return picked.swapaxes(1, 2).reshape(rows * height, columns * width)


def lacking(film: Film) -> str:
    """Return the characters of a film that are neither blocks nor in a font."""
    rows = {row for shot in film.shots for row in shot.screen.rows}
    texts = {run.text for row in rows for run in row}
    found = {character for text in texts for character, _ in clusters(text)}
    return "".join(sorted(each for each in found if coverage(each, 1, 2) is None and lacks(each)))
