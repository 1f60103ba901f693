"""Palettes, and the colour ramps of 256 entries that map values to colours; safe for colour-blind users."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convstep.engine.steps import Array
from convstep.tui.lines.limited_colours import LimitedColours, Nearest, cube, sixteen
from convstep.tui.lines.rgb import RGB, contrast, diverging_ramp, grey, pack, packed, ramp, unpack
from convstep.tui.lines.rgb import Packed as Packed

TINT_TOLERANCE = 6
"""A terminal's colour is on a ramp if red, green and blue (0 to 255) each differ by less than this."""

Accent = Literal["amber", "cyan"]
Colouring = Literal["rgb", "signed", "sequential", "grey", "red", "green", "blue"]


@dataclass(frozen=True, eq=False)
class Palette:
    """The colours of one theme.

    Attributes:
        name: The palette's name.
        panel: Background of all panels.
        text: Foreground of plain text.
        muted: Foreground of text that should not stand out.
        hatch: Foreground and background of padding.
        pending: Foreground and background of cells that are not computed yet.
        mark: Colour of marked cells.
        amber: Accent of the window.
        cyan: Accent of the current neuron.
        nonfinite: Colours of NaN, +∞ and −∞.
        scales: For every colouring but rgb, a function that returns its ramp.
        dimmed: The share of `panel` mixed into what lies outside a window, and outside a single cell.
        mark_strength: The share of `mark` mixed into a marked cell.
        min_contrast: The least contrast of text; 0 if all colours have enough already.
        make_limited: Returns the colours that the terminal has; None for truecolor.
        grey_pictures: Whether pictures in colours are shown in greys.
    """

    name: str
    panel: int
    text: int
    muted: int
    hatch: tuple[int, int]
    pending: tuple[int, int]
    mark: int
    amber: int
    cyan: int
    nonfinite: tuple[int, int, int]
    scales: Mapping[str, Callable[[], RGB]]
    dimmed: tuple[float, float] = (0.25, 0.1)
    mark_strength: float = 0.6
    min_contrast: float = 0.0
    make_limited: Callable[[], LimitedColours] | None = None
    grey_pictures: bool = False

    def accent(self, accent: Accent) -> int:
        """Return an accent's colour."""
        return self.amber if accent == "amber" else self.cyan

    @cached_property
    def ramps(self) -> dict[str, RGB]:
        """The ramp of every colouring but rgb."""
        return {name: scale() for name, scale in self.scales.items()}

    @cached_property
    def packed_ramps(self) -> dict[str, Packed]:
        """The ramps as integers, for text on the panel."""
        return {name: self.legible(pack(colours), self.panel) for name, colours in self.ramps.items()}

    @cached_property
    def limited(self) -> LimitedColours | None:
        """The colours that the terminal has; None for truecolor."""
        return self.make_limited and self.make_limited()

    def shown(self, colours: Any) -> Packed:
        """Return the terminal's colours nearest to `colours`; the accents are returned unchanged."""
        if not self.limited:
            return np.asarray(colours, np.uint32)
        return np.where(np.isin(colours, (self.amber, self.cyan)), colours, self.limited.nearest(colours))

    def tinted(self, colours: Packed, colouring: Colouring) -> Packed:
        """Return the terminal's colours, of those on a ramp, nearest to `colours`: backgrounds for text."""
        if not self.limited or colouring == "rgb":
            return self.shown(colours)
        tints, nearest = self._tints[colouring]
        return np.where(np.isin(colours, self.nonfinite), colours, tints[nearest(colours)])

    @cached_property
    def _tints(self) -> dict[str, tuple[Packed, Nearest]]:
        """The terminal's colours on every ramp."""
        found = {}
        for name, colours in self.ramps.items():
            solid = self.shown(pack(colours))
            tints = np.unique(solid[(np.abs(unpack(solid).astype(int) - colours) < TINT_TOLERANCE).all(axis=1)])
            found[name] = tints, Nearest(unpack(tints))
        return found

    def legible(self, foregrounds: Any, backgrounds: Any, min_contrast: float | None = None) -> Packed:
        """Return foregrounds; those with too little contrast to their backgrounds are replaced.

        Args:
            foregrounds: Colours of text.
            backgrounds: The colours below them, as the terminal shows them.
            min_contrast: The least contrast; the palette's by default.
        """
        if not self.min_contrast:
            return np.asarray(foregrounds, np.uint32)
        min_contrast = min_contrast or self.min_contrast
        foregrounds, text = self.shown(foregrounds), np.uint32(self.text)
        best = np.where(
            contrast(0, backgrounds) > contrast(packed("#ffffff"), backgrounds),
            np.uint32(0),
            np.uint32(packed("#ffffff")),
        )
        others = np.where(contrast(text, backgrounds) < min_contrast, best, text)
        return np.where(contrast(foregrounds, backgrounds) < min_contrast, others, foregrounds)

    def colours(self, values: Array, colouring: Colouring, low: float = 0.0, high: float = 1.0) -> RGB:
        """Return the colours of `values`.

        Args:
            values: Any shape; `(..., 3)` between 0 and 1 if `colouring` is rgb.
            colouring: How to colour them.
            low: The value at the ramp's start; a signed ramp is symmetric about 0.
            high: The value at the ramp's end.
        """
        if colouring == "rgb":
            rgb: RGB = grey(picture(values)) if self.grey_pictures else picture(values)
            broken = ~np.isfinite(values).all(axis=-1)
            if broken.any():
                rgb[broken] = unpack(self.nonfinite[0])
            return rgb
        index_of = signed_index if colouring == "signed" else sequential_index
        result: RGB = np.take(self.ramps[colouring], index_of(values, low, high), axis=0)
        if not np.isfinite(values).all():
            for where, colour in zip(
                (np.isnan(values), values == np.inf, values == -np.inf), self.nonfinite, strict=True
            ):
                result[where] = unpack(colour)
        return result


