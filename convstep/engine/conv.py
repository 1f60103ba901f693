"""Convolution: cross-correlation of an input with filters, as in TensorFlow and the course's `conv_forward`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from convstep.engine.geometry import Axis, Geometry, Index, Pair, Sliding, as_integer, check_mode, index_of
from convstep.engine.pad import padded_copy
from convstep.engine.patches import Patches, buffer_sizes, partition
from convstep.engine.steps import Array, Operation, Step, as_floats, as_input, evaluate, sliding, walk
from convstep.errors import ShapeError


class Conv(Operation):
    """A convolution of one input.

    Args:
        A_prev: `(m, n_H_prev, n_W_prev, n_C_prev)`.
        W: Filters, `(f_h, f_w, n_C_prev / groups, n_C)`.
        b: Biases, n_C of them in any shape; None for none.
        window: How the filters slide.
        groups: How many groups the channels are split into.
        padding_mode: How padding is filled: zero, reflect or edge.
        keep: Whether steps are shown later, so that arrays that may still change are copied.

    Raises:
        ShapeError: The shapes don't fit together.
        GeometryError: The filter is larger than the padded input, or padding reflects more than the input has.
    """

    def __init__(
        self,
        A_prev: Any,
        W: Any,
        b: Any,
        window: Sliding,
        groups: int = 1,
        padding_mode: str = "zero",
        *,
        keep: bool = True,
    ) -> None:
        self.A_prev = as_input(A_prev, keep)
        self.W = as_floats(W, "W", self.dtype, keep=keep)
        m, n_H_prev, n_W_prev, n_C_prev = self.A_prev.shape
        n_C = self.W.shape[-1]
        if n_C_prev % groups or n_C % groups:
            raise ShapeError(
                f"{n_C_prev} channels and {n_C} filters can't be split into {groups} groups", where="groups"
            )
        if self.W.shape[2] * groups != n_C_prev:
            per_group = f" ({n_C_prev} in {groups} groups)" if groups > 1 else ""
            raise ShapeError(
                f"each filter has {self.W.shape[2]} channels, but {n_C_prev // groups} arrive{per_group}",
                where="W",
                hint=channels_first(self.A_prev.shape, self.W.shape) or "W is (f_h, f_w, n_C_prev / groups, n_C)",
            )
        self.groups = groups
        self.b = None if b is None else as_floats(b, "b", self.dtype, keep=keep).reshape(-1)
        if self.b is not None and self.b.size != n_C:
            hint = channels_first(self.A_prev.shape, self.W.shape) if self.b.size == self.W.shape[0] else ""
            raise ShapeError(f"expected a bias for each of {n_C} filters, got {self.b.size}", where="b", hint=hint)
        rows, cols = window.over(n_H_prev, n_W_prev, check_mode(padding_mode, "padding_mode"))
        self.geometry = Geometry(m, rows, cols, n_C)

    def window(self, index: Index) -> tuple[range, range, range]:
        rows, cols, _ = super().window(index)
        channels = self.W.shape[2]
        first = index[3] // (self.geometry.n_C // self.groups) * channels
        return rows, cols, range(first, first + channels)

    def filter(self, index: Index) -> Array:
        return self.W[:, :, :, index[3]]

    def bias(self, index: Index) -> Any:
        return self.dtype.type(0) if self.b is None else self.b[index[3]]

    def _block(self, n_H: int, n_W: int) -> Pair:
        """Return the height and width of a block of an output of `n_H` by `n_W`."""
        f_h, f_w, channels, _ = self.W.shape
        return partition(n_H, n_W, f_h * f_w * channels + 1)

    def ends(self) -> Iterator[int]:
        m, n_H, n_W, n_C = self.geometry.shape
        height, width = self._block(n_H, n_W)
        for i, h, w in product(range(m), range(0, n_H, height), range(0, n_W, width)):
            positions = min(height, n_H - h) * min(width, n_W - w)
            yield ((i * n_H + h) * n_W + w + positions) * n_C

    def computer(self, Z: Array) -> Callable[[int, int], None]:
        _, n_H, n_W, n_C = Z.shape
        f_h, f_w, channels, _ = self.W.shape
        taps, per_group = f_h * f_w * channels, n_C // self.groups
        wide = self.dtype if self.dtype.itemsize > 2 else np.dtype(np.float32)  # of float16, sums are rounded once
        weights = np.zeros((self.groups, taps + 1, per_group), wide)
        weights[:, :taps] = self.W.reshape(taps, self.groups, per_group).swapaxes(0, 1)
        if self.b is not None:
            weights[:, taps] = self.b.reshape(self.groups, per_group)
        height, width = self._block(n_H, n_W)
        axes = self.geometry.rows, self.geometry.cols
        mode = axes[0].mode
        if mode != "zero":
            axes = axes[0].pre_padded(), axes[1].pre_padded()
        patches = Patches(self.A_prev.shape[3], wide, axes, channels, height, width)
        positions = Z.reshape(-1, n_C)
        padded: dict[int, Array] = {}  # the example at work

        def compute(first: int, end: int) -> None:
            i, h, w, _ = index_of(first, Z.shape)
            if mode != "zero" and i not in padded:
                padded.clear()  # so that no two examples' copies are held at a time
                padded[i] = padded_copy(self.A_prev[i], self.geometry.padding, mode)
            patches.load(padded.get(i, self.A_prev[i]), h, w)
            rows, cols = min(height, n_H - h), min(width, n_W - w)
            block = positions[first // n_C : end // n_C]
            for g in range(self.groups):
                part = block[:, g * per_group : (g + 1) * per_group]
                np.matmul(patches.matrix(g, rows, cols), weights[g], out=part, casting="same_kind")

        return compute


def conv_workspace(axes: tuple[Axis, Axis], n_C_prev: int, n_C: int, groups: int) -> int:
    """Return how many array elements a convolution needs as workspace, beside its input, weights and output.

    Args:
        axes: The windows along rows and columns.
        n_C_prev: Number of channels of the input.
        n_C: Number of filters.
        groups: How many groups the channels are split into.
    """
    rows, cols = axes
    channels = n_C_prev // groups
    weights = rows.kernel * cols.kernel * channels + 1
    block = partition(rows.output, cols.output, weights)
    copy = 0 if rows.mode == "zero" else rows.padded * cols.padded * n_C_prev
    return weights * n_C + copy + sum(buffer_sizes(axes, n_C_prev, channels, *block))


def channels_first(A_prev: tuple[int, ...], W: tuple[int, ...]) -> str:
    """Return a hint if input and filters have their channels first, as in PyTorch and CS231n; else ""."""
    if len(A_prev) != 4 or len(W) != 4 or A_prev[1] != W[1]:
        return ""
    return (
        "These look like channels first, x (N, C, H, W) and w (F, C, HH, WW). Here channels are last: "
        "conv_forward(x.transpose(0, 2, 3, 1), w.transpose(2, 3, 1, 0), b, hparameters)"
    )


def conv_forward(
    A_prev: Any, W: Any, b: Any, hparameters: Mapping[str, Any], start: int = 0
) -> Generator[Step, None, Array]:
    """Step through a convolution, one window at a time, in the order of the loops i, h, w, c.

    Args:
        A_prev: Input, `(m, n_H_prev, n_W_prev, n_C_prev)`; integers become float64.
        W: Filters, `(f_h, f_w, n_C_prev / groups, n_C)`.
        b: Biases, `(1, 1, 1, n_C)` or `(n_C,)`; None for none.
        hparameters: `stride`, an int or (h, w), default 1; `pad`, an int, ((top, bottom), (left, right)), "same",
            "same_lower", "causal", "full" or "valid", default 0; `padding_mode`, "zero" (the default), "reflect" or
            "edge"; `dilation`, an int or (h, w); `groups`, an int.
        start: The first step's number.

    Yields:
        A `Step` for every window.

    Returns:
        The whole output, `(m, n_H, n_W, n_C)`, in the input's dtype, read-only.

    Raises:
        ShapeError: The shapes don't fit together.
        GeometryError: The filter is larger than the padded input, or padding reflects more than the input has.
        ArgumentError: An unknown hyperparameter, or a value out of range.
    """
    return walk(_conv(A_prev, W, b, hparameters), start)


def conv2d(A_prev: Any, W: Any, b: Any, hparameters: Mapping[str, Any]) -> Array:
    """Return a convolution's whole output at once: bit for bit what `conv_forward` returns.

    Args and errors are those of `conv_forward`.
    """
    return evaluate(_conv(A_prev, W, b, hparameters, keep=False))


def _conv(A_prev: Any, W: Any, b: Any, hparameters: Mapping[str, Any], *, keep: bool = True) -> Conv:
    shape = np.shape(W)
    if len(shape) != 4 or 0 in shape:
        raise ShapeError(f"expected shape (f_h, f_w, channels, filters), none of them 0, got {shape}", where="W")
    window = sliding(hparameters, kernel=shape[:2], extra=("groups", "padding_mode"))
    groups, padding_mode = as_integer(hparameters.get("groups", 1), "groups"), hparameters.get("padding_mode", "zero")
    return Conv(A_prev, W, b, window, groups, padding_mode, keep=keep)
