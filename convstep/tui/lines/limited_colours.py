"""Pictures on terminals with 16 or 256 colours: the nearest solid colour, or two colours mixed by ░ ▒ ▓.

A character shows two pixels as ▀ in solid colours, or one mixed colour if that is closer to both pixels. The latter
halves the vertical resolution where contrasts are low, but dithering each pixel would add too much noise.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convstep.tui.lines.rgb import LUMA, RGB, Packed, mix, pack, unpack

BLANK = ord(" ")
SHADES = ((0.25, ord("░")), (0.5, ord("▒")), (0.75, ord("▓")))
"""Each glyph, with the share of its cell that the foreground covers."""
HUE_WEIGHTS = (1.0, 0.8)
"""Weights of red and blue minus luma, beside luma itself, where colours are compared."""
MAX_DIFFERENCE = 140
"""The largest difference in red, green or blue between two of the 256 colours that are mixed."""
GREYS = (0x000000, 0x555555, 0xAAAAAA, 0xFFFFFF)
HUES = (
    (0x000000, 0xAA0000, 0xFF5555, 0xFFFFFF),
    (0x000000, 0x00AA00, 0x55FF55, 0xFFFFFF),
    (0x000000, 0x0000AA, 0x5555FF, 0xFFFFFF),
)
"""Reds, greens and blues of the 16 colours, from dark to bright; neighbours may be mixed."""
OTHER_HUES = (0xAA00AA, 0x00AAAA, 0xFF55FF)
"""Further colours of the 16, for non-finite values and marks; they are not mixed."""


class Nearest:
    """Finds the nearest of some colours; cached by the upper five bits of red, green and blue.

    Args:
        colours: `(n, 3)`, the colours to choose from.
    """

    def __init__(self, colours: NDArray[np.float64] | RGB) -> None:
        self._points = _perceived(colours)
        self._squares = (self._points**2).sum(axis=1)
        self._found = np.full(1 << 15, -1, np.int32)

    def __call__(self, colours: Any) -> NDArray[np.int32]:
        """Return the index of the nearest colour for each of `colours`, 0xRRGGBB."""
        colours = np.asarray(colours, np.uint32)
        keys = colours >> 9 & 0x7C00 | colours >> 6 & 0x3E0 | colours >> 3 & 0x1F
        new = np.unique(keys[self._found[keys] < 0])
        for part in np.array_split(new, len(new) // 256 + 1):
            middles = unpack((part & 0x7C00) << 9 | (part & 0x3E0) << 6 | (part & 0x1F) << 3 | 0x040404)
            self._found[part] = (self._squares - 2 * _perceived(middles) @ self._points.T).argmin(axis=1)
        found: NDArray[np.int32] = self._found[keys]
        return found

    def distances(self, colours: Packed, chosen: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the squared distance from each of `colours` to the colour with the index `chosen`."""
        result: NDArray[np.float32] = ((_perceived(unpack(colours)) - self._points[chosen]) ** 2).sum(axis=-1)
        return result


def _perceived(rgb: NDArray[np.float64] | RGB) -> NDArray[np.float32]:
    """Return colours as points whose distances approximate perceived differences."""
    luma = rgb @ LUMA
    return np.stack(
        [luma, HUE_WEIGHTS[0] * (rgb[..., 0] - luma), HUE_WEIGHTS[1] * (rgb[..., 2] - luma)], axis=-1, dtype=np.float32
    )


class LimitedColours:
    """The colours that a terminal has.

    Args:
        solids: Colours that pixels and backgrounds may have, 0xRRGGBB.
        pairs: `(n, 2)`, the foregrounds and backgrounds that may be mixed, as indices into `solids`.
        shades: The glyphs that mix them, each with the share of its cell that the foreground covers.
    """

    def __init__(self, solids: Packed, pairs: NDArray[np.intp], shades: tuple[tuple[float, int], ...]) -> None:
        self.solids = solids
        colours = unpack(solids).astype(np.float64)
        foregrounds, backgrounds = colours[pairs[:, 0]], colours[pairs[:, 1]]
        mixed = [foregrounds * part + backgrounds * (1 - part) for part, _ in shades]
        self._nearest_solid = Nearest(colours)
        self._nearest_mix = Nearest(np.concatenate([colours, *mixed]))
        foreground, background = (np.concatenate([solids, np.tile(solids[side], len(shades))]) for side in pairs.T)
        glyphs = np.repeat([BLANK, *(glyph for _, glyph in shades)], [len(solids), *(len(pairs) for _ in shades)])
        self._characters = np.stack([glyphs.astype(np.uint32), foreground, background])

    def nearest(self, colours: Any) -> Packed:
        """Return the solid colour nearest to each of `colours`."""
        return self.solids[self._nearest_solid(colours)]

    def shade(self, cells: Packed, pixels: Packed, picture: NDArray[np.bool_]) -> None:
        """Replace ▀ by one mixed colour, in place, wherever that is closer to both pixels.

        Args:
            cells: `(height, 3, width)`: glyphs, foregrounds and backgrounds; changed.
            pixels: `(2 · height, width)`, the colours wanted.
            picture: `(2 · height, width)`, which pixels may be changed.
        """
        upper, lower = pixels[::2], pixels[1::2]
        blend = self._nearest_mix(mix(upper, lower, 0.5))
        far = [self._nearest_mix.distances(half, blend) for half in (upper, lower)]
        near = [self._nearest_solid.distances(half, self._nearest_solid(half)) for half in (upper, lower)]
        better = picture[::2] & picture[1::2] & (far[0] + far[1] <= near[0] + near[1])
        cells.transpose(1, 0, 2)[:, better] = self._characters[:, blend[better]]


@cache
def sixteen(*, hues: bool = True) -> LimitedColours:
    """Return the colours for pictures on terminals with 16 colours.

    Yellow and bright cyan are left out: they are the outlines of the window and of the current neuron.

    Args:
        hues: Whether to include colours beside the greys.
    """
    ramps = (GREYS, *HUES) if hues else (GREYS,)
    solids = sorted({colour for ramp in ramps for colour in ramp} | set(OTHER_HUES if hues else ()))
    pairs = sorted(
        {
            (solids.index(foreground), solids.index(background))
            for ramp in ramps
            for background, foreground in pairwise(ramp)
        }
    )
    return LimitedColours(np.array(solids, np.uint32), np.array(pairs), SHADES)


@cache
def cube() -> LimitedColours:
    """Return the colours for pictures on terminals with 256 colours: the 6×6×6 cube, and greys.

    The greys are one for each of the terminal's greys that Rich downgrades to; the terminal's may be slightly darker.
    """
    levels = np.array([0, 95, 135, 175, 215, 255], np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    coloured = colours[(colours != colours[:, :1]).any(axis=1)]
    greys = np.rint(np.arange(26) * 10.2).astype(np.uint8)
    solids = np.concatenate([coloured, greys[:, None].repeat(3, axis=1)])
    pairs = np.stack(np.triu_indices(len(solids), 1), axis=1)
    differences = np.abs(solids[pairs[:, 0]].astype(int) - solids[pairs[:, 1]]).max(axis=1)
    return LimitedColours(pack(solids), pairs[differences <= MAX_DIFFERENCE], (SHADES[1],))
