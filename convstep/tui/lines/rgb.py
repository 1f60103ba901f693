"""Colours as arrays: packing into integers, mixing, ramps, and contrast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
"""Red, green and blue from 0 to 255, `(..., 3)`."""
Packed = NDArray[np.uint32]
"""Colours as 0xRRGGBB."""

LUMA = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in a colour's luma (ITU-R BT.601)."""

MIN_CONTRAST = 4.5
"""The least contrast of text to its background."""


def packed(colour: str) -> int:
    """Return "#rrggbb" as an integer."""
    return int(colour.removeprefix("#"), 16)


def pack(rgb: RGB) -> Packed:
    """Return colours `(..., 3)` as integers."""
    result: Packed = rgb.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    return result


def unpack(colours: Any) -> RGB:
    """Return integers as colours `(..., 3)`."""
    colours = np.asarray(colours, np.uint32)
    return np.stack([colours >> 16 & 255, colours >> 8 & 255, colours & 255], axis=-1).astype(np.uint8)


def mix(colours: Any, with_: Any, amount: float) -> Packed:
    """Return `colours` blended with `with_`, of which the result has the share `amount` (0 to 1)."""
    mixed = unpack(colours) * (1 - amount) + unpack(with_) * amount
    return pack(np.rint(mixed).astype(np.uint8))


def grey(rgb: RGB) -> RGB:
    """Return greys of the same luma."""
    return np.repeat(np.rint(rgb @ LUMA).astype(np.uint8)[..., None], 3, axis=-1)


def ramp(*stops: str) -> RGB:
    """Return 256 colours interpolated between `stops`, which are evenly spaced."""
    anchors = unpack([packed(stop) for stop in stops])
    places = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(places, np.arange(len(stops)), anchors[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)


def diverging_ramp(negative: Sequence[str], zero: str, positive: Sequence[str]) -> RGB:
    """Return 256 colours with `zero` at index 128, and 127 steps from it to either end."""
    below, above = ramp(zero, *negative), ramp(zero, *positive)
    half = np.rint(np.arange(1, 128) * 255 / 127).astype(int)
    return np.concatenate([below[[255]], below[half[::-1]], above[[0]], above[half]])


def text_colour(backgrounds: Any) -> Packed:
    """Return a readable foreground for each background: near black or near white; pure where contrast needs it."""
    dark, light = np.uint32(0x0B0E13), np.uint32(0xF2F4F8)
    is_bright = unpack(backgrounds) @ LUMA > 127
    near = np.where(is_bright, dark, light)
    on_black, on_white = contrast(0, backgrounds), contrast(0xFFFFFF, backgrounds)
    full = np.where(on_black > on_white, np.uint32(0), np.uint32(0xFFFFFF))
    return np.where(contrast(near, backgrounds) < MIN_CONTRAST, full, near)


def contrast(foregrounds: Any, backgrounds: Any) -> NDArray[np.float64]:
    """Return the WCAG 2 contrast ratio of foregrounds to backgrounds, from 1 to 21; text needs 4.5."""
    one, other = _luminance(foregrounds), _luminance(backgrounds)
    result: NDArray[np.float64] = (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)
    return result


def _luminance(colours: Any) -> NDArray[np.float64]:
    part = unpack(colours) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    result: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return result
