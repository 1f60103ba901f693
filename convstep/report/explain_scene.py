"""A frame's facts, each taken once: what the sum, the sentence and the code are made from."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from convstep.debugger import Frame
from convstep.engine.steps import Array, Operation, Step
from convstep.figures import figure, minus
from convstep.network import Network, Shape
from convstep.report.explain_words import COLOURS, count, span

_decimals: WeakKeyDictionary[Operation, int] = WeakKeyDictionary()


def decimals(frame: Frame) -> int:
    """Return how many decimals the numbers of a frame's layer are shown with.

    None where input, weights and biases are whole numbers, not just zeros, and so all that is made of them; else 2.
    """
    if frame.step is None:
        return 2
    operation = frame.step.operation
    known = _decimals.get(operation)
    if known is None:
        made_whole = frame.stage.layer.kind not in ("avg_pool", "global_avg_pool", "softmax")
        arrays = (getattr(operation, "W", None), getattr(operation, "b", None), operation.A_prev)
        whole = made_whole and all(_is_whole(array) for array in arrays if array is not None) and operation.A_prev.any()
        known = _decimals[operation] = 0 if whole else 2
    return known


def _is_whole(array: Array, block: int = 1 << 12) -> bool:
    flat = array.reshape(-1)
    return all(
        bool(np.all((part == np.rint(part)) | np.isnan(part)))
        for part in (flat[start : start + block] for start in range(0, flat.size, block))
    )


def trouble(frame: Frame, *, hint: bool = True) -> str:
    """Return why a frame's layer can't work, in a sentence, and what would help in another."""
    fault = frame.fault
    if fault is None:
        return ""
    said = f"{frame.layer} can't work: {fault.what}"
    cause = frame.network.fault
    if cause is not None and cause.where != frame.layer:
        said = f"{frame.layer} waits for {cause.where}, which can't work: {cause.what}"
        fault = cause
    return ". ".join(part.rstrip(".") for part in (said, fault.hint if hint else "") if part) + "."


def fold(network: Network, layer: str, places: int) -> tuple[str, Shape]:
    """Return where the inputs of `layer` come from: a name, and its shape, from before any flatten."""
    at = network.position(layer) - 1
    while at >= 0 and network.stages[at].layer.kind == "flatten":
        at -= 1
    name, shape = ("input", network.input_shape) if at < 0 else (network.names[at], network.stages[at].output)
    return name, shape or (places,)


class Scene:
    """The facts of a frame whose layer works, each taken once.

    Attributes:
        frame: The frame.
        step: Its step.
        kind: The layer's kind.
        rows: Rows of the window, in the input's own coordinates; `cols` and `channels` likewise.
        arriving: Shape of the layer's input, for one example.
        leaving: Shape of its output.
        decimals: How many its numbers are shown with.
    """

    def __init__(self, frame: Frame, step: Step) -> None:
        stage = frame.stage
        self.frame, self.step, self.layer, self.kind = frame, step, stage.layer, stage.layer.kind
        self.operation = step.operation
        self.index = step.index
        self.rows, self.cols, self.channels = self.operation.window(self.index)
        geometry = self.operation.geometry
        self.inside_rows, self.inside_cols = geometry.rows.inside(self.rows), geometry.cols.inside(self.cols)
        self.arriving: Shape = stage.input or ()
        self.leaving: Shape = stage.output or ()
        self.is_first = frame.network.stages[0] is stage
        self.decimals = decimals(frame)

    def number(self, value: Any) -> str:
        """Return a number as this layer shows it."""
        return figure(value, self.decimals)

    @property
    def value(self) -> str:
        """The neuron's value, as it is shown."""
        return self.number(self.step.value)

    @property
    def along_length(self) -> bool:
        """Whether there is a length only, no rows and columns."""
        return len(self.arriving) == 2

    @property
    def places(self) -> int:
        """How many places one channel of the window has."""
        return len(self.rows) * len(self.cols)

    @property
    def inside(self) -> int:
        """How many of them lie in the input itself, not in padding."""
        return len(self.inside_rows) * len(self.inside_cols)

    @property
    def has_colours(self) -> bool:
        """Whether its input's channels are red, green and blue."""
        return self.is_first and self.frame.network.picture and self.arriving[-1] == len(COLOURS)

    @property
    def medium(self) -> str:
        """What its input is called."""
        if not self.is_first:
            return "map"
        return "picture" if self.frame.network.picture else "input"

    @cached_property
    def slice(self) -> Array:
        """The window's part of the padded input, `(f_h, f_w, channels)`."""
        return self.step.input_slice

    @cached_property
    def real(self) -> Array:
        """The window's part of the input itself, without its padding."""
        rows, cols = self.inside_rows, self.inside_cols
        return self.slice[rows.start : rows.stop, cols.start : cols.stop]

    @cached_property
    def products(self) -> Array:
        """The window times the filter; the window itself in a layer without weights."""
        weights = self.step.filter
        if weights is None:
            return self.slice
        with np.errstate(all="ignore"):
            return np.asarray(self.slice * weights)

    @property
    def label(self) -> str:
        """The neuron as the code names it: Z[0,18,37,0]; layers without a sum of products make an A."""
        i, h, w, c = self.index
        place = {3: (h, w, c), 2: (h, c)}.get(len(self.leaving), (c,))
        return f"{self.output_name}[{','.join(map(str, (i, *place)))}]"

    @property
    def output_name(self) -> str:
        """What the code calls the output: Z, or A."""
        return "Z" if self.step.filter is not None else "A"

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

    def source(self, number: int) -> tuple[str, tuple[int, ...]]:
        """Return where value `number` of a row of inputs comes from: a layer's name, and the place in it."""
        name, shape = fold(self.frame.network, self.frame.layer, self.arriving[0])
        return name, tuple(int(place) for place in np.unravel_index(number, shape))

    @property
    def ties(self) -> int:
        """How many other places of a max-pool's window have the value that won."""
        return max(0, int(np.count_nonzero(self.real == self.step.value)) - 1)

    def bounds(self) -> str:
        """Return what the window covers: rows 17–20 and columns 36–39."""
        if self.along_length:
            return span(self.rows, "place")
        return f"{span(self.rows, 'row')} and {span(self.cols, 'column')}"

    @cached_property
    def powers(self) -> tuple[float, float, Array]:
        """A softmax neuron's own score, the largest of all, and every `exp(score - largest)`."""
        scores = self.slice.ravel().astype(np.float64)
        top = scores.max()
        with np.errstate(all="ignore"):
            return float(scores[self.index[3]]), float(top), np.exp(scores - top)

    @property
    def before(self) -> str:
        """Name of the layer before; input."""
        network = self.frame.network
        return "input" if self.is_first else network.names[network.position(self.frame.layer) - 1]

    @property
    def own_place(self) -> str:
        """The one place that a layer without a window looks at, in words."""
        return self.place(self.rows[0], self.cols[0], self.channels[0])

    @property
    def origin(self) -> str:
        """The same, and of what: row 1, column 2, channel 3 of pool2."""
        return f"{self.own_place} of {f'the {self.medium}' if self.is_first else self.before}"

    @property
    def work(self) -> str:
        """What there is to add up."""
        return f"{count(self.products.size, 'product')} and the bias"

    @property
    def flat_sum(self) -> str:
        """The arithmetic that gives a flattened value's place: (1·2 + 0)·16 + 3 = ; nothing where it was in a row."""
        shape, place = self.arriving, np.unravel_index(self.index[3], self.arriving)
        if len(shape) == 3:
            return f"({place[0]}·{shape[1]} + {place[1]})·{shape[2]} + {place[2]} = "
        return f"{place[0]}·{shape[1]} + {place[1]} = " if len(shape) == 2 else ""


