"""Sets of values as masks, taken through a layer: back to the values it reads, and on to those that read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from convstep.engine.geometry import Axis
from convstep.engine.steps import Array
from convstep.layers import Layer, Shape, grid

Mask = NDArray[np.bool_]
"""Which values of a layer are in a set, `(height, width, channels)`; with 1 for channels if all are alike."""


def only(shape: Shape, index: tuple[int, int, int] | tuple[int, int]) -> Mask:
    """Return the set of one value `(h, w, c)`, or of all channels of one place `(h, w)`."""
    height, width, channels = grid(shape)
    mask = np.zeros((height, width, channels if len(index) == 3 else 1), np.bool_)
    mask[index] = True
    return mask


def read_by(layer: Layer, mask: Mask, shape: Shape) -> Mask:
    """Return which values of its input, of `shape`, a layer's neurons read."""
    if layer.keeps_values:
        return _reshaped(mask, layer.output(shape), shape)
    rows, cols = layer.axes(shape)
    mask = _regrouped(mask, layer.channel_groups(shape), grid(shape)[2])
    return _along_both(_read_along, mask, rows, cols)


def readers_of(layer: Layer, mask: Mask, shape: Shape) -> Mask:
    """Return which of a layer's neurons read values of its input, of `shape`."""
    leaving = layer.output(shape)
    if layer.keeps_values:
        return _reshaped(mask, shape, leaving)
    rows, cols = layer.axes(shape)
    mask = _regrouped(mask, layer.channel_groups(shape), grid(leaving)[2])
    return _along_both(_readers_along, mask, rows, cols)


def won_by(mask: Mask, winners: tuple[Array, Array], shape: Shape) -> Mask:
    """Return which values of its input, of `shape`, win in the windows of a max-pool's neurons.

    Args:
        mask: The neurons.
        winners: The row and column that wins for each neuron, -1 for none.
        shape: The input's shape.
    """
    rows, cols = winners
    at = np.nonzero(mask & (rows >= 0))
    won = np.zeros(grid(shape), np.bool_)
    won[rows[at], cols[at], at[2]] = True
    return won


def parted(layer: Layer, mask: Mask, shapes: Sequence[Shape]) -> list[Mask]:
    """Return a set of values of all inputs together as sets of each input's own."""
    if layer.sees_all:
        return [np.full((*grid(shape)[:2], 1), mask.any()) for shape in shapes]
    alike = mask.shape[2] == 1
    return [mask if alike else mask[:, :, channels] for channels in layer.source_channels(*shapes)]


def joined(layer: Layer, masks: Sequence[Mask | None], shapes: Sequence[Shape]) -> Mask:
    """Return sets of each input's values as one of all inputs together; None is the empty set."""
    if len(masks) == 1 and masks[0] is not None:
        return masks[0]
    whole = np.zeros(grid(layer.combined_shape(*shapes)), np.bool_)
    if layer.sees_all:
        whole[...] = any(mask is not None and mask.any() for mask in masks)
        return whole
    for mask, channels in zip(masks, layer.source_channels(*shapes), strict=True):
        if mask is not None:
            whole[:, :, channels] |= mask
    return whole


def _reshaped(mask: Mask, shape: Shape, other: Shape) -> Mask:
    """Return a set of values that are written out in another shape, in the same order."""
    if grid(shape) == grid(other):
        return mask
    return np.broadcast_to(mask, grid(shape)).reshape(grid(other))


def _regrouped(mask: Mask, groups: int, channels: int) -> Mask:
    """Return a mask with `channels` channels, each True where one of its group is, on the other side of a layer."""
    if mask.shape[2] == 1 or groups == mask.shape[2] == channels:
        return mask
    in_group: Mask = np.any(mask.reshape(*mask.shape[:2], groups, -1), axis=3)
    return in_group if groups == 1 else np.repeat(in_group, channels // groups, axis=2)


def _along_both(through: Callable[[Mask, Axis], Mask], mask: Mask, rows: Axis, cols: Axis) -> Mask:
    return through(through(mask, rows).swapaxes(0, 1), cols).swapaxes(0, 1)


def _read_along(mask: Mask, axis: Axis) -> Mask:
    """Return which places the windows at the positions of a mask's first axis read."""
    read = np.zeros((axis.size + 1, *mask.shape[1:]), np.bool_)  # the last row, -1, is for padding
    positions, *others = np.nonzero(mask)
    for tap in range(axis.kernel) if len(positions) else ():
        read[axis.places(tap)[positions], *others] = True
    return read[:-1]


def _readers_along(mask: Mask, axis: Axis) -> Mask:
    """Return at which positions windows read a place of a mask's first axis."""
    places = np.concatenate([mask, np.zeros((1, *mask.shape[1:]), np.bool_)])  # the last row, -1, is for padding
    readers = np.zeros((axis.output, *mask.shape[1:]), np.bool_)
    for tap in range(axis.kernel):
        readers |= places[axis.places(tap)]
    return readers
