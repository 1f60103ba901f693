"""Numbers into colours: ramps of 256 entries, safe for colour-blind eyes, for dark and for light screens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convstep.engine.steps import Array

RGB = NDArray[np.uint8]
"""Colours, `(..., 3)`."""
Packed = NDArray[np.uint32]
"""Colours as 0xRRGGBB."""
Accent = Literal["amber", "cyan"]
Colouring = Literal["rgb", "signed", "sequential", "grey", "red", "green", "blue"]


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
    """Return `colours` with `amount` (0 to 1) of another colour in them."""
    mixed = unpack(colours) * (1 - amount) + unpack(with_) * amount
    return pack(np.rint(mixed).astype(np.uint8))


def ramp(*stops: str) -> RGB:
    """Return 256 colours that pass through `stops` at equal distances."""
    anchors = unpack([packed(stop) for stop in stops])
    places = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(places, np.arange(len(stops)), anchors[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)


def diverging_ramp(negative: Sequence[str], zero: str, positive: Sequence[str]) -> RGB:
    """Return 256 colours whose entry 128 is exactly `zero`, and whose ends are as far from it."""
    below, above = ramp(zero, *negative), ramp(zero, *positive)
    half = np.rint(np.arange(1, 128) * 255 / 127).astype(int)
    return np.concatenate([below[[255]], below[half[::-1]], above[[0]], above[half]])


def steps(*stops: str) -> RGB:
    """Return 256 colours in as many flat steps as there are `stops`."""
    return unpack([packed(stops[place * len(stops) // 256]) for place in range(256)])


def diverging_steps(negative: Sequence[str], positive: Sequence[str]) -> RGB:
    """Return 256 colours in flat steps: half of them for what is below 0, half for what is above."""
    return np.concatenate([steps(*negative)[::2], steps(*positive)[::2]])


def ink(grounds: Packed) -> Packed:
    """Return the ink, near black or near white, that can be read on each ground."""
    luminance = unpack(grounds) @ np.array([0.299, 0.587, 0.114])
    return np.where(luminance > 127, np.uint32(0x0B0E13), np.uint32(0xF2F4F8))


@dataclass(frozen=True, eq=False)
class Palette:
    """The colours of one theme.

    Attributes:
        name: What it is called.
        panel: The ground that everything stands on.
        text: For plain text.
        quiet: For what should not draw the eye.
        hatch: The strokes of padding, and the ground under them.
        waiting: The dots of cells to come, and the ground under them.
        mark: For cells that are marked.
        amber: Accent of the window.
        cyan: Accent of the current cell.
        odd: NaN, +∞, −∞.
        scales: What makes a ramp for every colouring but rgb.
        dimmed: How much of the panel is mixed into what lies outside a window, and outside a single cell.
    """

    name: str
    panel: int
    text: int
    quiet: int
    hatch: tuple[int, int]
    waiting: tuple[int, int]
    mark: int
    amber: int
    cyan: int
    odd: tuple[int, int, int]
    scales: Mapping[str, Callable[[], RGB]]
    dimmed: tuple[float, float] = (0.25, 0.1)

    def accent(self, accent: Accent) -> int:
        """Return an accent's colour."""
        return self.amber if accent == "amber" else self.cyan

    @cached_property
    def ramps(self) -> dict[str, RGB]:
        """A ramp for every colouring but rgb."""
        return {name: scale() for name, scale in self.scales.items()}

    @cached_property
    def packed_ramps(self) -> dict[str, Packed]:
        """The ramps, as integers."""
        return {name: pack(colours) for name, colours in self.ramps.items()}

    def colours(self, values: Array, colouring: Colouring, low: float = 0.0, high: float = 1.0) -> RGB:
        """Return the colours of `values`.

        Args:
            values: Any shape; `(..., 3)` between 0 and 1 if `colouring` is rgb.
            colouring: How to colour them.
            low: The value at the ramp's start; a signed ramp reaches as far on both sides of 0.
            high: The value at the ramp's end.
        """
        if colouring == "rgb":
            rgb: RGB = picture(values)
            broken = ~np.isfinite(values).all(axis=-1)
            if broken.any():
                rgb[broken] = unpack(self.odd[0])
            return rgb
        place = signed_place if colouring == "signed" else sequential_place
        result: RGB = np.take(self.ramps[colouring], place(values, low, high), axis=0)
        if not np.isfinite(values).all():
            for where, colour in zip((np.isnan(values), values == np.inf, values == -np.inf), self.odd, strict=True):
                result[where] = unpack(colour)
        return result


def picture(values: Array) -> RGB:
    """Return values from 0 to 1 as the colours they are."""
    colours: RGB = np.rint(np.clip(np.nan_to_num(values), 0, 1) * 255).astype(np.uint8)
    return colours


def sequential_place(values: Array, low: float, high: float) -> NDArray[np.intp]:
    """Return each value's entry in a ramp that goes from `low` to `high`."""
    span = high - low
    scaled = (np.nan_to_num(values) - low) / span if span > 0 else np.zeros(values.shape)
    return np.rint(np.clip(scaled, 0, 1) * 255).astype(np.intp)


