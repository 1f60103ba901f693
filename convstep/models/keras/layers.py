"""Keras's layers as ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from convstep.engine.geometry import VALID, Pad, Padding, Pair
from convstep.errors import ConvstepError, SpecError
from convstep.layers import (
    Add,
    AvgPool,
    BatchNorm,
    Clip,
    Concat,
    Conv,
    Conv1d,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    Dropout,
    Elu,
    Flatten,
    Gelu,
    GlobalAvgPool,
    GlobalMaxPool,
    HardSigmoid,
    HardSwish,
    Identity,
    Layer,
    LeakyRelu,
    LogSoftmax,
    MaxPool,
    Multiply,
    PRelu,
    Relu,
    Shape,
    Sigmoid,
    Silu,
    Softmax,
    Tanh,
    Upsample,
)
from convstep.layers import Pad as PadLayer
from convstep.layers.weights import Filled, Given
from convstep.layers.weights import Weights as OurWeights
from convstep.models.keras.graph import Missing, Node
from convstep.models.keras.weights import Weights
from convstep.models.naming import Namer
from convstep.printable import printable

LARGEST = 1_000_000
"""The largest count, size or stride that is taken."""


class _UnknownError(Exception):
    """A layer that can't be shown, and why."""


ACTIVATIONS: dict[str, Callable[[str], Layer]] = {
    "relu": Relu,
    "relu6": lambda name: Clip(name, min=0.0, max=6.0),
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "softmax": Softmax,
    "log_softmax": LogSoftmax,
    "elu": Elu,
    "gelu": Gelu,
    "silu": Silu,
    "swish": Silu,
    "leaky_relu": lambda name: LeakyRelu(name, alpha=0.2),
    "hard_sigmoid": HardSigmoid,
    "hard_silu": HardSwish,
    "hard_swish": HardSwish,
}
"""Layers for the names of Keras's activations, with the defaults of Keras 3."""

PASSED_ON = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise")
"""Layers that only do something in training."""


