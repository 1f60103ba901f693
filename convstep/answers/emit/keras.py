"""Keras: a functional model, whose layers have convstep's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from convstep.answers.emit.framework import SPREAD, Framework, cut, keeps_same, sees_nothing, stamped, views
from convstep.answers.emit.source import arguments, either, indented, pair, real, unless
from convstep.engine.geometry import Axis, Pair
from convstep.engine.transpose import TransposedAxis
from convstep.layers import Shape
from convstep.layers.writer import Window


class Keras(Framework):
    """Writes layers in Keras."""

    title = "Keras"
    mathematics: ClassVar[dict[str, str]] = {
        "exp": "ops.exp",
        "tanh": "ops.tanh",
        "erf": "ops.erf",
        "where": "ops.where",
        "clip": "ops.clip",
    }
    reserved = ("keras", "layers", "ops", "model")
    helpers: ClassVar[dict[str, str]] = {"spread": SPREAD}
    imports = ("import keras", "from keras import layers, ops")

    def __init__(self) -> None:
        super().__init__()
        self.state: dict[str, list[str]] = {}

    def definition(self, shape: Shape, entry: str, result: str) -> list[str]:
        wide = ['keras.config.set_floatx("float64")', ""] if self.dtype == "float64" else []
        names = "inputs" if entry == "inputs" else f"{entry} = inputs"
        return [
            *wide,
            f"{names} = keras.Input({pair(shape)})",
            *indented(self.lines, 0),
            f"model = keras.Model(inputs, {result})",
        ]

    def running(self, shape: Shape, output: Shape) -> list[str]:
        weights = [
            f'model.get_layer("{name}").set_weights([{", ".join(arrays)}])' for name, arrays in self.state.items()
        ]
        return [*weights, 'y = ops.convert_to_numpy(model(p["input"]))']

    def layer(self, kind: str, *positional: object, arrays: Sequence[str] = (), **named: object) -> None:
        """Set the output to that of a layer, with its arrays."""
        self.set(self.made(self.place.name, kind, self.x, *positional, arrays=arrays, **named))

    def made(
        self, name: str, kind: str, x: str, *positional: object, arrays: Sequence[str] = (), **named: object
    ) -> str:
        """Return the code for a layer and its output."""
        if arrays:
            self.state[name] = list(arrays)
        called = f'"{name}"' if arrays and not self.alone else None
        return f"layers.{kind}({arguments(*positional, **named, name=called)})({x})"

    # Layers with weights

    def arrays_of(self, weights: str, biased: bool) -> list[str]:
        """Return the code for weights and bias."""
        return [weights, self.array("bias")] if biased else [weights]

    def conv(self, window: Window, filters: int, groups: int, *, biased: bool) -> None:
        self._convolution("Conv", window, self.weights(), filters, groups=groups if groups > 1 else None, biased=biased)

    def depthwise_conv(self, window: Window, multiplier: int, *, biased: bool) -> None:
        options = {"depth_multiplier": multiplier if multiplier > 1 else None}
        self._convolution("DepthwiseConv", window, self.weights(), biased=biased, **options)

    def _convolution(
        self, name: str, window: Window, weights: str, *positional: object, biased: bool, **named: object
    ) -> None:
        axes = self.along(*window[:2])
        strides, dilations = ([getattr(axis, name) for axis in axes] for name in ("stride", "dilation"))
        dilated = set(dilations) != {1}
        uneven = len(set(strides)) > 1 and name == "DepthwiseConv"
        skipping = set(strides) != {1} and (dilated or uneven)
        padding = None
        if axes[0].mode != "zero":
            self._pad(axes)
        elif window.word == "CAUSAL" and self.rank == 1 and name == "Conv":
            padding = '"causal"'
        elif self.is_same(window) and not skipping:
            padding = '"same"'
        elif any(axis.before or axis.after for axis in axes):
            self._pad(axes, self.odd(axes, window.word))
        self.layer(
            f"{name}{self.rank}D",
            *positional,
            either([axis.kernel for axis in axes]),
            strides=None if skipping else unless(strides, 1),
            padding=padding,
            dilation_rate=unless(dilations, 1),
            use_bias=None if biased else False,
            arrays=self.arrays_of(weights, biased),
            **named,
        )
        if skipping:
            self.note(f"Keras takes no {'stride with a dilation' if dilated else 'uneven strides here'}: skip places")
            steps = ", ".join(f"::{stride}" if stride > 1 else ":" for stride in strides)
            self.lines.append(f"{self.place.target} = {self.place.target}[:, {steps}]")

    def _pad(self, axes: Sequence[Axis], comment: str = "") -> None:
        amounts = [(axis.before, axis.after) for axis in axes]
        match axes[0].mode:
            case "edge":
                for number, axis in enumerate(axes, 1):
                    if axis.before or axis.after:
                        self.first(f"ops.take({self.x}, {self.copied(axis)}, axis={number})")
            case "reflect":
                ends = pair(["(0, 0)", *map(pair, amounts), "(0, 0)"])
                self.first(f'ops.pad({self.x}, {ends}, mode="reflect")')
            case _:
                ends = pair(map(pair, amounts)) if self.rank == 2 else pair(amounts[0])
                self.first(f"layers.ZeroPadding{self.rank}D({ends})({self.x})", comment)

    def conv_transpose(
        self, rows: TransposedAxis, cols: TransposedAxis, filters: int, groups: int, *, biased: bool
    ) -> None:
        axes = self.along(rows, cols)
        same = all(keeps_same(axis) for axis in axes)
        least = [max(axis.stride - axis.extent, 0) for axis in axes]
        stamps = stamped(axes, least, least)
        weights = self.array("weights")
        if any(axis.dilation > 1 for axis in axes):
            self.used.add("spread")
            self.note("a transposed convolution can't be dilated on a CPU, so its kernel has zeros in its gaps")
            weights = f"spread({weights}, {pair((rows.dilation, cols.dilation))})"
        weights += "[:, 0]" if self.rank == 1 else ""
        if any(stamps.grown) and not same:
            ends = [(0, grown) for grown in stamps.grown]
            code = pair(map(pair, ends)) if self.rank == 2 else pair(ends[0])
            self.first(f"layers.ZeroPadding{self.rank}D({code})({self.x})")
        strides = [axis.stride for axis in axes]
        kind, kernel = f"Conv{self.rank}DTranspose", either([axis.extent for axis in axes])
        options = {
            "strides": unless(strides, 1),
            "padding": '"same"' if same else None,
            "use_bias": None if biased else False,
        }
        if groups == 1:
            arrays = self.arrays_of(weights, biased)
            code = self.made(self.place.name, kind, self.x, filters, kernel, **options, arrays=arrays)
        else:
            self.note("Keras has no groups here: each group of channels has a layer of its own")
            parts, size, made = self.channels // groups, filters // groups, []
            for group in range(groups):
                own = [f"{weights}[..., {group * parts}:{(group + 1) * parts}]"]
                own += [f"{self.array('bias')}[{group * size}:{(group + 1) * size}]"] if biased else []
                x = f"{self.x}[..., {group * parts}:{(group + 1) * parts}]"
                name = f"{self.place.name}_{group}"
                made.append(self.made(name, kind, x, size, kernel, **options, arrays=own))
            code = f"layers.Concatenate()([{', '.join(made)}])"
        self.set(f"{code}{'' if same else cut(stamps.cut)}")

    def dense(self, units: int, *, biased: bool) -> None:
        arrays = self.arrays_of(self.array("weights"), biased)
        self.layer("Dense", units, use_bias=None if biased else False, arrays=arrays)

    def batch_norm(self, epsilon: float) -> None:
        arrays = [self.array(name) for name in ("gamma", "beta", "mean", "variance")]
        self.layer("BatchNormalization", epsilon=real(epsilon) if epsilon != 0.001 else None, arrays=arrays)

    def prelu(self) -> None:
        shared = {2: "(1, 2)", 1: "(1,)", 0: None}[self.rank]
        self.layer(
            "PReLU",
            shared_axes=shared,
            arrays=[f"{self.array('alpha')}.reshape({', '.join(['1'] * self.rank + ['-1'])})"],
        )

    # Pools

    def padded(self, x: str, amounts: Sequence[Pair], value: int | None) -> str:
        if not any(map(any, amounts)):
            return x
        ends = pair(["(0, 0)", *map(pair, amounts), "(0, 0)"])
        return f"ops.pad({arguments(x, ends, constant_values='-np.inf' if value is None else value or None)})"

    def largest(self, x: str, axes: Sequence[Axis]) -> str:
        if any(axis.dilation > 1 for axis in axes) or sees_nothing(axes):  # else -inf becomes a large number
            return f"ops.max(ops.stack({views(x, axes)}), axis=0)"
        return self._pool("MaxPooling", x, axes)

    def mean(self, x: str, axes: Sequence[Axis]) -> str:
        if any(axis.dilation > 1 for axis in axes):
            return f"ops.mean(ops.stack({views(x, axes)}), axis=0)"
        return self._pool("AveragePooling", x, axes)

    def ones(self, x: str) -> str:
        return f"ops.ones_like({x})"

    def native_max(self, window: Window, axes: Sequence[Axis]) -> str | None:
        if self.is_same(window) and all(axis.dilation == 1 for axis in axes):
            return self._pool("MaxPooling", self.x, axes, '"same"')
        return None

    def native_mean(self, window: Window, axes: Sequence[Axis], *, count_padding: bool) -> str | None:
        if self.is_same(window) and not count_padding and all(axis.dilation == 1 for axis in axes):
            return self._pool("AveragePooling", self.x, axes, '"same"')
        return None

    def _pool(self, kind: str, x: str, axes: Sequence[Axis], padding: str | None = None) -> str:
        kernel, strides = [axis.kernel for axis in axes], [axis.stride for axis in axes]
        options = {"strides": either(strides) if strides != kernel else None, "padding": padding}
        return f"layers.{kind}{self.rank}D({arguments(either(kernel), **options)})({x})"

    def over_all(self, function: str) -> str:
        kind = {"max": "Max", "mean": "Average"}[function]
        return f"layers.Global{kind}Pooling{self.rank}D()({self.x})"

    # Layers that move values

    def flatten(self) -> None:
        self.set(f"layers.Flatten()({self.x})")

    def pad(self, rows: Axis, cols: Axis) -> None:
        axes = self.along(rows, cols)
        if any(axis.before or axis.after for axis in axes):
            self._pad(axes)
        self.unchanged()

    def crop(self, rows: TransposedAxis, cols: TransposedAxis) -> None:
        amounts = [pair((axis.before, axis.after)) for axis in self.along(rows, cols)]
        self.set(f"layers.Cropping{self.rank}D({pair(amounts) if self.rank == 2 else amounts[0]})({self.x})")

    def upsample(self, scale: Pair) -> None:
        self.set(f"layers.UpSampling{self.rank}D({either(scale[: self.rank])})({self.x})")

    def concat(self) -> None:
        self._merge("Concatenate")

    def add(self) -> None:
        self._merge("Add")

    def multiply(self) -> None:
        self._merge("Multiply")

    def _merge(self, kind: str) -> None:
        if len(self.place.inputs) == 1:
            self.unchanged()
        else:
            self.set(f"layers.{kind}()([{', '.join(self.place.inputs)}])")

    # Functions of a value

    def relu(self) -> None:
        self.set(f"layers.ReLU()({self.x})")

    def leaky_relu(self, alpha: float) -> None:
        if alpha >= 0:
            self.set(f"layers.LeakyReLU(negative_slope={real(alpha)})({self.x})")
        else:
            self.set(f"ops.where({self.x} < 0, {real(alpha)} * {self.x}, {self.x})")

    def clip(self, low: float, high: float) -> None:
        self.set(f"ops.clip({self.x}, {real(low)}, {real(high)})")

    def sigmoid(self) -> None:
        self.set(f'layers.Activation("sigmoid")({self.x})')

    def tanh(self) -> None:
        self.set(f'layers.Activation("tanh")({self.x})')

    def log_softmax(self) -> None:
        self.set(f"ops.log_softmax({self.x})")

    def softmax(self) -> None:
        self.set(f"layers.Softmax()({self.x})")

    def dropout(self, rate: float) -> None:
        self.set(f"layers.Dropout({real(rate)})({self.x})")


FRAMEWORK = Keras
