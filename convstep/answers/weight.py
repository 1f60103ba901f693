"""Where one weight is used along the whole sweep, and how many weights sharing saves."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from convstep.engine.geometry import Pair
from convstep.engine.steps import Step
from convstep.errors import ArgumentError
from convstep.layers import grid
from convstep.network import Stage

Place = tuple[int, int, int]
"""Row, column and channel of a filter."""


@dataclass(frozen=True, eq=False)
class WeightUse:
    """The uses of one weight for one example.

    Attributes:
        index: Its index in the layer's weights.
        source: The input channel that it multiplies.
        target: The channel of the output that it contributes to.
        used: How many products it is part of.
        padding: How many of them multiply padding.
        weights: How many weights the layer has.
        unshared: How many it would have if every neuron had its own.
        inputs: `(height, width)`, the places of the input that it multiplies.
        outputs: `(n_H, n_W)`, the neurons that it contributes to: not those where it multiplies zeros of padding.
    """

    index: tuple[int, ...]
    source: int
    target: int
    used: int
    padding: int
    weights: int
    unshared: int
    inputs: NDArray[np.bool_]
    outputs: NDArray[np.bool_]


def weight_use(stage: Stage, place: Place, c: int) -> WeightUse:
    """Return where a layer uses one weight.

    Args:
        stage: The layer.
        place: The weight's row, column and channel in its filter.
        c: The filter.

    Raises:
        ArgumentError: The layer has no weights, or none there.
        ShapeError: The layer can't work.
    """
    if stage.input is None or stage.output is None:
        assert stage.fault is not None
        raise stage.fault
    layer, shape = stage.layer, stage.input
    sizes = filter_shape(stage)
    for number, size, what in zip(place, sizes, ("row", "column", "channel"), strict=True):
        if not 0 <= number < size:
            raise ArgumentError(f"its filters have {what}s 0 to {size - 1}, got {number}", where=layer.name)
    index, rows, cols, source = layer.uses(shape, place, c)
    n_H, n_W, n_C = grid(stage.output)
    height, width, _ = grid(shape)
    own_rows, own_cols = (axis.mode != "zero" for axis in layer.axes(shape))
    inside = _inside(rows, height), _inside(cols, width)
    contributing = rows if own_rows else inside[0], cols if own_cols else inside[1]
    inputs = _mask((height, width), [at for _, at in inside[0]], [at for _, at in inside[1]])
    outputs = _mask((n_H, n_W), [at for at, _ in contributing[0]], [at for at, _ in contributing[1]])
    used = len(rows) * len(cols)
    weights = prod(layer.array_shapes(shape)["weights"])
    row_uses = sum(len(layer.uses(shape, (row, 0, 0), c).rows) for row in range(sizes[0]))
    col_uses = sum(len(layer.uses(shape, (0, col, 0), c).cols) for col in range(sizes[1]))
    return WeightUse(
        index,
        source,
        c,
        used,
        used - len(inside[0]) * len(inside[1]),
        weights,
        row_uses * col_uses * sizes[2] * n_C,
        inputs,
        outputs,
    )


def filter_shape(stage: Stage) -> Place:
    """Return height, width and channels of a layer's filters.

    Raises:
        ArgumentError: The layer has no weights.
    """
    sizes = stage.layer.filter_shape(stage.input) if stage.input else None
    if sizes is None:
        raise ArgumentError(f"{stage.name} has no weights", hint="Convolutions and dense layers have them")
    return sizes


def strongest(stage: Stage, step: Step) -> Place:
    """Return the place in its filter of the weight of a step's largest product, the first on a tie."""
    products = np.nan_to_num(np.abs(np.asarray(step.products, np.float64)))
    if not products.size:
        raise ArgumentError("no weight is used here", where=stage.name)
    row, col, k = np.unravel_index(int(np.argmax(products)), products.shape)
    return stage.layer.filter_place(step, (int(row), int(col), int(k)))


def _inside(pairs: list[Pair], size: int) -> list[Pair]:
    return [(position, place) for position, place in pairs if 0 <= place < size]


def _mask(shape: Pair, rows: list[int], cols: list[int]) -> NDArray[np.bool_]:
    mask = np.zeros(shape, np.bool_)
    mask[np.ix_(rows, cols)] = True
    return mask
