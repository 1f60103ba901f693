"""JAX: a function of the input, in `jax.lax` and `jax.numpy`."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

from convstep.answers.emit.arrays import BATCH_NORM, Arrays
from convstep.answers.emit.source import arguments, pair, real
from convstep.engine.geometry import Axis
from convstep.engine.transpose import TransposedAxis
from convstep.layers import Shape
from convstep.layers.writer import Window

DIMENSIONS = {2: '("NHWC", "HWIO", "NHWC")', 1: '("NWC", "WIO", "NWC")'}


class Jax(Arrays):
    """Writes layers in JAX."""

    title = "JAX"
    library = "jnp"
    mathematics: ClassVar[dict[str, str]] = {
        "exp": "jnp.exp",
        "tanh": "jnp.tanh",
        "erf": "jax.lax.erf",
        "where": "jnp.where",
        "clip": "jnp.clip",
    }
    reserved = ("jax", "jnp", "lax", "W")
    helpers: ClassVar[dict[str, str]] = {"batch_norm": BATCH_NORM.replace("np.", "jnp.")}
    imports = ("import jax", "import jax.numpy as jnp", "from jax import lax")

    def running(self, shape: Shape, output: Shape) -> list[str]:
        wide = (
            ['jax.config.update("jax_enable_x64", True)  # else JAX makes float32 of it']
            if self.dtype == "float64"
            else []
        )
        return [*wide, 'y = np.asarray(jax.jit(net)(p["input"], p))']

    # Layers with weights

    def conv(self, window: Window, filters: int, groups: int, *, biased: bool) -> None:
        self._convolution(window, self.weights(), groups, biased=biased)

    def depthwise_conv(self, window: Window, multiplier: int, *, biased: bool) -> None:
        kernel = [axis.kernel for axis in self.along(*window[:2])]
        shape = ", ".join(map(str, (*kernel, 1, self.channels * multiplier)))
        self._convolution(window, f"{self.array('weights')}.reshape({shape})", self.channels, biased=biased)

    def _convolution(self, window: Window, weights: str, groups: int, *, biased: bool) -> None:
        axes = self.along(*window[:2])
        padding = '"VALID"'
        if axes[0].mode != "zero":
            self.first(self._pad(axes))
        elif self.is_same(window):
            padding = '"SAME"'
        elif any(axis.before or axis.after for axis in axes):
            padding = _ends(axes)
        dilations = [axis.dilation for axis in axes]
        call = arguments(
            self.x,
            weights,
            window_strides=pair(axis.stride for axis in axes),
            padding=padding,
            rhs_dilation=pair(dilations) if set(dilations) != {1} else None,
            dimension_numbers=DIMENSIONS[self.rank],
            feature_group_count=groups if groups > 1 else None,
        )
        self.set(f"lax.conv_general_dilated({call}){self.plus_bias(biased)}")

    def conv_transpose(
        self, rows: TransposedAxis, cols: TransposedAxis, filters: int, groups: int, *, biased: bool
    ) -> None:
        axes = self.along(rows, cols)
        flip = "[::-1, ::-1]" if self.rank == 2 else "[::-1]"
        weights = f"{self.weights()}{flip}.swapaxes(-1, -2)"
        if groups > 1:
            parts = f"jnp.split({self.weights()}, {groups}, axis=-1)"
            weights = f"jnp.concatenate({parts}, axis=-2){flip}.swapaxes(-1, -2)"
        self.note("stamps are a convolution of the input with gaps between its values, and the kernel turned around")
        ends = pair(pair((axis.extent - 1 - axis.before, axis.extent - 1 - axis.after)) for axis in axes)
        dilations = [axis.dilation for axis in axes]
        self.lines.append(f"W = {weights}")
        call = arguments(
            self.x,
            "W",
            window_strides=pair("1" for _ in axes),
            padding=ends,
            lhs_dilation=pair(axis.stride for axis in axes),
            rhs_dilation=pair(dilations) if set(dilations) != {1} else None,
            dimension_numbers=DIMENSIONS[self.rank],
            feature_group_count=groups if groups > 1 else None,
        )
        self.set(f"lax.conv_general_dilated({call}){self.plus_bias(biased)}")

    # Pools

    def largest(self, x: str, axes: Sequence[Axis]) -> str:
        return self._window(x, axes, "-jnp.inf", "lax.max", '"VALID"')

    def mean(self, x: str, axes: Sequence[Axis]) -> str:
        total = self._window(x, axes, "0.0", "lax.add", '"VALID"')
        return f"{total} / {prod(axis.kernel for axis in axes)}"

    def native_max(self, window: Window, axes: Sequence[Axis]) -> str | None:
        if self.is_same(window):
            return self._window(self.x, axes, "-jnp.inf", "lax.max", '"SAME"')
        return None

    def _window(self, x: str, axes: Sequence[Axis], start: str, function: str, padding: str) -> str:
        dilations = [axis.dilation for axis in axes]
        around = ("1", "1")
        call = arguments(
            x,
            start,
            function,
            pair((around[0], *(axis.kernel for axis in axes), around[1])),
            pair((around[0], *(axis.stride for axis in axes), around[1])),
            padding,
            window_dilation=pair((around[0], *dilations, around[1])) if set(dilations) != {1} else None,
        )
        return f"lax.reduce_window({call})"

    # Layers that move values

    def flatten(self) -> None:
        self.set(f"{self.x}.reshape({self.x}.shape[0], -1)")

    # Functions of a value

    def relu(self) -> None:
        self.set(f"jax.nn.relu({self.x})")

    def leaky_relu(self, alpha: float) -> None:
        self.set(f"jax.nn.leaky_relu({self.x}, negative_slope={real(alpha)})")

    def sigmoid(self) -> None:
        self.set(f"jax.nn.sigmoid({self.x})")

    def log_softmax(self) -> None:
        self.set(f"jax.nn.log_softmax({self.x})")

    def softmax(self) -> None:
        self.set(f"jax.nn.softmax({self.x})")


def _ends(axes: Sequence[Axis]) -> str:
    """Return padding before and after each axis."""
    return pair((axis.before, axis.after) for axis in axes)


FRAMEWORK = Jax
