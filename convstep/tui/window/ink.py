"""The window panel's styles: each made once, and shared by all its cells."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from rich.style import Style

from convstep.engine.steps import Array
from convstep.tui.lines.colours import CUBE, DARK, SHADES, Colouring, Palette
from convstep.tui.lines.rgb import ink, mix, pack
from convstep.tui.lines.scale import Scale
from convstep.tui.lines.strips import style

LEVELS = 2 * SHADES + 1
"""Tints of one colouring, as many as a map has; behind them stand those of NaN, +∞ and −∞."""


class Ink:
    """What the window panel writes with, in one theme.

    Args:
        palette: The theme's colours.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        panel = palette.panel
        self.plain = style(palette.text, panel)
        self.bold = style(palette.text, panel, bold=True)
        self.soft = style(int(palette.legible(mix(palette.text, panel, 0.38), panel)), panel)
        self.quiet = style(palette.quiet, panel)
        self.rule = style(palette.waiting[0], panel)
        self.amber = style(palette.amber, panel)
        self.title = style(palette.amber, panel, bold=True)
        self.cyan = style(palette.cyan, panel, bold=True)
        self.here = style(int(palette.legible(ink(palette.amber), palette.amber)), palette.amber, bold=True)
        self.cell = style(int(palette.legible(ink(palette.cyan), palette.cyan)), palette.cyan, bold=True)
        self.here_too, self.cell_too = (_darker(colour, panel) for colour in (palette.amber, palette.cyan))
        self.tied = style(int(palette.legible(palette.amber, palette.waiting[1])), palette.waiting[1], bold=True)
        self.hatch = style(*palette.hatch)
        padding = palette.legible(mix(palette.text, panel, 0.38), palette.hatch[1])
        self.padding = style(int(padding), palette.hatch[1])
        self.waiting = style(*palette.waiting)
        signed, far = palette.packed_ramps["signed"], 88 if palette in (DARK, CUBE) else 112
        self.negative, self.positive = (style(int(signed[128 + k]), panel) for k in (-far, far))
        self._tints: dict[tuple[Colouring, bool], tuple[Style, ...]] = {}

    def sign(self, value: float) -> Style:
        """Return the colour of a number's sign."""
        return self.positive if value > 0 else self.negative if value < 0 else self.soft

    def tints(self, colouring: Colouring, *, faded: bool = False) -> tuple[Style, ...]:
        """Return the styles of numbers on tinted cells, from the ramp's low end to its high, and those of odd numbers.

        Args:
            colouring: Which ramp.
            faded: Whether for cells that are still to come.
        """
        key = (colouring, faded)
        if key not in self._tints:
            self._tints[key] = tuple(self._tint(colouring, faded))
        return self._tints[key]

    def _tint(self, colouring: Colouring, faded: bool) -> Sequence[Style]:
        palette, steps = self.palette, np.arange(LEVELS)
        places = (steps - SHADES) * (127 / SHADES) + 128 if colouring == "signed" else steps * (255 / (LEVELS - 1))
        grounds = pack(palette.ramps[colouring][np.rint(places).astype(int)])
        grounds = np.concatenate([grounds, np.array(palette.odd, np.uint32)])
        if faded:
            grounds = mix(grounds, palette.panel, 0.65)
        grounds = palette.tinted(grounds, colouring)
        digits = ink(grounds)
        if faded:
            digits = mix(digits, grounds, 0.3)
        digits = palette.legible(digits, grounds)
        return [style(fg, bg) for fg, bg in zip(digits.tolist(), grounds.tolist(), strict=True)]


def _darker(colour: int, panel: int) -> Style:
    ground = int(mix(colour, panel, 0.35))
    return style(int(ink(ground)), ground)


@lru_cache(maxsize=8)
def ink_for(palette: Palette) -> Ink:
    """Return the ink of a palette."""
    return Ink(palette)


def levels(values: Array, scale: Scale) -> Array:
    """Return which of a colouring's tints each value has."""
    numbers = np.asarray(values, np.float64)
    finite = np.isfinite(numbers)
    shown = numbers if finite.all() else np.where(finite, numbers, 0.0)
    if scale.colouring == "signed":
        limit = max(abs(scale.low), abs(scale.high)) or 1.0
        places = np.clip(shown / limit, -1, 1) * SHADES + SHADES
    else:
        places = np.clip((shown - scale.low) / ((scale.high - scale.low) or 1.0), 0, 1) * 2 * SHADES
    found = np.rint(places).astype(int)
    if not finite.all():
        for k, odd in enumerate((np.isnan(numbers), numbers == np.inf, numbers == -np.inf)):
            found = np.where(odd, LEVELS + k, found)
    return found
