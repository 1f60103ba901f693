"""What a face of the window panel renders: a step, the room for it, and its scales and names."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from rich.style import Style

from convstep.engine import Operation, Step
from convstep.engine.geometry import Axis
from convstep.engine.steps import Array, known_parts
from convstep.figures import Extent, minus
from convstep.layers.scene import Scene
from convstep.layers.words import COLOURS
from convstep.tui.lines.scale import Scale, input_scale, output_extent, output_scale, sampled_extent
from convstep.tui.lines.strips import style
from convstep.tui.lines.text import cell_len
from convstep.tui.window.grid import Line, fitting_text
from convstep.tui.window.styles import WindowStyles, tint_levels

NARROW = 36
"""Below this width, channels have short names, and the current tap's product is left to the sum beside the panel."""

_input_extents: WeakKeyDictionary[Operation, Extent] = WeakKeyDictionary()
_weight_extents: WeakKeyDictionary[Operation, Extent] = WeakKeyDictionary()


def _cached_extent(cache: WeakKeyDictionary[Operation, Extent], operation: Operation, *arrays: Array) -> Extent:
    if operation not in cache:
        cache[operation] = sampled_extent(*arrays)
    return cache[operation]


class WindowView:
    """A step to render in the window panel.

    Args:
        scene: The step's facts.
        styles: The panel's styles.
        width: The panel's width.
        height: Its height below the title.
        chosen: The input channel that the user chose, if any.
        picked: Row, column and channel in the filter of the weight that the user picked, if any.
    """

    def __init__(
        self,
        scene: Scene,
        styles: WindowStyles,
        width: int,
        height: int,
        chosen: int | None = None,
        picked: tuple[int, int, int] | None = None,
    ) -> None:
        self.scene = scene
        self.styles = styles
        self.width = width
        self.height = height
        self.picked = picked
        self._chosen = chosen

    @property
    def step(self) -> Step:
        """The step."""
        return self.scene.step

    @property
    def operation(self) -> Operation:
        """The layer's operation."""
        return self.scene.operation

    @property
    def slice(self) -> Array:
        """The window's part of the input, `(f_h, f_w, channels)`."""
        return self.scene.slice

    @property
    def tap(self) -> int | None:
        """The current tap, from 0; None if the step is not opened into taps."""
        return self.scene.open_tap

    @property
    def input_extent(self) -> Extent:
        """The extent of the layer's inputs."""
        inputs = enumerate(self.operation.inputs)
        parts = (part for number, each in inputs for part in known_parts(each, self.step.known_input(number)))
        return _cached_extent(_input_extents, self.operation, *parts)

    @property
    def output_extent(self) -> Extent:
        """The extent of its output."""
        return output_extent(self.operation, self.step.values, self.step.known_output)

    @property
    def weight_extent(self) -> Extent:
        """The extent of the weights of all its filters."""
        return _cached_extent(_weight_extents, self.operation, getattr(self.operation, "W", np.empty(0)))

    @property
    def leaves_tap_to_sum(self) -> bool:
        """Whether the panel is too narrow to repeat the current tap's product, which the sum has, too."""
        return self.width < NARROW

    @property
    def ranges(self) -> tuple[range, range, range]:
        """The window's rows, columns and channels."""
        return self.scene.rows, self.scene.cols, self.scene.channels

    @cached_property
    def padded(self) -> Array | None:
        """Which cells of the window are padding, `(f_h, f_w)`; None for none."""
        geometry, (rows, cols, _) = self.operation.geometry, self.ranges
        inside_rows, inside_cols = _inside(geometry.rows, rows), _inside(geometry.cols, cols)
        padded = ~np.logical_and.outer(inside_rows, inside_cols)
        return padded if padded.any() else None

    @cached_property
    def place(self) -> tuple[int, int, int] | None:
        """Row, column and channel of the current tap in the filter."""
        return None if self.tap is None else position(self.tap, self.slice.shape)

    @property
    def chosen(self) -> int | None:
        """The channel that the user chose, counted within the window; None if the window does not have it."""
        channels, chosen = self.ranges[2], self._chosen
        return channels.index(chosen) if chosen is not None and chosen in channels else None

    @property
    def top(self) -> int:
        """The channel to show first: the tap's, else the chosen one, else the one that contributes most."""
        return self.chosen if self.tap is None and self.chosen is not None else self.scene.leading

    def channel_name(self, k: int, short: bool = False) -> str:
        """Return the name of channel `k` of the window."""
        channel = self.ranges[2][k]
        return COLOURS[channel] if self.scene.has_colours else f"{'ch' if short else 'channel'} {channel}"

    def tap_name(self, row: int, col: int, k: int, short: bool = False) -> str:
        """Return the position of a tap in words: row 19, col 39, red; place 12; channel 3. In short: [19,39] red."""
        rows, cols, _ = self.ranges
        axes = {3: (("row", rows[row]), ("col", cols[col])), 2: (("place", rows[row]),)}.get(
            len(self.scene.arriving), ()
        )
        where = [f"{word} {minus(at)}" for word, at in axes]
        if short and where:
            where = [f"[{','.join(minus(at) for _, at in axes)}]"]
        if self.scene.arriving[-1] > 1:
            where.append(self.channel_name(k, short=True))
        return (" " if short else ", ").join(where)

    def scale(self, k: int) -> Scale:
        """Return the colour scale of channel `k` of the window, the same as on the map."""
        return self.scale_of(self.operation.input_of(self.scene.index, self.tap or 0), self.ranges[2][k])

    def scale_of(self, number: int, channel: int) -> Scale:
        """Return the colour scale of one channel of one of the inputs."""
        known, picture = self.step.known_input(number), self.scene.arrivals[number].picture
        return input_scale(self.operation, number, channel, known, picture=picture)

    @property
    def out_scale(self) -> Scale:
        """The colour scale of the output, the same as on the map."""
        return output_scale(self.operation, self.step.values, self.step.known_output)

    def tinted_style(self, value: Any, scale: Scale) -> Style:
        """Return the style of a number on the background that its cell has on the map."""
        return style(*self.styles.tints(scale.colouring)[int(tint_levels(np.asarray(value), scale))])

    def title(self, word: str = "window", said: str = "") -> Line:
        """Return the panel's title line: a title, and details as far as they fit.

        Args:
            word: The title.
            said: The details; by default what the neuron looks at.
        """
        styles, said = self.styles, said or self.scene.layer.title(self.scene)
        parts = said.split(", ")
        width = self.width - 1  # keeps apart from the next panel's title
        said = fitting_text(width - len(word) - 1, said, ", ".join(parts[:2]) if len(parts) > 2 else "")
        room = max(0, width - len(word) - cell_len(said))
        rule = f" {'─' * (room - 2)} " if said else f" {'─' * (room - 1)}"
        return [(word, styles.bold), (rule[:room], styles.rule), (said, styles.muted)]

    def number(self, value: Any) -> str:
        """Return a number as text, as in the sum and the code."""
        return self.scene.number(value)

    def place_name(self, k: int) -> str:
        """Return the name of value `k` at the neuron's place: a channel, or a value of a vector."""
        if len(self.scene.leaving) == 1:
            return f"value {k}"
        return f"channel {k}" if self.width >= 32 else f"ch {k}"

    def source_words(self, number: int) -> str:
        """Return where a value of a flattened input comes from, in words: row 2, col 0, ch 5; place 12; value 3."""
        place = self._source(number)
        words = {3: ("row", "col", "ch"), 2: ("place", "ch")}.get(len(self.scene.arrivals[0].origin[1]), ("value",))
        return ", ".join(f"{word} {at}" for word, at in zip(words, place, strict=False))

    def source_brackets(self, number: int) -> str:
        """Return the same in short: [2,0,5]; [12]; [3]."""
        return f"[{','.join(map(str, self._source(number)))}]"

    def _source(self, number: int) -> tuple[int, ...]:
        """Return the index of a flattened value in the map it comes from; without the channel if there is only one."""
        place, shape = self.scene.source(number)[1], self.scene.arrivals[0].origin[1]
        return place[:-1] if len(shape) > 1 and shape[-1] == 1 else place


def position(number: int, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return the row, column and channel of a flat index in C order."""
    row, rest = divmod(number, shape[1] * shape[2])
    return (row, *divmod(rest, shape[2]))


def _inside(axis: Axis, window: range) -> Array:
    inside = np.zeros(len(window), bool)
    part = axis.inside(window)
    inside[part.start : part.stop] = True
    return inside
