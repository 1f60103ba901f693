"""The window panel's Rich styles, built once for each palette."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from rich.style import Style

from convstep.engine.steps import Array
from convstep.tui.lines.colours import CUBE, DARK, RAMP_STEPS, Colouring, Palette
from convstep.tui.lines.rgb import mix, pack, text_colour
from convstep.tui.lines.scale import Scale
from convstep.tui.lines.strips import style

Tint = tuple[int, int]
"""The colours of a number and of its background, 0xRRGGBB."""
TINTS = 2 * RAMP_STEPS + 1
"""Tints of one colouring, as many as on a map; those of NaN, +∞ and −∞ follow them."""


class WindowStyles:
    """The window panel's styles in one palette.

    Args:
        palette: The palette.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        panel = palette.panel
        self.plain = style(palette.text, panel)
        self.bold = style(palette.text, panel, bold=True)
        self.soft = style(int(palette.legible(mix(palette.text, panel, 0.38), panel)), panel)
        self.muted = style(palette.muted, panel)
        self.rule = style(palette.pending[0], panel)
        self.amber = style(palette.amber, panel)
        self.title = style(palette.amber, panel, bold=True)
        self.cyan = style(palette.cyan, panel, bold=True)
        self.here = style(int(palette.legible(text_colour(palette.amber), palette.amber)), palette.amber, bold=True)
        self.cell = style(int(palette.legible(text_colour(palette.cyan), palette.cyan)), palette.cyan, bold=True)
        self.here_alt, self.cell_alt = (_darker(colour, panel) for colour in (palette.amber, palette.cyan))
        self.tied = style(int(palette.legible(palette.amber, palette.pending[1])), palette.pending[1], bold=True)
        self.hatch = style(*palette.hatch)
        padding = palette.legible(mix(palette.text, panel, 0.38), palette.hatch[1])
        self.padding = style(int(padding), palette.hatch[1])
        self.pending = style(*palette.pending)
        signed, far = palette.packed_ramps["signed"], 88 if palette in (DARK, CUBE) else 112
        self.negative, self.positive = (style(int(signed[128 + k]), panel) for k in (-far, far))
        self._tints: dict[tuple[Colouring, bool], list[Tint]] = {}

    def sign(self, value: float) -> Style:
        """Return the style for a number's sign."""
        return self.positive if value > 0 else self.negative if value < 0 else self.soft

    def tints(self, colouring: Colouring, *, faded: bool = False) -> list[Tint]:
        """Return the colours of numbers on tinted backgrounds, from the ramp's low end up, then NaN, +∞ and −∞.

        Args:
            colouring: The ramp.
            faded: Whether the cells are pending.
        """
        key = (colouring, faded)
        if key not in self._tints:
            self._tints[key] = self._make_tints(colouring, faded)
        return self._tints[key]

    def _make_tints(self, colouring: Colouring, faded: bool) -> list[Tint]:
        palette, steps = self.palette, np.arange(TINTS)
        places = (
            (steps - RAMP_STEPS) * (127 / RAMP_STEPS) + 128 if colouring == "signed" else steps * (255 / (TINTS - 1))
        )
        backgrounds = pack(palette.ramps[colouring][np.rint(places).astype(int)])
        backgrounds = np.concatenate([backgrounds, np.array(palette.nonfinite, np.uint32)])
        if faded:
            backgrounds = mix(backgrounds, palette.panel, 0.65)
        backgrounds = palette.tinted(backgrounds, colouring)
        digits = text_colour(backgrounds)
        if faded:
            digits = mix(digits, backgrounds, 0.3)
        digits = palette.legible(digits, backgrounds)
        return list(zip(digits.tolist(), backgrounds.tolist(), strict=True))


def _darker(colour: int, panel: int) -> Style:
    background = int(mix(colour, panel, 0.35))
    return style(int(text_colour(background)), background)


@lru_cache(maxsize=8)
def styles_for(palette: Palette) -> WindowStyles:
    """Return the styles of a palette."""
    return WindowStyles(palette)


def tint_levels(values: Array, scale: Scale) -> Array:
    """Return each value's index in `WindowStyles.tints`."""
    numbers = np.asarray(values, np.float64)
    finite = np.isfinite(numbers)
    shown = numbers if finite.all() else np.where(finite, numbers, 0.0)
    if scale.colouring == "signed":
        limit = max(abs(scale.low), abs(scale.high)) or 1.0
        places = np.clip(shown / limit, -1, 1) * RAMP_STEPS + RAMP_STEPS
    else:
        places = np.clip((shown - scale.low) / ((scale.high - scale.low) or 1.0), 0, 1) * 2 * RAMP_STEPS
    found = np.rint(places).astype(int)
    if not finite.all():
        for k, nonfinite in enumerate((np.isnan(numbers), numbers == np.inf, numbers == -np.inf)):
            found = np.where(nonfinite, TINTS + k, found)
    return found