def picture(values: Array) -> RGB:
    """Return RGB values from 0 to 1 as bytes."""
    colours: RGB = np.rint(np.clip(np.nan_to_num(values), 0, 1) * 255).astype(np.uint8)
    return colours


RAMP_STEPS = 32
"""Steps of a ramp on either side of 0: more look no smoother, and send more colours to the terminal."""


def sequential_index(values: Array, low: float, high: float) -> NDArray[np.intp]:
    """Return each value's index in a ramp from `low` to `high`."""
    span = high - low
    scaled = (np.nan_to_num(values) - low) / span if span > 0 else np.zeros(values.shape)
    return np.rint(np.rint(np.clip(scaled, 0, 1) * 2 * RAMP_STEPS) * (255 / (2 * RAMP_STEPS))).astype(np.intp)


def signed_index(values: Array, low: float, high: float) -> NDArray[np.intp]:
    """Return each value's index in a diverging ramp: 128 for 0, equally far from it for −x and x."""
    limit = max(abs(low), abs(high))
    scaled = np.nan_to_num(values) / limit if limit > 0 else np.zeros(values.shape)
    return (np.rint(np.rint(np.clip(scaled, -1, 1) * RAMP_STEPS) * (127 / RAMP_STEPS)) + 128).astype(np.intp)


DARK = Palette(
    name="dark",
    panel=packed("#11151c"),
    text=packed("#d7dce5"),
    muted=packed("#5b6575"),
    hatch=(packed("#3d475a"), packed("#1a202b")),
    pending=(packed("#465066"), packed("#151a23")),
    mark=packed("#ffffff"),
    amber=packed("#ffb454"),
    cyan=packed("#59d4e8"),
    nonfinite=(packed("#c04fd0"), packed("#fff6df"), packed("#3a4bff")),
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
    muted=packed("#8b94a3"),
    hatch=(packed("#aab3c2"), packed("#e7eaef")),
    pending=(packed("#b9c1cd"), packed("#eef0f4")),
    mark=packed("#000000"),
    amber=packed("#c25e00"),
    cyan=packed("#007f99"),
    nonfinite=(packed("#a020b0"), packed("#4a3300"), packed("#1a28d0")),
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
    muted=packed("#9a9a9a"),
    hatch=(packed("#5a5a5a"), packed("#1c1c1c")),
    pending=(packed("#6a6a6a"), packed("#161616")),
    amber=packed("#ffffff"),
    cyan=packed("#ffffff"),
    nonfinite=(packed("#8a8a8a"), packed("#fff6df"), packed("#3a4bff")),
    scales={
        "signed": partial(ramp, "#08090b", "#6a6a6a", "#e4e4e4"),
        "sequential": partial(ramp, "#131821", "#e4e4e4"),
        **dict.fromkeys(("grey", "red", "green", "blue"), DARK.scales["grey"]),
    },
    dimmed=(0.35, 0.15),
    min_contrast=5.0,
)
"""For `NO_COLOR`: negative is dark, positive is light."""

