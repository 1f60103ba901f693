"""What a comparison of two nets finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convstep.engine.geometry import Index
from convstep.engine.steps import Array, Operation, Step
from convstep.layers import Layer, Shape


@dataclass(frozen=True, eq=False)
class Seen:
    """What one side computes a neuron from.

    Attributes:
        side: Whose it is: the side's name.
        layer: The layer's name there.
        value: The neuron's value.
        rows: Rows of the input that the window covers; None if only the value is known, as are all below.
        cols: Its columns.
        input_slice: The window's part of the padded input, `(f_h, f_w, channels)`.
        filter: The weights; None for a layer without.
        bias: The bias; None for a layer without.
        products: Input times weight.
        assumed: Whether it is computed with the cause that was found, for the side itself saved only values.
    """

    side: str
    layer: str
    value: float
    rows: range | None = None
    cols: range | None = None
    input_slice: Array | None = None
    filter: Array | None = None
    bias: float | None = None
    products: Array | None = None
    assumed: bool = False

    @property
    def sum(self) -> float | None:
        """The sum of the products, without the bias; None without products."""
        return None if self.products is None else float(self.products.astype(np.float64).sum())


@dataclass(frozen=True, eq=False)
class Cause:
    """A change that makes one side give the other's numbers.

    Attributes:
        kind: Its kind in one word.
        words: The change, in words that follow "with".
        side: The side that is changed.
        like: The side whose numbers come out then.
    """

    kind: str
    words: str
    side: str
    like: str


@dataclass(frozen=True, eq=False)
class Difference:
    """Where two nets first differ.

    Attributes:
        layers: The layer's name on both sides.
        kind: Its kind; "" if neither side is a net.
        shapes: The shape of one example of its output on both sides.
        index: The first neuron that differs, in the order of the loops: example, row, column, channel.
        place: The same without the example, as the output has its axes.
        differing: How many neurons of the layer differ.
        compared: How many were compared.
        largest: The largest difference among them.
        allowed: How much rounding may make at that neuron.
        n: How many numbers are added up there.
        windows: Both windows.
        tap: (row, column, channel) of the window where the products, or the values, differ most; None if none do.
        causes: The changes that explain it, each by itself.
        others: The later layers that differ for reasons of their own.
    """

    layers: tuple[str, str]
    kind: str
    shapes: tuple[Shape, Shape]
    index: Index
    place: tuple[int, ...]
    differing: int
    compared: int
    largest: float
    allowed: float
    n: int
    windows: tuple[Seen, Seen]
    tap: tuple[int, int, int] | None
    causes: tuple[Cause, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two sides, compared.

    Attributes:
        names: What they are called.
        pairs: The layers that were compared, in order.
        unmatched: The layers of either side that the other does not have.
        dtype: The coarser dtype, to which differences are judged.
        first: The first difference; None if there is none.
        notes: What else is to be said.
    """

    names: tuple[str, str]
    pairs: tuple[tuple[str, str], ...]
    unmatched: tuple[tuple[str, ...], tuple[str, ...]]
    dtype: np.dtype[Any]
    first: Difference | None
    notes: tuple[str, ...] = ()


def seen_by(side: str, name: str, layer: Layer, operation: Operation, Z: Array, index: Index) -> Seen:
    """Return what one side computes a neuron of a layer from."""
    value = float(Z[index])
    step = Step(operation, Z.reshape(-1), operation.geometry.number(index))
    if layer.takes_several:
        return Seen(side, name, value)
    weights = step.filter
    bias = float(step.bias) if layer.is_biased else None
    return Seen(side, name, value, step.rows, step.cols, step.input_slice, weights, bias, step.products)


def tap_apart(one: Seen, other: Seen) -> tuple[int, int, int] | None:
    """Return the place of both windows where they differ most; None if they can't be compared, or don't differ."""
    ours, theirs = (each.input_slice if each.products is None else each.products for each in (one, other))
    if ours is None or theirs is None or ours.shape != theirs.shape:
        return None
    with np.errstate(all="ignore"):
        apart = np.abs(ours.astype(np.float64) - theirs)
    apart = np.where(np.isnan(apart), np.inf, apart)
    if not apart.any():
        return None
    row, col, channel = (int(k) for k in np.unravel_index(int(apart.argmax()), apart.shape))
    return row, col, channel
