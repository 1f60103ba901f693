"""TensorFlow: a function of the input, in `tf.nn`."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

from convstep.answers.emit.framework import (
    SPREAD,
    Framework,
    cut,
    keeps_same,
    sees_nothing,
    stamped,
    unpadded,
    views,
)
from convstep.answers.emit.source import arguments, either, pair, real, unless
from convstep.engine.geometry import Axis, Pair
from convstep.engine.transpose import TransposedAxis
from convstep.layers import Shape
from convstep.layers.writer import Window


class TensorFlow(Framework):
    """Writes layers in TensorFlow."""

    title = "TensorFlow"
    mathematics: ClassVar[dict[str, str]] = {
        "exp": "tf.exp",
        "tanh": "tf.tanh",
        "erf": "tf.math.erf",
        "where": "tf.where",
        "clip": "tf.clip_by_value",
    }
    reserved = ("tf",)
    helpers: ClassVar[dict[str, str]] = {"spread": SPREAD}
    imports = ("import tensorflow as tf",)

    def running(self, shape: Shape, output: Shape) -> list[str]:
        return ['y = net(tf.constant(p["input"]), p).numpy()']

    # Layers with weights

    def conv(self, window: Window, filters: int, groups: int, *, biased: bool) -> None:
        self._convolution(window, self.weights(), biased=biased)

    def depthwise_conv(self, window: Window, multiplier: int, *, biased: bool) -> None:
        axes = self.along(*window[:2])
        strides, dilations = ([getattr(axis, name) for axis in axes] for name in ("stride", "dilation"))
        if self.rank == 2 and strides[0] == strides[1] and (strides[0] == 1 or set(dilations) == {1}):
            padding = self._padding(window, axes)
            call = arguments(
                self.x,
                self.array("weights"),
                strides=pair((1, *strides, 1)),
                padding=padding,
                dilations=pair(dilations) if set(dilations) != {1} else None,
            )
            self.set(f"tf.nn.depthwise_conv2d({call}){self.plus_bias(biased)}")
            return
        shape = ", ".join(map(str, (*(axis.kernel for axis in axes), 1, self.channels * multiplier)))
        self.note("depthwise: a convolution in as many groups as there are channels")
        self._convolution(window, f"{self.array('weights')}.reshape({shape})", biased=biased)

    def _convolution(self, window: Window, weights: str, *, biased: bool) -> None:
        axes = self.along(*window[:2])
        dilations = [axis.dilation for axis in axes]
        padding = self._padding(window, axes)
        call = arguments(
            self.x,
            weights,
            either([axis.stride for axis in axes]),
            padding,
            dilations=unless(dilations, 1),
        )
        self.set(f"tf.nn.conv{self.rank}d({call}){self.plus_bias(biased)}")

    def _padding(self, window: Window, axes: Sequence[Axis]) -> str:
        """Return the padding argument of a convolution, after padding the input if it can't be one."""
        if axes[0].mode == "zero":
            if self.is_same(window):
                return '"SAME"'
            if not any(axis.before or axis.after for axis in axes):
                return '"VALID"'
            if self.rank == 2:
                return _ends([(axis.before, axis.after) for axis in axes])
        self._pad(axes)
        return '"VALID"'

    def _pad(self, axes: Sequence[Axis]) -> None:
        if axes[0].mode == "edge":
            for number, axis in enumerate(axes, 1):
                if axis.before or axis.after:
                    self.first(
                        f"tf.gather({self.x}, {self.copied(axis)}, axis={number})",
                        "tf.pad can't repeat the border" if number == 1 else "",
                    )
            return
        mode = '"REFLECT"' if axes[0].mode == "reflect" else None
        self.first(f"tf.pad({arguments(self.x, _ends([(axis.before, axis.after) for axis in axes]), mode=mode)})")

    def conv_transpose(
        self, rows: TransposedAxis, cols: TransposedAxis, filters: int, groups: int, *, biased: bool
    ) -> None:
        axes = self.along(rows, cols)
        same = all(keeps_same(axis) for axis in axes)
        stamps = stamped(axes, [axis.stride - 1 for axis in axes])
        weights, x, padding = self.weights(), self.x, '"SAME"' if same else '"VALID"'
        if any(axis.dilation > 1 for axis in axes):
            self.used.add("spread")
            self.note("a transposed convolution can't be dilated here, so its kernel has zeros in its gaps")
            dilation = pair((rows.dilation, cols.dilation))
            spread = f"spread({self.array('weights')}, {dilation})"
            weights = spread + ("[:, 0]" if self.rank == 1 else "")
        if any(stamps.grown):
            self.first(f"tf.pad({x}, {_ends([(0, grown) for grown in stamps.grown])})")
            x = self.x
        lengths = [
            axis.output if same else axis.output + sum(ends) for axis, ends in zip(axes, stamps.cut, strict=True)
        ]
        options = {
            "strides": either([axis.stride for axis in axes]),
            "padding": padding,
        }

        def stamp(x: str, weights: str, filters: int) -> str:
            shape = pair((f"{self.x}.shape[0]", *lengths, filters))
            return f"tf.nn.conv{self.rank}d_transpose({arguments(x, weights, shape, **options)})"

        if groups == 1:
            whole = stamp(x, weights, filters)
        else:
            split = f"zip(tf.split({x}, {groups}, axis=-1), np.split({weights}, {groups}, axis=-1))"
            self.lines.append(f"split = {split}")
            whole = f"tf.concat([{stamp('a', 'W', filters // groups)} for a, W in split], axis=-1)"
        trimmed = "" if same else cut(stamps.cut)
        self.set(f"{whole}{trimmed}{self.plus_bias(biased)}")

    def batch_norm(self, epsilon: float) -> None:
        arrays = [self.array(name) for name in ("mean", "variance", "beta", "gamma")]
        self.set(f"tf.nn.batch_normalization({arguments(self.x, *arrays, real(epsilon))})")

    def prelu(self) -> None:
        self.set(f"tf.where({self.x} < 0, {self.array('alpha')} * {self.x}, {self.x})")

    # Pools

    def padded(self, x: str, amounts: Sequence[Pair], value: int | None) -> str:
        filled = "-np.inf" if value is None else value or None
        return f"tf.pad({arguments(x, _ends(amounts), constant_values=filled)})" if any(map(any, amounts)) else x

    def largest(self, x: str, axes: Sequence[Axis]) -> str:
        if any(axis.dilation > 1 for axis in axes) or sees_nothing(axes):  # else -inf becomes a large number
            return f"tf.reduce_max({views(x, axes)}, axis=0)"
        return self._pool("max_pool", x, axes, '"VALID"')

    def mean(self, x: str, axes: Sequence[Axis]) -> str:
        if any(axis.dilation > 1 for axis in axes):
            return f"tf.reduce_mean({views(x, axes)}, axis=0)"
        return self._pool("avg_pool", x, axes, '"VALID"')

    def ones(self, x: str) -> str:
        return f"tf.ones_like({x})"

    def native_max(self, window: Window, axes: Sequence[Axis]) -> str | None:
        if self.is_same(window) and all(axis.dilation == 1 for axis in axes):
            return self._pool("max_pool", self.x, axes, '"SAME"')
        return None

    def native_mean(self, window: Window, axes: Sequence[Axis], *, count_padding: bool) -> str | None:
        if self.is_same(window) and not count_padding and all(axis.dilation == 1 for axis in axes):
            return self._pool("avg_pool", self.x, axes, '"SAME"')
        return None

    def _pool(self, name: str, x: str, axes: Sequence[Axis], padding: str) -> str:
        sizes = (either([axis.kernel for axis in axes]), either([axis.stride for axis in axes]))
        return f"tf.nn.{name}{self.rank}d({arguments(x, *sizes, padding)})"

    def over_all(self, function: str) -> str:
        return f"tf.reduce_{function}({self.x}, axis={'(1, 2)' if self.rank == 2 else 1})"

    # Layers that move values

    def flatten(self) -> None:
        self.set(f"tf.reshape({self.x}, (-1, {prod(self.place.shape)}))")

    def pad(self, rows: Axis, cols: Axis) -> None:
        axes = self.along(rows, cols)
        if unpadded(axes):
            self.unchanged()
            return
        self._pad(axes)
        self.unchanged()

    def crop(self, rows: TransposedAxis, cols: TransposedAxis) -> None:
        self.set(f"{self.x}[:, {self.kept(rows, cols)}]")

    def upsample(self, scale: Pair) -> None:
        code = self.x
        for axis, by in enumerate(scale[: self.rank], 1):
            code = f"tf.repeat({code}, {by}, axis={axis})" if by > 1 else code
        self.set(code) if code != self.x else self.unchanged()

    def concat(self) -> None:
        self.set(f"tf.concat([{', '.join(self.place.inputs)}], axis=-1)")

    # Functions of a value

    def relu(self) -> None:
        self.set(f"tf.nn.relu({self.x})")

    def leaky_relu(self, alpha: float) -> None:
        self.set(f"tf.nn.leaky_relu({self.x}, alpha={real(alpha)})")

    def clip(self, low: float, high: float) -> None:
        self.set(f"tf.clip_by_value({self.x}, {real(low)}, {real(high)})")

    def sigmoid(self) -> None:
        self.set(f"tf.sigmoid({self.x})")

    def tanh(self) -> None:
        self.set(f"tf.tanh({self.x})")

    def log_softmax(self) -> None:
        self.set(f"tf.nn.log_softmax({self.x})")

    def softmax(self) -> None:
        self.set(f"tf.nn.softmax({self.x})")


def _ends(amounts: Sequence[Pair]) -> str:
    """Return how much is added before and after every axis."""
    return str([[0, 0], *map(list, amounts), [0, 0]])


FRAMEWORK = TensorFlow
