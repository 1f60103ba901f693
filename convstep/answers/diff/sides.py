"""The two sides of a comparison: a net with its values, or the outputs that were saved from one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from convstep.engine.steps import Array
from convstep.layers import Shape, grid
from convstep.network import Values


@dataclass(frozen=True, eq=False)
class Net:
    """A net on an input.

    Attributes:
        name: What the user calls it.
        values: Its values, each layer computed when it is first needed.
    """

    name: str
    values: Values

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that work, in order."""
        return tuple(stage.name for stage in self.values.network.stages if stage.output)


@dataclass(frozen=True, eq=False)
class Saved:
    """Outputs of layers that were saved.

    Attributes:
        name: What the user calls them.
        arrays: `(m, ...)`, or one example without the leading m, by layer name; channels first or last.
    """

    name: str
    arrays: Mapping[str, Array]

    @property
    def layers(self) -> tuple[str, ...]:
        """The names, in the file's order."""
        return tuple(self.arrays)


Side = Net | Saved

FIRST, LAST = "first", "last"
"""Where the channels of saved outputs are."""


def lies(array: Array, shape: Shape) -> str:
    """Return where the channels of a saved output of a layer lie: first or last; both if that can't be told, or "".

    Args:
        array: The saved output.
        shape: The shape of one example of the layer's output, channels last.
    """
    if not shape:
        return ""
    found = [
        where
        for where, own in ((FIRST, (shape[-1], *shape[:-1])), (LAST, shape))
        if array.shape == own or (array.ndim and array.shape == (len(array), *own))
    ]
    if not found and len(shape) == 1 and _is_row(array, shape[0]):
        found = [FIRST, LAST]
    return " ".join(found)


def resized(array: Array, shape: Shape) -> bool:
    """Return whether a saved output may be that of a layer, with other rows and columns, as another padding gives."""
    return bool(array.size) and array.ndim == len(shape) + 1 > 2 and shape[-1] in (array.shape[1], array.shape[-1])


def _is_row(array: Array, n: int) -> bool:
    """Return whether an array has n values for each example, and axes of length 1."""
    return bool(array.size) and array.ndim > 1 and array.shape[0] * n == array.size and n in array.shape[1:]


def channels_of(pairs: list[tuple[Array, Shape]]) -> str:
    """Return where the channels of most saved outputs lie: first or last; "" if none of them tells."""
    told = [where for array, shape in pairs if (where := lies(array, shape)) in (FIRST, LAST)]
    return max((FIRST, LAST), key=told.count) if told else ""


def as_grid(array: Array, shape: Shape, channels: str, origin: Shape = ()) -> Array:
    """Return a saved output as the engine has it, `(m, height, width, channels)`.

    Args:
        array: The saved output, which `lies` or is `resized`.
        shape: The shape of one example, channels last.
        channels: Where most outputs have their channels.
        origin: The map that a row of values was flattened from; () if it was not, or as ours is.
    """
    where = lies(array, shape)
    if not where and resized(array, shape):
        where = FIRST if array.shape[1] == shape[-1] and (channels == FIRST or array.shape[-1] != shape[-1]) else LAST
        sizes = array.shape[2:] if where == FIRST else array.shape[1:-1]
        shape = (*sizes, shape[-1])
    m = array.size // prod(shape)
    if len(shape) > 1 and (where == FIRST or (where != LAST and channels == FIRST)):
        array = np.moveaxis(array.reshape(m, shape[-1], *shape[:-1]), 1, -1)
    elif len(origin) > 1 and channels == FIRST:
        array = np.moveaxis(array.reshape(m, origin[-1], *origin[:-1]), 1, -1)
    return array.reshape(m, *grid(shape))