LIGHT_GREY = replace(
    LIGHT,
    name="light grey",
    muted=packed("#5f5f5f"),
    hatch=(packed("#9a9a9a"), packed("#e9e9e9")),
    pending=(packed("#8a8a8a"), packed("#f0f0f0")),
    amber=packed("#000000"),
    cyan=packed("#000000"),
    scales={
        "signed": partial(ramp, "#1c1c1c", "#a0a0a0", "#fafafa"),
        "grey": LIGHT.scales["grey"],
        **dict.fromkeys(("sequential", "red", "green", "blue"), partial(ramp, "#f3f3f3", "#101010")),
    },
    dimmed=(0.35, 0.15),
    min_contrast=5.0,
)

CUBE = replace(
    DARK,
    name="cube",
    panel=packed("#000000"),
    text=packed("#d6d6d6"),
    muted=packed("#7a7a7a"),
    hatch=(packed("#5f5f87"), packed("#1f1f1f")),
    pending=(packed("#5c5c5c"), packed("#141414")),
    amber=packed("#ffaf5f"),
    cyan=packed("#5fd7d7"),
    nonfinite=(packed("#af5fd7"), packed("#ffffd7"), packed("#5f5fff")),
    scales={
        "signed": partial(
            diverging_ramp,
            ("#005f87", "#0087d7", "#5fafff", "#afd7ff"),
            "#1f1f1f",
            ("#875f00", "#d78700", "#ffaf5f", "#ffd7af"),
        ),
        "sequential": partial(
            ramp, "#141414", "#00005f", "#005f87", "#5f5f87", "#878787", "#afaf5f", "#d7d75f", "#ffff5f"
        ),
        "grey": partial(ramp, "#0a0a0a", "#f5f5f5"),
        "red": partial(ramp, "#141414", "#5f0000", "#870000", "#d75f5f", "#ff875f"),
        "green": partial(ramp, "#0a0a0a", "#005f00", "#008700", "#5faf5f", "#87d787"),
        "blue": partial(ramp, "#0a0a0a", "#00005f", "#0000af", "#5f5fff", "#87afff"),
    },
    min_contrast=5.0,
    make_limited=cube,
)
"""For terminals with 256 colours."""

LIGHT_CUBE = replace(
    LIGHT,
    name="light cube",
    panel=packed("#ffffff"),
    text=packed("#1f1f1f"),
    muted=packed("#707070"),
    hatch=(packed("#afafd7"), packed("#ebebeb")),
    pending=(packed("#999999"), packed("#f5f5f5")),
    amber=packed("#af5f00"),
    cyan=packed("#00875f"),
    nonfinite=(packed("#af00af"), packed("#5f5f00"), packed("#5f00d7")),
    scales={
        "signed": partial(
            diverging_ramp,
            ("#afd7ff", "#5fafff", "#005faf", "#00005f"),
            "#f5f5f5",
            ("#ffd7af", "#ffaf5f", "#875f00", "#5f0000"),
        ),
        "sequential": partial(ramp, "#f5f5f5", "#d7d787", "#afaf87", "#7a7a7a", "#5f5f87", "#005f87", "#00005f"),
        "grey": partial(ramp, "#0a0a0a", "#f5f5f5"),
        "red": partial(ramp, "#f5f5f5", "#ffd7d7", "#ff8787", "#d70000", "#870000"),
        "green": partial(ramp, "#f5f5f5", "#d7ffd7", "#87d787", "#00af00", "#005f00"),
        "blue": partial(ramp, "#f5f5f5", "#d7d7ff", "#8787ff", "#0000ff", "#0000af"),
    },
    min_contrast=5.0,
    make_limited=cube,
)

