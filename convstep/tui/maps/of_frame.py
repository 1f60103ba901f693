"""The models of a frame's two maps: the layer's input, and its output so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from convstep.debugger import Frame
from convstep.engine import Operation
from convstep.engine.geometry import VALID, Axis, Index, Padding, Pair
from convstep.engine.steps import Array, Known, known_parts
from convstep.figures import Extent, fitting, rounded
from convstep.layers import Shape, grid
from convstep.network import INPUT, Network
from convstep.report.explain import scene_of
from convstep.tui.lines.canvas import Mask
from convstep.tui.lines.scale import input_scale, output_scale, sampled_extent, scale_of
from convstep.tui.maps.model import MapModel

if TYPE_CHECKING:
    from convstep.answers.weight import WeightUse

SHORT = 32
"""A vector of up to so many values is shown as a column of cells, a longer one as a line."""

_extents: WeakKeyDictionary[Operation, dict[int, Extent]] = WeakKeyDictionary()
OUTPUT = -1
"""Key of a layer's output, beside the indices of its inputs."""


def is_picture(frame: Frame) -> bool:
    """Return whether the input shown is the net's picture."""
    number = input_number(frame) if frame.step else 0
    return frame.network.picture and frame.stage.sources[number] == INPUT


def input_channel(frame: Frame, chosen: int | None) -> int | None:
    """Return the input channel to show; None for all three of an RGB picture.

    It is the first channel in the window panel: the tap's, else the chosen one, else the one that contributes most.

    Args:
        frame: The frame.
        chosen: The channel that the user chose, if any.
    """
    step = frame.step
    if step is None:
        return None
    channels = step.channels
    if chosen is not None and chosen in channels and frame.cursor.tap is None:
        return chosen
    if is_picture(frame) and len(channels) == step.operation.A_prev.shape[3] == 3:
        return None
    if len(channels) < 2 or is_flat(step.operation.A_prev.shape):
        return channels[0]
    return channels[min(scene_of(frame).leading, len(channels) - 1)]


def input_number(frame: Frame) -> int:
    """Return the index of the layer's input to show: the one that the step, or its tap, reads."""
    assert frame.step is not None
    return frame.step.operation.input_of(frame.step.index, frame.cursor.tap or 0)


def input_map(frame: Frame, chosen: int | None = None, marked: Mask | None = None) -> MapModel | None:
    """Return the map of the layer's input, with window and tap; None for a layer that can't run.

    Args:
        frame: The frame.
        chosen: The channel that the user chose, if any.
        marked: The places to mark, with the rows and columns of the array.
    """
    step = frame.step
    if step is None:
        return None
    operation, k = step.operation, input_number(frame)
    rows, cols, channels = operation.window(step.index)
    flat = is_flat(operation.A_prev.shape)
    model = _input_model(
        operation,
        k,
        step.index[0],
        None if flat else input_channel(frame, chosen),
        step.known_input(k),
        (range(1), channels) if flat else (rows, cols),
        _tap(frame),
        picture=is_picture(frame),
        length=len(frame.network.shape_of(frame.stage.sources[k])) == 2,
        largest=frame.stage.layer.face(step) == "winner",
        decimals=frame.decimals,
    )
    if marked is None or marked.shape != _map_shape(operation.A_prev.shape):
        return model
    return model._replace(marked=marked.T if model.transposed else marked, bordered=True)


def arriving_map(frame: Frame, number: int) -> tuple[str, int | None, MapModel] | None:
    """Return a map that arrives at a layer that can't run: its layer's name, the channel shown, and the map.

    Of many channels it is the one with the largest value that is shown.

    Args:
        frame: The frame, of that layer or of one that waits for it.
        number: Which of its inputs.
    """
    arriving = frame.arriving
    if number >= len(arriving):
        return None
    name, array = arriving[number]
    shape, example = frame.network.shape_of(name), array[0]
    if is_flat(array.shape):
        model = MapModel(example[0], *scale_of(array), decimals=frame.decimals, key=(frame.values, name))
        return name, None, _oriented(model, array.shape, length=len(shape) == 2)
    if name == INPUT and frame.network.picture:
        model = MapModel(example if shape[-1] == 3 else example[:, :, 0], "rgb" if shape[-1] == 3 else "grey")
        return name, None, _oriented(model, array.shape, length=len(shape) == 2)
    channel = int(np.nanargmax(np.abs(example).max(axis=(0, 1)))) if np.isfinite(example).any() else 0
    model = MapModel(
        np.ascontiguousarray(example[:, :, channel]),
        *scale_of(array),
        decimals=fitting(sampled_extent(array), None, frame.decimals).decimals,
        key=(frame.values, name, channel),
    )
    return name, channel if shape[-1] > 1 else None, _oriented(model, array.shape, length=len(shape) == 2)


