"""The window panel's styles: each made once, and shared by all its cells."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from rich.style import Style

from convstep.engine.steps import Array
from convstep.tui.lines.colours import CUBE, DARK, Colouring, Palette
from convstep.tui.lines.rgb import ink, mix, pack
from convstep.tui.lines.strips import style

LEVELS = 33
"""Tints of one colouring."""

REACH: dict[Colouring, float] = {"signed": 0.45, "grey": 0.45, "red": 0.6, "green": 0.6, "blue": 0.6}
"""How much of a ramp lies under numbers: its quiet part, where the digits stay easy to read."""


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
        self.amber = style(palette.amber, panel)
        self.title = style(palette.amber, panel, bold=True)
        self.cyan = style(palette.cyan, panel, bold=True)
        self.here = style(int(palette.legible(ink(palette.amber), palette.amber)), palette.amber, bold=True)
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
        """Return the styles of numbers on tinted cells, from the ramp's low end to its high.

        Args:
            colouring: Which ramp.
            faded: Whether for cells that are still to come.
        """
        key = (colouring, faded)
        if key not in self._tints:
            self._tints[key] = tuple(self._tint(colouring, faded))
        return self._tints[key]

    def _tint(self, colouring: Colouring, faded: bool) -> Sequence[Style]:
        reach = REACH.get(colouring, 0.4)
        places = (
            np.linspace(-reach, reach, LEVELS) * 127 + 128
            if colouring == "signed"
            else (np.linspace(0, reach, LEVELS) * 255)
        )
        palette = self.palette
        grounds = pack(palette.ramps[colouring][np.rint(places).astype(int)])
        digits = ink(grounds)
        if faded:
            grounds = mix(grounds, palette.panel, 0.65)
            digits = mix(np.full(LEVELS, palette.text, np.uint32), palette.panel, 0.5)
        grounds = palette.tinted(grounds, colouring)
        digits = palette.legible(digits, grounds)
        return [style(fg, bg) for fg, bg in zip(digits.tolist(), grounds.tolist(), strict=True)]


@lru_cache(maxsize=8)
def ink_for(palette: Palette) -> Ink:
    """Return the ink of a palette."""
    return Ink(palette)


def levels(values: Array, colouring: Colouring, scale: float) -> Array:
    """Return which of a colouring's tints each value has, where `scale` has the strongest."""
    part = np.asarray(values, np.float64) / (scale or 1.0)
    if np.isnan(part).any():
        part[np.isnan(part)] = 0
    places = (part + 1) * (LEVELS // 2) if colouring == "signed" else part * (LEVELS - 1)
    return np.rint(np.minimum(np.maximum(places, 0), LEVELS - 1)).astype(int)