SIXTEEN = replace(
    DARK,
    name="sixteen",
    panel=packed("#000000"),
    text=packed("#ffffff"),
    muted=packed("#aaaaaa"),
    hatch=(packed("#0000aa"), packed("#000000")),
    pending=(packed("#555555"), packed("#000000")),
    mark=packed("#ff55ff"),
    amber=packed("#ffff55"),
    cyan=packed("#55ffff"),
    nonfinite=(packed("#aa00aa"), packed("#ffffff"), packed("#00aaaa")),
    scales={
        "signed": partial(
            diverging_ramp, ("#0000aa", "#5555ff", "#aaaaff"), "#000000", ("#aa0000", "#ff5555", "#ffaaaa")
        ),
        "sequential": partial(ramp, "#000000", "#ffffff"),
        "grey": partial(ramp, "#000000", "#ffffff"),
        "red": partial(ramp, "#000000", "#aa0000", "#ff5555"),
        "green": partial(ramp, "#000000", "#00aa00", "#55ff55"),
        "blue": partial(ramp, "#000000", "#0000aa", "#5555ff"),
    },
    mark_strength=1.0,
    dimmed=(0.25, 0.0),
    min_contrast=4.0,
    make_limited=sixteen,
    grey_pictures=True,
)
"""For terminals with 16 colours; the ramps leave out the two colours of the outlines."""

LIGHT_SIXTEEN = replace(
    SIXTEEN,
    name="light sixteen",
    panel=packed("#ffffff"),
    text=packed("#000000"),
    muted=packed("#555555"),
    hatch=(packed("#5555ff"), packed("#ffffff")),
    pending=(packed("#555555"), packed("#ffffff")),
    mark=packed("#aa00aa"),
    amber=packed("#aa00aa"),
    cyan=packed("#aa00aa"),
    nonfinite=(packed("#aa00aa"), packed("#000000"), packed("#00aaaa")),
    scales={
        "signed": partial(
            diverging_ramp, ("#5555ff", "#0000aa", "#000055"), "#ffffff", ("#ff5555", "#aa0000", "#550000")
        ),
        "sequential": partial(ramp, "#ffffff", "#000000"),
        "grey": partial(ramp, "#000000", "#ffffff"),
        "red": partial(ramp, "#ffffff", "#ff5555", "#aa0000"),
        "green": partial(ramp, "#ffffff", "#55ff55", "#00aa00"),
        "blue": partial(ramp, "#ffffff", "#5555ff", "#0000aa"),
    },
)

GREY_SIXTEEN = replace(
    SIXTEEN,
    name="grey sixteen",
    hatch=(packed("#555555"), packed("#000000")),
    mark=packed("#ffffff"),
    amber=packed("#ffffff"),
    cyan=packed("#ffffff"),
    nonfinite=(packed("#aaaaaa"), packed("#ffffff"), packed("#000000")),
    scales={
        "signed": partial(ramp, "#000000", "#ffffff"),
        **dict.fromkeys(("sequential", "grey", "red", "green", "blue"), SIXTEEN.scales["grey"]),
    },
    dimmed=(0.4, 0.2),
    make_limited=partial(sixteen, hues=False),
)

LIGHT_GREY_SIXTEEN = replace(
    GREY_SIXTEEN,
    name="light grey sixteen",
    panel=packed("#ffffff"),
    text=packed("#000000"),
    muted=packed("#555555"),
    hatch=LIGHT_SIXTEEN.pending,
    pending=LIGHT_SIXTEEN.pending,
    mark=packed("#000000"),
    amber=packed("#000000"),
    cyan=packed("#000000"),
    nonfinite=(packed("#555555"), packed("#000000"), packed("#ffffff")),
    scales={
        **GREY_SIXTEEN.scales,
        **dict.fromkeys(("sequential", "red", "green", "blue"), LIGHT_SIXTEEN.scales["sequential"]),
    },
)


def palette_for(dark: bool = True, colour_system: str | None = "truecolor", no_color: bool = False) -> Palette:
    """Return the palette that suits a terminal.

    Args:
        dark: Whether the theme is dark.
        colour_system: As Rich names it: standard, 256 or truecolor.
        no_color: Whether colours are shown as greys.
    """
    if no_color:
        choice = (GREY_SIXTEEN, LIGHT_GREY_SIXTEEN) if colour_system == "standard" else (GREY, LIGHT_GREY)
    else:
        choice = {"standard": (SIXTEEN, LIGHT_SIXTEEN), "256": (CUBE, LIGHT_CUBE)}.get(
            colour_system or "", (DARK, LIGHT)
        )
    return choice[0] if dark else choice[1]