def shows_parts(network: Network, layer: str) -> bool:
    """Return whether a layer can be shown before all of it is computed.

    It can if it works and its maps are drawn as maps: a line is known from its start only.
    """
    stage = network.stage(layer)
    shapes = [network.shape_of(name) for name in (layer, *stage.sources)]
    return stage.fault is None and all(len(shape) == 1 or (len(shape) == 3 and shape[0] > 1) for shape in shapes)


def missing_map(shape: Shape) -> MapModel:
    """Return a map of a shape of which nothing is known."""
    values = np.zeros(grid(shape)[:2])
    model = MapModel(values, "signed", known=values.astype(np.bool_), accent="cyan")
    return _oriented(model, (1, *grid(shape)), length=len(shape) == 2)


def _map_shape(shape: Index) -> Pair:
    """Return the rows and columns of the map of an array; a vector has one row."""
    return (1, shape[3]) if is_flat(shape) else shape[1:3]


def _tap(frame: Frame) -> Pair | None:
    """Return the row and column of the current tap, which may lie in padding; None if the step is not open."""
    step, tap = frame.step, frame.tap
    if step is None or tap is None:
        return None
    if is_flat(step.operation.A_prev.shape):
        return 0, tap.source[3]
    if step.operation.geometry.rows.mode == "zero":
        return tap.source[1:3]
    return step.rows[tap.place[0]], step.cols[tap.place[1]]


@lru_cache(maxsize=10)
def _input_model(
    operation: Operation,
    k: int,
    i: int,
    channel: int | None,
    known: Known | None,
    window: tuple[range, range],
    tap: Pair | None,
    *,
    picture: bool,
    length: bool,
    largest: bool,
    decimals: int,
) -> MapModel:
    geometry = operation.geometry
    flat, slides = is_flat(operation.A_prev.shape), _slides(operation)
    scale = input_scale(operation, k, channel, known, picture=picture and not flat)
    model = MapModel(
        _input_values(operation, k, i, channel),
        *scale,
        known=None if known is None or flat else known.of_map(i, channel or 0),
        padding=geometry.padding if slides and not flat else VALID,
        padding_holds=rounded(operation.fill) if geometry.rows.mode == "zero" else geometry.rows.mode,
        unreached_rows=_unreached(geometry.rows, *geometry.padding[:2]) if slides and not flat else (),
        unreached_cols=_unreached(geometry.cols, *geometry.padding[2:]) if slides and not flat else (),
        window=window if window[0] and window[1] else None,
        tap=tap,
        largest=largest,
        decimals=_decimals(operation, k, operation.inputs[k], known, decimals),
        key=(operation, "input", k, i, channel),
    )
    return _oriented(model, operation.inputs[k].shape, length=length)


def output_map(frame: Frame, marked: Mask | None = None, *, bordered: bool = False) -> MapModel | None:
    """Return the map of the output so far, with the neuron outlined; None for a layer that can't run.

    Args:
        frame: The frame.
        marked: `(n_H, n_W)`, the neurons to mark; `(1, n_C)` in a vector.
        bordered: Whether only the border of the marked ones is drawn where most are marked.
    """
    step = frame.step
    if step is None:
        return None
    i, h, w, c = step.index
    operation, shape = step.operation, step.operation.geometry.shape
    flat = is_flat(shape)
    Z = step.values.reshape(shape)
    model = MapModel(
        Z[i, 0] if flat else _output_values(_OutputKey(operation, Z), i, c),
        *output_scale(operation, Z, step.known_output),
        known=known(frame),
        window=(range(1), range(c, c + 1)) if flat else (range(h, h + 1), range(w, w + 1)),
        accent="cyan",
        marked=marked if marked is not None and marked.shape == _map_shape(shape) else _stamp_mask(frame),
        bordered=bordered,
        decimals=_decimals(operation, OUTPUT, Z, step.known_output, frame.decimals),
        key=(operation, "output", i, None if flat else c),
    )
    if frame.hides_value:
        model = _without_value(model, (0, c) if flat else (h, w))
    return _oriented(model, shape, length=len(frame.shape or ()) == 2)


def _without_value(model: MapModel, place: Pair) -> MapModel:
    """Return a map with 0 in place of one value, which keeps its outline."""
    values = model.values.copy()
    values[place] = 0
    return model._replace(values=values, key=None)


