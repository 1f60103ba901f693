"""Marks: the neurons that see a value of the input, and bookmarks to come back to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convstep.debugger.frame import Frame
from convstep.errors import VerbError, nearest

if TYPE_CHECKING:
    from convstep.answers.seen import Marked
    from convstep.debugger.run import Run

Mask = NDArray[np.bool_]
HERE = "here"
"""The bookmark of those who give none a name."""
MOST = 1000
"""The most bookmarks."""


class Pixel(NamedTuple):
    """A marked value of a layer's input.

    Attributes:
        neurons: Which neurons of the layer see it, `(n_H, n_W)`.
        layer: The layer that it is a value of; "" for a place in the padding.
        place: Where it is there: (row, column), or (place,).
        said: How many neurons see it, in this layer and in later ones.
    """

    neurons: Mask
    layer: str
    place: tuple[int, ...]
    said: str


def mark_pixel(frame: Frame, row: int, col: int) -> Pixel:
    """Return which neurons see a value of the current layer's input.

    Args:
        frame: The frame.
        row: The value's row; may lie in padding.
        col: Its column.

    Raises:
        VerbError: There is no such value, or the layer does not slide over rows and columns.
    """
    from convstep.answers.seen import seen_by

    neurons = neurons_seeing(frame, row, col)
    said = f"{neurons.sum():,} neurons of each map see row {row}, column {col}"
    assert frame.step is not None
    source = frame.stage.sources[frame.step.operation.input_of(frame.step.index, frame.cursor.tap or 0)]
    shape = frame.network.shape_of(source)
    place = (row, col)[: len(shape) - 1]
    if not all(0 <= at < size for at, size in zip(place, shape, strict=False)):
        return Pixel(neurons, "", place, said)
    later = [each for each in seen_by(frame.network, source, place) if each.layer != frame.layer]
    return Pixel(neurons, source, place, f"{said}; later {later_counts(later)}" if later else said)


def neurons_seeing(frame: Frame, row: int, col: int) -> Mask:
    """Return a mask `(n_H, n_W)` of the neurons whose windows contain a value of the layer's input.

    Args:
        frame: The frame.
        row: The value's row; may lie in padding.
        col: Its column.

    Raises:
        VerbError: There is no such value, or the layer does not slide over rows and columns.
    """
    step = frame.step
    slides = step is not None and step.operation.geometry.rows.size == step.operation.A_prev.shape[1]
    if step is None or not slides or step.operation.A_prev.shape[1:3] == (1, 1):
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


def later_counts(layers: Sequence[Marked]) -> str:
    """Return how many places of each layer are marked, equal neighbours together: pool1 to relu2 2, fc 6."""
    groups: list[tuple[str, str, int]] = []
    for each in layers:
        if groups and groups[-1][2] == each.count:
            groups[-1] = (groups[-1][0], each.layer, each.count)
        else:
            groups.append((each.layer, each.layer, each.count))
    return ", ".join(f"{first} {n:,}" if first == last else f"{first} to {last} {n:,}" for first, last, n in groups)


def set_bookmark(run: Run, name: str) -> str:
    """Keep the net and the place under a name; return a message.

    Raises:
        VerbError: There are too many.
    """
    if name not in run.bookmarks and len(run.bookmarks) >= MOST:
        raise VerbError(f"there are {MOST:,} bookmarks, that is enough", where="mark")
    run.bookmarks.pop(name, None)
    run.bookmarks[name] = run.state
    return f"marked: back to {name} returns here"


def go_to_bookmark(run: Run, name: str) -> str:
    """Return to the net and the place of a bookmark, by default of the last; return a message, often "".

    Raises:
        VerbError: There is none of that name.
    """
    known: dict[str, Any] = run.bookmarks
    if not known:
        raise VerbError("there is no mark to go back to", where="back", hint="mark NAME sets one")
    name = name or next(reversed(known))
    if name not in known:
        raise VerbError(
            f"there is no mark '{name}'", where="back", hint=nearest(name, known) or f"There are {', '.join(known)}"
        )
    run.restore(known[name])
    return ""
