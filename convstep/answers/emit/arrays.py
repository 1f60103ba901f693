"""Code in arrays: what NumPy and JAX's twin of it write alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from convstep.answers.emit.framework import Framework
from convstep.answers.emit.source import arguments, pair, real
from convstep.engine.geometry import Axis, Pair
from convstep.engine.transpose import TransposedAxis

MODES = {"zero": None, "reflect": '"reflect"', "edge": '"edge"'}


BATCH_NORM = '''
def batch_norm(x, gamma, beta, mean, variance, epsilon):
    """Shift and scale each channel."""
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta
'''


class Arrays(Framework):
    """Writes layers in array operations, channels last."""

    library: ClassVar[str]
    """The name of the library of arrays in the code."""

    def _pad(self, axes: Sequence[Axis]) -> str:
        """Return the code that adds the padding of some axes to the input."""
        ends = pair(["(0, 0)", *((axis.before, axis.after) for axis in axes), "(0, 0)"])
        return f"{self.library}.pad({arguments(self.x, ends, mode=MODES[axes[0].mode])})"

    def batch_norm(self, epsilon: float) -> None:
        self.used.add("batch_norm")
        arrays = [self.array(name) for name in ("gamma", "beta", "mean", "variance")]
        self.set(f"batch_norm({arguments(self.x, *arrays, real(epsilon))})")

    def prelu(self) -> None:
        self.set(f"{self.library}.where({self.x} < 0, {self.array('alpha')} * {self.x}, {self.x})")

    def padded(self, x: str, amounts: Sequence[Pair], value: int | None) -> str:
        if not any(map(any, amounts)):
            return x
        ends = pair(["(0, 0)", *map(pair, amounts), "(0, 0)"])
        constant = f"-{self.library}.inf" if value is None else value or None
        return f"{self.library}.pad({arguments(x, ends, constant_values=constant)})"

    def ones(self, x: str) -> str:
        return f"{self.library}.ones_like({x})"

    def over_all(self, function: str) -> str:
        return f"{self.x}.{function}(axis={'(1, 2)' if self.rank == 2 else 1})"

    def pad(self, rows: Axis, cols: Axis) -> None:
        self.set(self._pad(self.along(rows, cols)))

    def crop(self, rows: TransposedAxis, cols: TransposedAxis) -> None:
        self.set(f"{self.x}[:, {self.kept(rows, cols)}]")

    def upsample(self, scale: Pair) -> None:
        repeats = "".join(f".repeat({by}, axis={axis})" for axis, by in enumerate(scale, 1) if by > 1)
        self.set(f"{self.x}{repeats}") if repeats else self.unchanged()

    def concat(self) -> None:
        self.set(f"{self.library}.concatenate([{', '.join(self.place.inputs)}], axis=-1)")

    def clip(self, low: float, high: float) -> None:
        self.set(f"{self.library}.clip({self.x}, {real(low)}, {real(high)})")

    def tanh(self) -> None:
        self.set(f"{self.library}.tanh({self.x})")