class Builder:
    """Builds our layers from Keras's, one after another.

    Attributes:
        places: Our layer's name and the shape of its output, or why there is none, by the name of the use.
        takes_bytes: Whether the net scales pixels of 0 to 255 itself.

    Args:
        shape: The input's shape.
        weights: The weights.
    """

    def __init__(self, shape: Shape, weights: Weights) -> None:
        self.places: dict[str, tuple[str, Shape] | Missing] = {}
        self.takes_bytes = False
        self._layers: dict[str, Layer] = {}
        self._weights = weights
        self._namer = Namer()
        self._node = Node("", "", "", {}, ())
        self._sources: tuple[str, ...] = ()
        self._shape: Shape = shape

    def needed(self, ends: Sequence[str]) -> list[Layer]:
        """Return the layers that some are computed from, in order."""
        wanted = set(ends)
        for name, layer in reversed(self._layers.items()):
            if name in wanted:
                wanted.update(layer.sources)
        return [layer for name, layer in self._layers.items() if name in wanted]

    def add(self, node: Node) -> None:
        """Add our layers for one of Keras's.

        Raises:
            SpecError: Its weights are damaged.
        """
        arriving = []
        for source in node.sources:
            place = self.places[source]
            if isinstance(place, Missing):
                self.places[node.name] = place
                return
            arriving.append(place)
        names = tuple(name for name, _ in arriving)
        self._node, self._sources = node, names
        before = dict(self._layers)
        try:
            if not arriving:
                raise _UnknownError("it takes nothing")
            self._shape = arriving[0][1]
            self._build([shape for _, shape in arriving])
            self.places[node.name] = (self._sources[0], self._shape)
        except _UnknownError as reason:
            self._layers = before
            says = f"{printable(node.kind)[:40]} ('{printable(node.layer)[:40]}') can't be shown"
            self.places[node.name] = Missing(f"{says}: {reason}" if str(reason) else says, names)
        except ConvstepError as error:
            if isinstance(error, SpecError):
                raise
            self._layers = before
            self.places[node.name] = Missing(f"'{printable(node.layer)[:40]}': {error.what}", names)

    def _put(self, kind: type[Layer], make: Callable[[str], Layer], *, suffix: str = "") -> None:
        """Add a layer after what has arrived; the next one follows it."""
        layer = make(self._namer.name(kind, self._node.layer + suffix))
        layer = replace(layer, sources=self._sources)
        self._shape = layer.output(self._shape)
        self._layers[layer.name] = layer
        self._sources = (layer.name,)

    # Fields of the configuration

    def _number(self, key: str, default: int = 1) -> int:
        value = self._node.config.get(key, default)
        if type(value) is not int or not 1 <= value <= LARGEST:
            raise SpecError(f"is damaged: {key} of '{printable(self._node.layer)[:60]}' is no count")
        return value

    def _real(self, key: str, default: float) -> float:
        value = self._node.config.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 1e300:
            raise SpecError(f"is damaged: {key} of '{printable(self._node.layer)[:60]}' is no number")
        return float(value)

    def _pair(self, key: str, default: Any = 1) -> Pair:
        """Return two sizes, for rows and columns; of a 1-D layer (n, 1)."""
        value = self._node.config.get(key, default)
        value = default if value is None else value
        items = value if isinstance(value, list) else [value] * self._axes
        if len(items) != self._axes or not all(type(each) is int and 1 <= each <= LARGEST for each in items):
            raise SpecError(f"is damaged: {key} of '{printable(self._node.layer)[:60]}' are no sizes")
        return (items[0], items[1]) if self._axes == 2 else (items[0], 1)

    @property
    def _axes(self) -> int:
        return 1 if self._node.kind.endswith("1D") else 2

    def _padding(self) -> Pad:
        match self._node.config.get("padding", "valid"):
            case "same":
                return "same"
            case "valid":
                return VALID
            case "causal":
                return "causal"
        raise _UnknownError("its padding is not known")

    def _bias(self, given: list[Given]) -> Given | None:
        return given[-1] if self._node.config.get("use_bias", True) else None

    def _check_map(self) -> None:
        if self._node.config.get("data_format", "channels_last") not in (None, "channels_last"):
            raise _UnknownError("its channels come first")
        if len(self._shape) != self._axes + 1:
            raise _UnknownError(f"it takes {self._axes} axes and channels")

    def _of(self, *shapes: Shape) -> list[Given]:
        return self._weights.of(self._node.layer, *shapes)

    # The layers

    def _build(self, shapes: Sequence[Shape]) -> None:
        config, kind = self._node.config, self._node.kind
        match kind:
            case "Conv2D" | "Conv1D":
                self._convolution()
            case "DepthwiseConv2D":
                self._depthwise(self._of_depthwise, biased=True)
            case "SeparableConv2D":
                self._separable()
            case "Conv2DTranspose":
                self._transposed()
            case "Dense":
                self._dense()
            case "MaxPooling2D" | "MaxPooling1D" | "AveragePooling2D" | "AveragePooling1D":
                self._check_map()
                size = self._pair("pool_size", 2)
                stride = size if config.get("strides") is None else self._pair("strides")
                fields: dict[str, Any] = {"kernel": size, "stride": stride, "padding": self._padding()}
                pool = MaxPool if kind.startswith("Max") else AvgPool
                self._put(pool, lambda name: pool(name, **fields))
            case "GlobalAveragePooling2D" | "GlobalAveragePooling1D" | "GlobalMaxPooling2D" | "GlobalMaxPooling1D":
                self._check_map()
                if config.get("keepdims"):
                    raise _UnknownError("it keeps axes of length 1")
                whole = GlobalAvgPool if "Average" in kind else GlobalMaxPool
                self._put(whole, whole)
            case "BatchNormalization":
                self._normalisation()
            case "Normalization":
                self._standardisation()
            case "Rescaling":
                self._rescaling()
            case "Activation":
                self._activate(config.get("activation"), suffix="")
            case "ReLU":
                self._relu()
            case "LeakyReLU":
                alpha = self._real("alpha" if "alpha" in config else "negative_slope", 0.3)
                self._put(LeakyRelu, lambda name: LeakyRelu(name, alpha=alpha))
            case "ELU":
                alpha = self._real("alpha", 1.0)
                self._put(Elu, lambda name: Elu(name, alpha=alpha))
            case "PReLU":
                self._prelu()
            case "Softmax":
                self._check_last("axis", -1)
                self._activate("softmax", suffix="")
            case "Add" | "Multiply" | "Concatenate":
                self._joined(shapes)
            case "Flatten":
                if config.get("data_format", "channels_last") not in (None, "channels_last"):
                    raise _UnknownError("its channels come first")
                self._put(Flatten, Flatten)
            case "ZeroPadding2D" | "ZeroPadding1D":
                self._check_map()
                margins = self._margins()
                self._put(PadLayer, lambda name: PadLayer(name, padding=margins))
            case "UpSampling2D" | "UpSampling1D":
                self._check_map()
                if config.get("interpolation", "nearest") != "nearest":
                    raise _UnknownError("only nearest values are repeated here")
                scale = self._pair("size", 2)
                self._put(Upsample, lambda name: Upsample(name, scale=scale))
            case "Identity" | "ActivityRegularization":
                self._put(Identity, Identity)
            case _ if kind in PASSED_ON:
                rate = self._real("rate", 0.5) if "rate" in config else 0.0
                self._put(Dropout, lambda name: Dropout(name, rate=rate if 0 <= rate < 1 else 0.5))
            case "Sequential" | "Functional" | "Model":
                raise _UnknownError("it is a model within the model; build one of its layers instead")
            case "LSTM" | "GRU" | "SimpleRNN" | "Bidirectional" | "ConvLSTM2D" | "RNN":
                raise _UnknownError("recurrent layers are not known here")
            case _:
                raise _UnknownError("")
        if kind != "Activation" and "activation" in config:
            self._activate(config["activation"], suffix="_activation")

    def _convolution(self) -> None:
        self._check_map()
        filters, groups, kernel = self._number("filters"), self._number("groups"), self._pair("kernel_size")
        shape = (*kernel[: self._axes], self._shape[-1] // groups, filters)
        given = self._of(shape, *([(filters,)] if self._node.config.get("use_bias", True) else []))
        fields: dict[str, Any] = {
            "kernel": kernel, "stride": self._pair("strides"), "dilation": self._pair("dilation_rate"),
            "padding": self._padding(), "filters": filters, "groups": groups, "bias": self._bias(given),
            "weights": Given(given[0].array.reshape(*kernel, *shape[-2:]), given[0].source),
        }  # fmt: skip
        kind = Conv if self._axes == 2 else Conv1d
        self._put(kind, lambda name: kind(name, **fields))

    def _of_depthwise(self, kernel: Pair, multiplier: int) -> tuple[Given, Given | None]:
        channels = self._shape[-1]
        biases = [(channels * multiplier,)] if self._node.config.get("use_bias", True) else []
        given = self._of((*kernel, channels, multiplier), *biases)
        return given[0], self._bias(given)

    def _depthwise(self, numbers: Callable[[Pair, int], tuple[Given, Given | None]], *, biased: bool) -> None:
        self._check_map()
        kernel, multiplier = self._pair("kernel_size"), self._number("depth_multiplier")
        weights, bias = numbers(kernel, multiplier)
        fields: dict[str, Any] = {
            "kernel": kernel, "stride": self._pair("strides"), "dilation": self._pair("dilation_rate"),
            "padding": self._padding(), "multiplier": multiplier, "weights": weights, "bias": bias,
        }  # fmt: skip
        self._put(DepthwiseConv, lambda name: DepthwiseConv(name, **fields), suffix="" if biased else "_depthwise")

    def _separable(self) -> None:
        self._check_map()
        kernel, multiplier = self._pair("kernel_size"), self._number("depth_multiplier")
        filters = self._number("filters")
        channels = self._shape[-1]
        shapes: list[Shape] = [(*kernel, channels, multiplier), (1, 1, channels * multiplier, filters)]
        given = self._of(*shapes, *([(filters,)] if self._node.config.get("use_bias", True) else []))
        self._depthwise(lambda *_: (given[0], None), biased=False)
        fields: dict[str, Any] = {"kernel": (1, 1), "filters": filters, "weights": given[1], "bias": self._bias(given)}
        self._put(Conv, lambda name: Conv(name, **fields))

    def _transposed(self) -> None:
        self._check_map()
        filters, kernel = self._number("filters"), self._pair("kernel_size")
        shape = (*kernel, filters, self._shape[-1])
        given = self._of(shape, *([(filters,)] if self._node.config.get("use_bias", True) else []))
        extra = None if self._node.config.get("output_padding") is None else self._pair("output_padding")
        fields: dict[str, Any] = {
            "kernel": kernel, "stride": self._pair("strides"), "dilation": self._pair("dilation_rate"),
            "padding": self._padding(), "filters": filters, "weights": given[0], "bias": self._bias(given),
            "output_padding": extra,
        }  # fmt: skip
        self._put(ConvTranspose, lambda name: ConvTranspose(name, **fields))

    def _dense(self) -> None:
        units, channels = self._number("units"), self._shape[-1]
        biases = [(units,)] if self._node.config.get("use_bias", True) else []
        given = self._of((channels, units), *biases)
        bias = self._bias(given)
        if len(self._shape) == 1:
            self._put(Dense, lambda name: Dense(name, units=units, weights=given[0], bias=bias))
            return
        weights = Given(given[0].array.reshape(1, 1, channels, units), given[0].source)
        kind = Conv if len(self._shape) == 3 else Conv1d  # the same dense layer at every place
        self._put(kind, lambda name: kind(name, kernel=(1, 1), filters=units, weights=weights, bias=bias))

    def _check_last(self, key: str, default: int) -> None:
        axis = self._node.config.get(key, default)
        axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        if axis not in (-1, len(self._shape)):
            raise _UnknownError("it works along another axis than the channels")

    def _normalisation(self) -> None:
        self._check_last("axis", -1)
        config, channels = self._node.config, (self._shape[-1],)
        named = [("gamma", config.get("scale", True)), ("beta", config.get("center", True)), ("mean", True),
                 ("variance", True)]  # fmt: skip
        names = [name for name, there in named if there]
        numbers: dict[str, Any] = dict(zip(names, self._of(*[channels] * len(names)), strict=True))
        epsilon = self._real("epsilon", 0.001)
        self._put(BatchNorm, lambda name: BatchNorm(name, epsilon=epsilon, **numbers))

    def _scaled(self, gamma: OurWeights, beta: OurWeights) -> None:
        """Add a layer that multiplies and adds a number, or one for each channel."""
        self._put(BatchNorm, lambda name: BatchNorm(name, gamma=gamma, beta=beta, epsilon=0.0))

    def _per_channel(self, value: Any) -> OurWeights:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return Filled(float(value))
        try:
            array = np.array(value, np.float32).reshape(-1)
        except (ValueError, TypeError):
            raise SpecError(f"is damaged: '{printable(self._node.layer)[:60]}' has no numbers") from None
        if array.size == 1:
            return Filled(float(array[0]))
        if array.shape != (self._shape[-1],):
            raise _UnknownError("it has not one number for each channel")
        return Given(array)

    def _rescaling(self) -> None:
        scale, offset = self._node.config.get("scale", 1.0), self._node.config.get("offset", 0.0)
        if self._sources == ("input",) and isinstance(scale, (int, float)):
            self.takes_bytes = 0 < scale <= 1 / 100
        self._scaled(self._per_channel(scale), self._per_channel(offset))

    def _standardisation(self) -> None:
        self._check_last("axis", -1)
        config = self._node.config
        if config.get("invert"):
            raise _UnknownError("it is inverted")
        if config.get("mean") is not None:
            mean, variance = self._per_channel(config["mean"]), self._per_channel(config.get("variance"))
        else:
            mean, variance = self._of((self._shape[-1],), (self._shape[-1],))
        self._put(BatchNorm, lambda name: BatchNorm(name, mean=mean, variance=variance, epsilon=0.0))

    def _relu(self) -> None:
        config = self._node.config
        slope, most = self._real("negative_slope", 0.0), config.get("max_value")
        if config.get("threshold") not in (None, 0, 0.0) or (slope and most is not None):
            raise _UnknownError("it has a threshold, or a slope and a largest value")
        if most is not None:
            largest = self._real("max_value", 0.0)
            self._put(Clip, lambda name: Clip(name, min=0.0, max=largest))
        elif slope:
            self._put(LeakyRelu, lambda name: LeakyRelu(name, alpha=slope))
        else:
            self._put(Relu, Relu)

    def _prelu(self) -> None:
        channels = self._shape[-1]
        shapes = self._weights.shapes(self._node.layer)
        if not shapes or prod(shapes[0]) != channels or shapes[0][-1:] != (channels,):
            raise _UnknownError("it has a slope for each place")
        (given,) = self._of(shapes[0])
        alpha = Given(given.array.reshape(channels), given.source)
        self._put(PRelu, lambda name: PRelu(name, alpha=alpha))

    def _activate(self, activation: Any, suffix: str) -> None:
        """Add the layer for an activation that a configuration names."""
        if isinstance(activation, dict):  # as Keras writes some functions
            inner = activation.get("config")
            named = inner if isinstance(inner, str) else activation.get("class_name")
            activation = {"ReLU": "relu", "LeakyReLU": None, "function": None}.get(str(named), named)
        if activation in (None, "linear"):
            if not suffix:
                self._put(Identity, Identity)
            return
        if not isinstance(activation, str) or activation not in ACTIVATIONS:
            raise _UnknownError(f"activation {printable(str(activation))[:40]} is not known")
        make = ACTIVATIONS[activation]
        kind = type(make("x"))
        if suffix:
            suffix = f"_{activation}"
        self._put(kind, make, suffix=suffix)

    def _joined(self, shapes: Sequence[Shape]) -> None:
        kinds: dict[str, type[Layer]] = {"Add": Add, "Multiply": Multiply, "Concatenate": Concat}
        kind = kinds[self._node.kind]
        if kind is Concat:
            self._check_last("axis", -1)
        if len(shapes) < 2:
            raise _UnknownError("it takes a single input")
        layer = kind(self._namer.name(kind, self._node.layer), sources=self._sources)
        self._shape = layer.output(layer.combined_shape(*shapes))
        self._layers[layer.name] = layer
        self._sources = (layer.name,)

    def _margins(self) -> Padding:
        value = self._node.config.get("padding", 1)
        match value:
            case int():
                sides = [[value, value]] * self._axes
            case [int(before), int(after)] if self._axes == 1:
                sides = [[before, after]]
            case [int(rows), int(cols)]:
                sides = [[rows, rows], [cols, cols]]
            case [[int(), int()], [int(), int()]]:
                sides = value
            case _:
                sides = [[-1, -1]]
        flat = [*sides[0], *(sides[1] if len(sides) == 2 else (0, 0))]
        if not all(0 <= each <= LARGEST for each in flat):
            raise SpecError(f"is damaged: padding of '{printable(self._node.layer)[:60]}' are no sizes")
        return Padding(*flat)