def signed_place(values: Array, low: float, high: float) -> NDArray[np.intp]:
    """Return each value's entry in a diverging ramp: 128 for 0, as far away for −x as for x."""
    limit = max(abs(low), abs(high))
    scaled = np.nan_to_num(values) / limit if limit > 0 else np.zeros(values.shape)
    return (np.rint(np.clip(scaled, -1, 1) * 127) + 128).astype(np.intp)


DARK = Palette(
    name="dark",
    panel=packed("#11151c"),
    text=packed("#d7dce5"),
    quiet=packed("#5b6575"),
    hatch=(packed("#3d475a"), packed("#1a202b")),
    waiting=(packed("#465066"), packed("#151a23")),
    mark=packed("#ffffff"),
    amber=packed("#ffb454"),
    cyan=packed("#59d4e8"),
    odd=(packed("#c04fd0"), packed("#fff6df"), packed("#3a4bff")),
    scales={
        "signed": partial(
            diverging_ramp,
            ("#2b5179", "#4488c2", "#5aa9e6", "#9bd2ff"),
            "#171c25",
            ("#6b4a29", "#bd7c3c", "#f29e4c", "#ffcb90"),
        ),
        "sequential": partial(ramp, "#131821", "#173a66", "#3f4f74", "#666b75", "#948e77", "#cbb96a", "#ffe95c"),
        "grey": partial(ramp, "#0d0f13", "#f5f5f5"),
        "red": partial(ramp, "#170d0f", "#8e2124", "#ff6f61"),
        "green": partial(ramp, "#0c150e", "#1f6f2a", "#74d97a"),
        "blue": partial(ramp, "#0c0f1c", "#2a3fa8", "#7b9cff"),
    },
)

LIGHT = Palette(
    name="light",
    panel=packed("#f6f7f9"),
    text=packed("#1d2430"),
    quiet=packed("#8b94a3"),
    hatch=(packed("#aab3c2"), packed("#e7eaef")),
    waiting=(packed("#b9c1cd"), packed("#eef0f4")),
    mark=packed("#000000"),
    amber=packed("#c25e00"),
    cyan=packed("#007f99"),
    odd=(packed("#a020b0"), packed("#4a3300"), packed("#1a28d0")),
    scales={
        "signed": partial(
            diverging_ramp,
            ("#c3dcf1", "#82b5e0", "#3f86c4", "#174f86"),
            "#f1f2f4",
            ("#f6dcc0", "#eab27a", "#cf7a24", "#8a4a08"),
        ),
        "sequential": partial(ramp, "#f3f1e4", "#dccf86", "#a89f78", "#7b7b78", "#565d76", "#28457c", "#00204c"),
        "grey": partial(ramp, "#0d0f13", "#f5f5f5"),
        "red": partial(ramp, "#fbeeee", "#e0807a", "#8e1015"),
        "green": partial(ramp, "#eef8ee", "#7cc081", "#0c5c18"),
        "blue": partial(ramp, "#eef0fb", "#8a9be6", "#1a2c96"),
    },
)

GREY = replace(
    DARK,
    name="grey",
    amber=packed("#ffffff"),
    cyan=packed("#ffffff"),
    scales={
        **DARK.scales,
        "signed": partial(ramp, "#08090b", "#6a6a6a", "#e4e4e4"),
        "sequential": partial(ramp, "#131821", "#e4e4e4"),
    },
    dimmed=(0.35, 0.15),
)
"""For terminals that are asked for no colour: negative is dark, positive is light."""

CUBE = replace(
    DARK,
    name="cube",
    scales={
        **DARK.scales,
        "signed": partial(
            diverging_steps,
            ("#afd7ff", "#5fafff", "#0087d7", "#005faf", "#005f87", "#00005f", "#1c1c1c"),
            ("#1c1c1c", "#5f0000", "#875f00", "#af5f00", "#d78700", "#ffaf5f", "#ffd7af"),
        ),
        "sequential": partial(
            steps, "#1c1c1c", "#00005f", "#00005f", "#005f87", "#5f5f87", "#878787", "#afaf87", "#d7d75f", "#ffff5f"
        ),
    },
    dimmed=(0.25, 0.0),
)
"""For 256 colours: made of them."""

SIXTEEN = replace(
    DARK,
    name="sixteen",
    panel=packed("#000000"),
    quiet=packed("#555555"),
    hatch=(packed("#555555"), packed("#000000")),
    waiting=(packed("#555555"), packed("#000000")),
    amber=packed("#ffff55"),
    cyan=packed("#55ffff"),
    scales={
        **DARK.scales,
        "signed": partial(diverging_steps, ("#5555ff", "#0000aa", "#000000"), ("#000000", "#c08000", "#ff5555")),
        "sequential": partial(steps, "#000000", "#0000aa", "#555555", "#aaaaaa", "#ffffff"),
    },
    dimmed=(0.45, 0.0),
)
"""For 16 colours: made of them, and the outlines' own two left out of the ramps."""


def palette_for(dark: bool = True, colour_system: str | None = "truecolor", no_color: bool = False) -> Palette:
    """Return the palette that suits a terminal.

    Args:
        dark: Whether the theme is dark; with few colours it is taken to be.
        colour_system: As Rich names it: standard, 256 or truecolor.
        no_color: Whether colours are shown as greys.
    """
    if not dark:
        return LIGHT
    if no_color:
        return GREY
    return {"standard": SIXTEEN, "256": CUBE}.get(colour_system or "", DARK)
