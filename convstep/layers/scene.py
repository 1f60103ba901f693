"""A step's facts, computed once, from which its sum, sentence, code and picture are made."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from convstep.engine.steps import Array, Operation, Step, known_parts
from convstep.figures import equality_sign, figure, minus, parse_figure
from convstep.layers.base import Layer, Shape, place_in
from convstep.layers.words import COLOURS, Part, named, span

_all_whole: WeakKeyDictionary[Operation, bool] = WeakKeyDictionary()


class Arrival(NamedTuple):
    """One input of a layer.

    Attributes:
        name: The layer that it comes from; "input" for the net's input.
        shape: The shape of one example.
        picture: Whether it is a picture.
        origin: The layer that computed its values, before any flatten, and its output's shape.
    """

    name: str
    shape: Shape
    picture: bool
    origin: tuple[str, Shape]


class TapView(NamedTuple):
    """One tap of a scene.

    Attributes:
        number: The tap's number, from 0.
        where: Its place in the input, in words.
        input: The input's value there.
        weight: The filter's weight; None in a layer without weights.
        product: Input times weight; the input's value in a layer without weights.
        term: Its contribution to the result.
        total: The running result after this tap.
        in_padding: Whether it lies in padding.
    """

    number: int
    where: str
    input: Any
    weight: Any
    product: Any
    term: Any
    total: Any
    in_padding: bool


class Scene:
    """The facts of a step.

    Args:
        layer: The layer.
        step: The step.
        opened: The open tap, from 0; None if the step is not opened into taps.
        arrivals: The layer's inputs.
        arriving: Shape of one example of the input, of all inputs together.
        leaving: Shape of one example of the output.
        most_decimals: The most decimals that numbers are shown with.

    Attributes:
        rows: Rows of the window, in the input's own coordinates; `cols` and `channels` likewise.
        open_tap: The open tap; None if there is none, or only one tap at all.
    """

    def __init__(
        self,
        layer: Layer,
        step: Step,
        opened: int | None,
        arrivals: tuple[Arrival, ...],
        arriving: Shape,
        leaving: Shape,
        most_decimals: int = 2,
    ) -> None:
        self.most_decimals = most_decimals
        self.layer, self.step, self.arrivals = layer, step, arrivals
        self.arriving, self.leaving = arriving, leaving
        self.operation = step.operation
        self.index = step.index
        self.rows, self.cols, self.channels = self.operation.window(self.index)
        geometry = self.operation.geometry
        self.inside_rows, self.inside_cols = geometry.rows.inside(self.rows), geometry.cols.inside(self.cols)
        self.open_tap = None if opened is None or self.taps < 2 else min(opened, self.taps - 1)

    # Numbers

    @cached_property
    def decimals(self) -> int:
        """The most decimals of this layer's numbers: 0 if all of them are integers, and not all zeros."""
        known = _all_whole.get(self.operation)
        if known is None:
            weights = (getattr(self.operation, "W", None), getattr(self.operation, "b", None))
            inputs = [known_parts(each, self.step.known_input(k)) for k, each in enumerate(self.operation.inputs)]
            arrays = chain((each for each in weights if each is not None), *inputs)
            whole = self.layer.keeps_integers and all(map(_is_whole, arrays))
            known = _all_whole[self.operation] = whole and any(bool(part.any()) for part in inputs[0])
        return 0 if known else self.most_decimals

    def number(self, value: Any) -> str:
        """Return a number's text, with this layer's decimals."""
        return figure(value, self.decimals)

    @property
    def value(self) -> str:
        """The text of the neuron's value."""
        return self.number(self.step.value)

    @property
    def bias(self) -> Any:
        """The neuron's bias; None if the layer adds none."""
        return self.step.bias if self.layer.is_biased else None

    @cached_property
    def slice(self) -> Array:
        """The window's part of the padded input, `(f_h, f_w, channels)`."""
        return self.step.input_slice

    @property
    def taps(self) -> int:
        """The number of taps."""
        return self.slice.size

    @property
    def x(self) -> Any:
        """The one value that a neuron of a layer without a window sees."""
        return self.slice.ravel()[0]

    @cached_property
    def real(self) -> Array:
        """The window's values without zero padding; reflected and repeated values count as the input's."""
        if self.operation.geometry.rows.mode != "zero":
            return self.slice
        rows, cols = self.inside_rows, self.inside_cols
        return self.slice[rows.start : rows.stop, cols.start : cols.stop]

    @cached_property
    def products(self) -> Array:
        """Slice times filter; the slice in a layer without weights."""
        products = self.step.products
        return self.slice if products is None else products

    @cached_property
    def leading(self) -> int:
        """The channel of the window that contributes most, counted within the window; the tap's where one is open."""
        if self.open_tap is not None:
            return self.tap_place(self.open_tap)[2]
        sums = np.abs(self.channel_sums)
        return int(np.argmax(np.nan_to_num(sums, nan=np.inf))) if sums.size else 0

    @cached_property
    def channel_sums(self) -> Array:
        """Each channel's sum of terms, `(channels,)`, in float64."""
        return np.asarray(self.terms.sum(axis=(0, 1)))

    @cached_property
    def terms(self) -> Array:
        """What each tap contributes, `(f_h, f_w, channels)`, in float64."""
        return self.operation.terms(self.index)

    @cached_property
    def _running(self) -> Array:
        return self.operation.running(self.index)

    def tap_place(self, number: int) -> tuple[int, int, int]:
        """Return a tap's row, column and channel within the window."""
        row, col, channel = (int(at) for at in np.unravel_index(number, self.slice.shape))
        return row, col, channel

    def tap(self, number: int) -> TapView:
        """Return a tap by its number, from 0."""
        place = row, col, _ = self.tap_place(number)
        weights = self.step.filter
        _, h, w, c = self.operation.source(self.index, place)
        return TapView(
            number,
            self.place(h, w, c if len(self.channels) > 1 or len(self.arriving) == 1 else None),
            self.slice[place],
            None if weights is None else weights[place],
            self.products[place],
            self.terms[place],
            self._running[number],
            row not in self.inside_rows or col not in self.inside_cols,
        )

    # Where it looks

    @property
    def along_length(self) -> bool:
        """Whether the input is 1-D: a length and channels."""
        return len(self.arriving) == 2

    @property
    def places(self) -> int:
        """The number of places in one channel of the window."""
        return len(self.rows) * len(self.cols)

    @property
    def inside(self) -> int:
        """How many of these lie in the input, not in padding."""
        return len(self.inside_rows) * len(self.inside_cols)

    @property
    def in_padding(self) -> str:
        """Words for a tap in padding, which follow the place of its value."""
        mode = self.operation.geometry.rows.mode
        return {"reflect": "mirrored in padding", "edge": "repeated in padding"}.get(mode, "in padding")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The window's size: (rows, columns), or (length,) for a 1-D input."""
        return (len(self.rows),) if self.along_length else (len(self.rows), len(self.cols))

    @cached_property
    def arrival(self) -> Arrival:
        """The input that the neuron sees; the first, if it sees several."""
        return self.arrivals[self.operation.input_of(self.index)]

    @property
    def is_first(self) -> bool:
        """Whether the layer's input is the net's."""
        return self.arrival.name == "input"

    @property
    def is_picture(self) -> bool:
        """Whether the layer's input is a picture."""
        return self.arrival.picture

    @property
    def has_colours(self) -> bool:
        """Whether the input's channels are red, green and blue."""
        return self.is_picture and self.arrival.shape[-1] == len(COLOURS)

    @property
    def medium(self) -> str:
        """The word for the layer's input: picture, input or map."""
        if not self.is_first:
            return "map"
        return "picture" if self.is_picture else "input"

    @property
    def before(self) -> str:
        """Name of the layer that the input comes from; "input" for the net's input."""
        return self.arrival.name

    def channel(self, number: int) -> str:
        """Return a channel of the input in words: red; channel 3."""
        return COLOURS[number] if self.has_colours else f"channel {number}"

    def place(self, row: int, col: int, channel: int | None = None) -> str:
        """Return a place of the input in words: row 3, column 5, channel 2."""
        if len(self.arriving) == 1:
            return f"value {channel}"
        where = [f"place {minus(row)}"] if self.along_length else [f"row {minus(row)}", f"column {minus(col)}"]
        if channel is not None and self.arriving[-1] > 1:
            where.append(self.channel(channel))
        return ", ".join(where)

    @property
    def own_place(self) -> str:
        """The one place that a neuron of a layer without a window sees, in words."""
        return self.place(self.rows[0], self.cols[0], self.channels[0])

    @property
    def origin(self) -> str:
        """That place and its layer: row 1, column 2, channel 3 of pool2."""
        return f"{self.own_place} of {f'the {self.medium}' if self.is_first else self.before}"

    def bounds(self) -> str:
        """Return what the window covers: rows 17–20 and columns 36–39."""
        if self.along_length:
            return span(self.rows, "place")
        return f"{span(self.rows, 'row')} and {span(self.cols, 'column')}"

    def source(self, number: int) -> tuple[str, tuple[int, ...]]:
        """Return where value `number` of a flat input comes from, before any flatten: a layer's name, and the place."""
        name, shape = self.arrivals[0].origin
        return name, tuple(int(place) for place in np.unravel_index(number, shape))

    def source_in_words(self, number: int) -> str:
        """Return the same in words: row 1, column 0, channel 3 of pool2."""
        name, place = self.source(number)
        words = {3: ("row", "column", "channel"), 2: ("place", "channel")}.get(len(place), ("value",))
        where = ", ".join(f"{word} {at}" for word, at in zip(words, place, strict=True))
        return f"{where} of {'the input' if name == 'input' else name}"

    # Parts of a sum

    @property
    def label(self) -> str:
        """The neuron as code: Z[0,18,37,0], or A[0,18,37,0] in layers without products."""
        return named(self.layer.output_name, (self.index[0], *place_in(self.leaving, self.index[1:])))

    def shown(self, value: Any) -> Decimal:
        """Return a number as it is shown, rounded."""
        return parse_figure(self.number(value))

    def equality_sign(self, found: Decimal | None, value: Any, *, exactly: bool = False) -> Part:
        """Return the sign between arithmetic and its result: =, or ≈ if the rounded numbers don't give it.

        Args:
            found: The exact result of the rounded numbers; None for = in any case.
            value: The result, which is rounded, too.
            exactly: Whether both must be equal, as in a sum; otherwise `found` is rounded to the result's digits first.
        """
        sign = "=" if found is None else equality_sign(found, self.number(value), exactly=exactly)
        return Part(f" {sign} ", "dim")

    def result(self, found: Decimal | None = None, *, exactly: bool = False) -> list[Part]:
        """Return the end of the arithmetic: = Z[0,18,37,0] = 0.18; with ≈ as in `equality_sign`."""
        return [self.equality_sign(found, self.step.value, exactly=exactly), self.outcome]

    @property
    def outcome(self) -> Part:
        """The neuron and its value: Z[0,18,37,0] = 0.18."""
        return Part(f"{self.label} = {self.value}", "output")

    def signed(self, value: Any) -> Part:
        """Return a number with the role positive, negative or plain."""
        return Part(self.number(value), "positive" if value > 0 else "negative" if value < 0 else "plain")

    def added(self, value: Any, *, first: bool = False) -> list[Part]:
        """Return a term of a sum: + 0.18; − 0.18; the first term without a + before it."""
        if first:
            return [self.signed(value)]
        return [Part(" − " if value < 0 else " + ", "dim"), Part(self.number(abs(value)), self.signed(value).role)]

    def so_far(self, number: int, where: str = "", found: Decimal | None = None, *, exactly: bool = True) -> list[Part]:
        """Return the running result after a tap, and which tap that is.

        Args:
            number: The tap.
            where: Its place in words; by default that in the input.
            found: The exact result of the rounded numbers, for ≈ as in `equality_sign`.
            exactly: As in `equality_sign`.
        """
        tap = self.tap(number)
        padding = f", {self.in_padding.removeprefix('in ')}" if tap.in_padding else ""
        count = f" (tap {number + 1:,} of {self.taps:,}: {where or tap.where}{padding})"
        sign = self.equality_sign(found, tap.total, exactly=exactly).text.strip()
        about = [] if sign == "=" else [Part(f"{sign} ", "dim")]
        return [*about, self.signed(tap.total), Part(count, "dim")]

    def product_sign(self, number: int) -> str:
        """Return the sign between a tap's factors and its product: =, or ≈ if the rounded numbers don't give it."""
        tap = self.tap(number)
        return equality_sign(self.shown(tap.input) * self.shown(tap.weight), self.number(tap.product))

    def total_before(self, number: int) -> Decimal | None:
        """Return the running result before a tap, as it is shown; None before the first."""
        return self.shown(self._running[number - 1]) if number else None

    def is_last(self, number: int) -> bool:
        """Return whether a tap is the window's last."""
        return number == self.taps - 1


def _is_whole(array: Array, block: int = 1 << 12) -> bool:
    flat = array.reshape(-1)
    return all(
        bool(np.all((part == np.rint(part)) | np.isnan(part)))
        for part in (flat[start : start + block] for start in range(0, flat.size, block))
    )