@lru_cache(maxsize=4)
def scene_of(frame: Frame) -> Scene:
    """Return the scene of a frame whose layer works; sum, sentence, code and title share it."""
    assert frame.step is not None
    return Scene(frame, frame.step)


class TapView(NamedTuple):
    """One tap of a scene: what `Frame.tap` has, without building all the others.

    Attributes:
        number: Which one, from 0.
        taps: How many there are.
        where: Its place in the input, in words.
        input: The input's value there.
        product: What it gives.
        total: The result so far.
        in_padding: Whether it lies in padding.
    """

    number: int
    taps: int
    where: str
    input: Any
    product: Any
    total: Any
    in_padding: bool


def tap_view(scene: Scene, number: int) -> TapView:
    """Return tap `number` of a scene's step."""
    row, col, k = (int(place) for place in np.unravel_index(number, scene.products.shape))
    with np.errstate(all="ignore"):
        total = scene.operation.running(scene.index)[number]
    channel = scene.channels[k] if len(scene.channels) > 1 else None
    where = scene.place(scene.rows[row], scene.cols[col], channel)
    value, product = scene.slice[row, col, k], scene.products[row, col, k]
    in_padding = row not in scene.inside_rows or col not in scene.inside_cols
    return TapView(number, scene.products.size, where, value, product, total, in_padding)
