"""The two maps of a frame: what the layer is given, and what it has computed so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from convstep.debugger import Frame
from convstep.engine import Operation
from convstep.engine.geometry import VALID, Axis
from convstep.engine.steps import Array
from convstep.errors import VerbError
from convstep.figures import rounded
from convstep.network import INPUT
from convstep.tui.lines.canvas import Mask
from convstep.tui.lines.colours import Colouring
from convstep.tui.maps.model import MapModel


def is_picture(frame: Frame) -> bool:
    """Return whether the input to show is the picture itself."""
    number = input_number(frame) if frame.step else 0
    return frame.network.picture and frame.stage.sources[number] == INPUT


def input_channel(frame: Frame, chosen: int | None) -> int | None:
    """Return which channel of its input to show; None for all three of a picture.

    Args:
        frame: What to show.
        chosen: The channel that was asked for, if any.
    """
    step = frame.step
    if step is None:
        return None
    if chosen is not None and chosen in step.channels:
        return chosen
    if is_picture(frame) and len(step.channels) == step.operation.A_prev.shape[3] == 3:
        return None
    return step.channels[0]


def input_number(frame: Frame) -> int:
    """Return which of its layer's inputs to show, from 0: the one that the step, or its tap, looks at."""
    assert frame.step is not None
    return frame.step.operation.input_of(frame.step.index, frame.cursor.tap or 0)


def input_map(frame: Frame, chosen: int | None = None) -> MapModel | None:
    """Return the map of the layer's input, with the window outlined; None in a layer that can't work."""
    step = frame.step
    if step is None:
        return None
    operation, k = step.operation, input_number(frame)
    rows, cols, channels = operation.window(step.index)
    if is_flat(operation.A_prev.shape):
        return _input_model(operation, k, step.index[0], None, (range(1), channels), False)
    return _input_model(operation, k, step.index[0], input_channel(frame, chosen), (rows, cols), is_picture(frame))


@lru_cache(maxsize=10)
def _input_model(
    operation: Operation, k: int, i: int, channel: int | None, window: tuple[range, range], picture: bool
) -> MapModel:
    values, low, high = _input(operation, k, i, channel)
    colouring: Colouring = _colouring(low)
    if is_flat(operation.A_prev.shape):
        return MapModel(values, colouring, low, high, window=window, key=(operation, "input", k, i))
    if picture:
        low, high = 0.0, 1.0
        colouring = "rgb" if channel is None else "grey" if operation.inputs[k].shape[3] == 1 else _TINTS[channel % 3]
    geometry = operation.geometry
    slides = _slides(operation)
    return MapModel(
        values,
        colouring,
        low,
        high,
        padding=geometry.padding if slides else VALID,
        padding_holds=rounded(operation.fill) if geometry.rows.mode == "zero" else geometry.rows.mode,
        unreached_rows=_unreached(geometry.rows) if slides else (),
        unreached_cols=_unreached(geometry.cols) if slides else (),
        window=window if window[0] and window[1] else None,
        key=(operation, "input", k, i, channel, colouring),
    )


def output_map(frame: Frame, marked: Mask | None = None) -> MapModel | None:
    """Return the map of the running output, with the neuron outlined; None in a layer that can't work.

    Args:
        frame: What to show.
        marked: `(n_H, n_W)`, the neurons to mark.
    """
    step = frame.step
    if step is None:
        return None
    i, h, w, c = step.index
    shape = step.operation.geometry.shape
    flat = is_flat(shape)
    values, low, high = _output(_Whole(step.operation, step.values), i, None if flat else c)
    return MapModel(
        values,
        _colouring(low),
        low,
        high,
        known=known(frame),
        window=(range(1), range(c, c + 1)) if flat else (range(h, h + 1), range(w, w + 1)),
        accent="cyan",
        marked=marked if marked is not None and marked.shape == values.shape else _stamped(frame),
        key=(step.operation, "output", i, None if flat else c),
    )


def _stamped(frame: Frame) -> Mask | None:
    """Return which neurons the stamp of a transposed convolution's tap lies over; None where there is none."""
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
    """Return whether the geometry is about the input's own rows and columns."""
    return bool(operation.geometry.rows.size == operation.A_prev.shape[1])