def _oriented(model: MapModel, shape: Index, *, length: bool) -> MapModel:
    """Return a map as it is displayed: a length as a line from left to right, a short vector as a column.

    Args:
        model: The map, with the rows and columns of the array.
        shape: The array's shape, `(m, height, width, channels)`.
        length: Whether the array is one-dimensional, its rows being places along a length.
    """
    if is_flat(shape):
        short = shape[3] <= SHORT
        model = model._replace(axis="value", line=not short)
        return _transposed(model) if short else model
    if length:
        return _transposed(model)._replace(axis="place", line=True)
    padded = model.padding.top or model.padding.bottom
    return model._replace(line=True) if shape[1] == 1 and not padded and model.values.ndim == 2 else model


def _transposed(model: MapModel) -> MapModel:
    """Return a map with its rows and columns swapped."""
    top, bottom, left, right = model.padding
    return model._replace(
        values=model.values.T,
        known=None if model.known is None else model.known.T,
        padding=Padding(left, right, top, bottom),
        unreached_rows=model.unreached_cols,
        unreached_cols=model.unreached_rows,
        window=model.window and (model.window[1], model.window[0]),
        tap=model.tap and (model.tap[1], model.tap[0]),
        marked=None if model.marked is None else model.marked.T,
        transposed=True,
    )


def _stamp_mask(frame: Frame) -> Mask | None:
    """Return which neurons a transposed convolution's tap adds to; None for other layers."""
    step, tap = frame.step, frame.tap
    if step is None or tap is None:
        return None
    _, row, col, _ = tap.source
    stamp = step.operation.stamp(row, col)
    if stamp is None:
        return None
    mask = np.zeros(step.operation.geometry.shape[1:3], np.bool_)
    mask[np.ix_(*stamp)] = True
    return mask


def _slides(operation: Operation) -> bool:
    """Return whether the geometry refers to the input's rows and columns."""
    return bool(operation.geometry.rows.size == operation.A_prev.shape[1])


def marks_of(frame: Frame, use: WeightUse) -> tuple[Mask, Mask]:
    """Return masks of what a weight multiplies, and of the neurons that it contributes to, as the maps show them."""
    assert frame.step is not None
    masks = []
    sides = ((frame.step.operation.A_prev.shape, use.inputs, use.source),)
    for shape, mask, channel in (*sides, (frame.step.operation.geometry.shape, use.outputs, use.target)):
        if is_flat(shape):
            mask = np.where(np.arange(shape[3])[None] == channel, mask[0, 0], False)
        masks.append(mask)
    return masks[0], masks[1]


def is_flat(shape: tuple[int, ...]) -> bool:
    """Return whether an array `(m, height, width, channels)` holds vectors, `(m, 1, 1, n)`."""
    return shape[1] == shape[2] == 1


@lru_cache(maxsize=10)
def _input_values(operation: Operation, k: int, i: int, channel: int | None) -> Array:
    example: Array = operation.inputs[k][i]
    if is_flat(operation.A_prev.shape):
        example = example[0]
    return example if channel is None else np.ascontiguousarray(example[:, :, channel])


@dataclass(frozen=True)
class _OutputKey:
    """A layer's output as part of a cache key: compared by its operation alone."""

    operation: Operation
    values: Array = field(compare=False)


@lru_cache(maxsize=10)
def _output_values(whole: _OutputKey, i: int, c: int) -> Array:
    return np.ascontiguousarray(whole.values[i, :, :, c])


def _decimals(operation: Operation, number: int, values: Array, known: Known | None, most: int) -> int:
    """Return how many decimals the numbers of a layer's input or output have: the same for all channels."""
    extents = _extents.setdefault(operation, {})
    if number not in extents:
        extents[number] = sampled_extent(*known_parts(values, known))
    return fitting(extents[number], None, most).decimals


@lru_cache(maxsize=10)
def _unreached(axis: Axis, before: int, after: int) -> tuple[int, ...]:
    """Return the rows (or columns) that no window has a tap on, including those of padding."""
    return tuple(place for place in range(-before, axis.size + after) if not axis.positions(place))


def known(frame: Frame) -> Mask:
    """Return a mask of the neurons computed so far, in the current feature map or output vector."""
    step = frame.step
    assert step is not None
    i, _, _, c = step.index
    _, n_H, n_W, n_C = shape = step.operation.geometry.shape
    if is_flat(shape):
        done, size = step.number - i * n_C + 1, (1, n_C)
    else:
        done, size = (step.number - c) // n_C + 1 - i * n_H * n_W, (n_H, n_W)
    mask = np.zeros(size, np.bool_)
    mask.reshape(-1)[: max(0, done - frame.hides_value)] = True
    if step.known_output is not None and not is_flat(shape):
        mask &= step.known_output.of_map(i, c)
    return mask