def seers(frame: Frame, row: int, col: int) -> Mask:
    """Return which neurons of a map see a value of the layer's input.

    Args:
        frame: Where we are.
        row: The value's row; in padding below 0 or past the end.
        col: Its column.

    Raises:
        VerbError: There is no such value, or none of the layer's neurons is at a row and a column.
    """
    step = frame.step
    if step is None or is_flat(step.operation.A_prev.shape) or not _slides(step.operation):
        raise VerbError(f"the neurons of {frame.layer} don't look at rows and columns", where="mark")
    geometry = step.operation.geometry
    top, bottom, left, right = geometry.padding
    rows, cols = range(-top, geometry.rows.size + bottom), range(-left, geometry.cols.size + right)
    if row not in rows or col not in cols:
        raise VerbError(
            f"there is no row {row}, column {col}: rows are {rows.start} to {rows[-1]}, "
            f"columns {cols.start} to {cols[-1]}",
            where="mark",
        )
    mask = np.zeros(geometry.shape[1:3], np.bool_)
    mask[np.ix_(geometry.rows.positions(row), geometry.cols.positions(col))] = True
    return mask


def is_flat(shape: tuple[int, ...]) -> bool:
    """Return whether an array `(m, height, width, channels)` is one row of values."""
    return shape[1] == shape[2] == 1


_TINTS: tuple[Colouring, ...] = ("red", "green", "blue")


def _colouring(low: float) -> Colouring:
    return "signed" if low < 0 else "sequential"


@lru_cache(maxsize=10)
def _input(operation: Operation, k: int, i: int, channel: int | None) -> tuple[Array, float, float]:
    example = operation.inputs[k][i]
    if is_flat(operation.A_prev.shape):
        return _ranged(example[0])
    return _ranged(example if channel is None else example[:, :, channel])


@dataclass(frozen=True)
class _Whole:
    """A layer's whole output as part of a cache's key: it follows from the operation."""

    operation: Operation
    values: Array = field(compare=False)


@lru_cache(maxsize=10)
def _output(whole: _Whole, i: int, c: int | None) -> tuple[Array, float, float]:
    Z = whole.values.reshape(whole.operation.geometry.shape)[i]
    return _ranged(Z[0] if c is None else np.ascontiguousarray(Z[:, :, c]))


def _ranged(values: Array) -> tuple[Array, float, float]:
    finite = values[np.isfinite(values)]
    return (values, float(finite.min()), float(finite.max())) if finite.size else (values, 0.0, 0.0)


@lru_cache(maxsize=10)
def _unreached(axis: Axis) -> tuple[int, ...]:
    return tuple(axis.unreached())


def known(frame: Frame) -> Mask:
    """Return which neurons of the current feature map, or of the row that there is, have their value already."""
    step = frame.step
    assert step is not None
    i, _, _, c = step.index
    _, n_H, n_W, n_C = shape = step.operation.geometry.shape
    if is_flat(shape):
        done, size = step.number - i * n_C + 1, (1, n_C)
    else:
        done, size = (step.number - c) // n_C + 1 - i * n_H * n_W, (n_H, n_W)
    mask = np.zeros(size, np.bool_)
    mask.reshape(-1)[: max(0, done)] = True
    return mask


def changed(before: Frame, after: Frame) -> Mask | None:
    """Return which neurons of the current feature map have another value than before; None where that says nothing."""
    if before.step is None or after.step is None or before.layer != after.layer:
        return None
    i, _, _, c = after.index
    old = before.step.values.reshape(before.step.operation.geometry.shape)
    new = after.step.values.reshape(after.step.operation.geometry.shape)
    if is_flat(new.shape) or i >= len(old) or c >= old.shape[3]:
        return None
    height, width = (min(a, b) for a, b in zip(old.shape[1:3], new.shape[1:3], strict=True))
    mask = np.ones(new.shape[1:3], np.bool_)
    mask[:height, :width] = new[i, :height, :width, c] != old[i, :height, :width, c]
    return mask
