"""Keras's layers as ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import inf, prod
from typing import Any

import numpy as np

from convstep.engine.geometry import VALID, Pad, Padding, Pair
from convstep.engine.pointwise import Curve
from convstep.engine.steps import Array
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
    Crop,
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
    times,
)
from convstep.layers import Pad as PadLayer
from convstep.layers.base import grid
from convstep.layers.block import FunctionBlock, OperatorBlock
from convstep.layers.weights import Filled, Given
from convstep.layers.weights import Weights as OurWeights
from convstep.models.keras import blocks
from convstep.models.keras.graph import Missing, Node
from convstep.models.keras.weights import Weights
from convstep.models.naming import Namer
from convstep.printable import printable

LARGEST = 1_000_000
"""The largest count, size or stride that is taken."""

LARGEST_BLOCK = 1 << 24
"""The most values that a block gives."""


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
    "hard_tanh": lambda name: Clip(name, min=-1.0, max=1.0),
}
"""Layers for the names of Keras's activations, with the defaults of Keras 3."""

OLD_ACTIVATIONS: dict[str, Callable[[str], Layer]] = {"hard_sigmoid": lambda name: HardSigmoid(name, alpha=0.2)}
"""Those that were others before."""

DROPOUTS = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout")
"""Layers that drop values in training."""

AUGMENTATIONS = {
    *("GaussianNoise", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomShear"),
    *("RandomContrast", "RandomBrightness", "RandomHue", "RandomSaturation", "RandomSharpness", "RandomPosterization"),
    *("RandomColorJitter", "RandomColorDegeneration", "RandomGrayscale", "RandomInvert", "RandomErasing"),
    *("RandomGaussianBlur", "RandomPerspective", "RandomElasticTransform", "RandomHeight", "RandomWidth"),
    *("MixUp", "CutMix", "AugMix", "RandAugment", "StochasticDepth", "DropPath"),
}
"""Layers that change their input in training, and at no other time."""

OPERATIONS = {"Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Tanh": "tanh", "Silu": "silu"}
"""Activations for the classes of Keras's functions."""


class Builder:
    """Builds our layers from Keras's, one after another.

    Attributes:
        places: Our layer's name and the shape of its output, or why there is none, by the name of the use.
        takes_bytes: Whether the net scales pixels of 0 to 255 itself.
        left_out: The classes of layers that do nothing outside training.

    Args:
        shape: The input's shape.
        weights: The weights.
        version: The version of Keras; "" if not known.
    """

    def __init__(self, shape: Shape, weights: Weights, version: str = "") -> None:
        self.places: dict[str, tuple[str, Shape] | Missing] = {}
        self.takes_bytes = False
        self.left_out: set[str] = set()
        self._activations = ACTIVATIONS | (OLD_ACTIVATIONS if version.startswith(("1.", "2.")) else {})
        self._layers: dict[str, Layer] = {}
        self._weights = weights
        self._namer = Namer()
        self._node = Node("", "", "", "", {}, ())
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
        layer = replace(make(self._name(kind, suffix)), sources=self._sources)
        self._follow(layer, [self._shape])

    def _follow(self, layer: Layer, shapes: Sequence[Shape]) -> None:
        self._shape = layer.output(layer.combined_shape(*shapes))
        self._layers[layer.name] = layer
        self._sources = (layer.name,)

    def _name(self, kind: type[Layer], suffix: str = "") -> str:
        """Return our layer's name: that of Keras's after those of its models, with a number where it is used again."""
        full = re.sub(r"#(\d+)", lambda found: f"_{int(found.group(1)) + 1}", self._node.name)
        return self._namer.name(kind, full + suffix, full.rpartition("/")[2] + suffix)

    def _whole(self, function: Callable[[Sequence[Array]], Any], shapes: Sequence[Shape], result: Shape) -> None:
        """Add a block, which computes an output of shape `result` as a whole."""
        space = grid(result)
        made_from = tuple(dict(zip(self._sources, shapes, strict=True)).values())
        at = [list(dict.fromkeys(self._sources)).index(source) for source in self._sources]

        def run(arrays: Sequence[Array]) -> Array:
            m = len(arrays[0])
            wide = [each.reshape(m, *shape).astype(np.float64) for each, shape in zip(arrays, made_from, strict=True)]
            with np.errstate(all="ignore"):
                return np.asarray(function([wide[n] for n in at])).reshape(m, *space)

        if not all(result) or prod(result) > LARGEST_BLOCK:
            raise _UnknownError(f"its output would be {times(result)}")
        layer = OperatorBlock(
            self._name(OperatorBlock),
            sources=tuple(dict.fromkeys(self._sources)),
            operators=printable(self._node.kind)[:40],
            made_from=made_from,
            result=result,
            function=run,
            needs=8 * (sum(map(prod, made_from)) + prod(result)),
        )
        self._follow(layer, made_from)

    def _curve(self, curve: Curve, activation: str = "", suffix: str = "") -> None:
        operators = activation or printable(self._node.kind)[:40]
        self._put(FunctionBlock, lambda name: FunctionBlock(name, operators=operators, curve=curve), suffix=suffix)

    # Fields of the configuration

    def _number(self, key: str, default: int = 1) -> int:
        value = self._node.config.get(key, default)
        if type(value) is not int or not 1 <= value <= LARGEST:
            raise SpecError(f"is damaged: {key} of '{printable(self._node.layer)[:60]}' is no count")
        return value

    def _real(self, key: str, default: float) -> float:
        return self._as_real(self._node.config.get(key, default), key)

    def _as_real(self, value: Any, key: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= 1e300:
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
        return 1 if "1D" in self._node.kind else 2

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
        return self._weights.of(self._node.layer, self._node.place, *shapes)

    # The layers

    def _build(self, shapes: Sequence[Shape]) -> None:
        config, kind = self._node.config, self._node.kind
        match kind:
            case "Conv2D" | "Conv1D":
                self._convolution()
            case "DepthwiseConv2D" | "DepthwiseConv1D":
                self._depthwise(self._of_depthwise, biased=True)
            case "SeparableConv2D" | "SeparableConv1D":
                self._separable()
            case "Conv2DTranspose" | "Conv1DTranspose":
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
                self._over_all(mean="Average" in kind, keep=bool(config.get("keepdims")))
            case "Mean":
                self._mean()
            case "BatchNormalization":
                self._normalisation()
            case "Normalization":
                self._standardisation()
            case "LayerScale":
                (gamma,) = self._of((self._shape[-1],))
                self._scaled(gamma, Filled(0.0))
            case "Rescaling":
                self._rescaling()
            case "ThresholdedReLU":
                theta = self._real("theta", 1.0)
                self._curve(lambda x: np.where(x > theta, x, 0))
            case "LayerNormalization":
                self._layer_normalisation()
            case "GroupNormalization":
                self._group_normalisation()
            case "Activation":
                self._activate(config.get("activation"), suffix="")
            case _ if kind in OPERATIONS:
                self._activate(OPERATIONS[kind], suffix="")
            case "ReLU":
                self._relu()
            case "LeakyReLU":
                self._leaky(config, "")
            case "ELU":
                alpha = self._real("alpha", 1.0)
                self._put(Elu, lambda name: Elu(name, alpha=alpha))
            case "PReLU":
                self._prelu()
            case "Softmax":
                self._check_last("axis", -1)
                self._activate("softmax", suffix="")
            case "Add" | "Multiply" | "Subtract" | "TrueDivide" if len(shapes) == 1 and len(self._node.numbers) == 2:
                self._with_number()
            case "Add" | "Multiply" | "Average" | "Subtract" | "Maximum" | "Minimum" | "TrueDivide":
                self._joined(shapes)
            case "Concatenate":
                self._concatenated(shapes)
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
                scale = self._pair("size", 2)
                match config.get("interpolation", "nearest"):
                    case "nearest":
                        self._put(Upsample, lambda name: Upsample(name, scale=scale))
                    case "bilinear":
                        height, width = self._shape[:2]
                        self._resized((height * scale[0], width * scale[1]))
                    case other:
                        raise _UnknownError(f"interpolation {printable(str(other))[:40]} is not known")
            case "Resizing":
                self._check_map()
                if config.get("interpolation", "bilinear") != "bilinear" or any(
                    config.get(key) for key in ("antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio")
                ):
                    raise _UnknownError("it is not plainly bilinear")
                self._resized((self._number("height"), self._number("width")))
            case "Cropping2D" | "Cropping1D":
                self._check_map()
                margins = self._margins("cropping")
                self._put(Crop, lambda name: Crop(name, cropping=margins))
            case "Reshape":
                self._reshaped()
            case "Permute":
                self._permuted()
            case "Identity" | "ActivityRegularization":
                self._put(Identity, Identity)
            case _ if kind in AUGMENTATIONS:
                self.left_out.add(kind)
            case _ if kind in DROPOUTS:
                rate = self._real("rate", 0.5) if "rate" in config else 0.0
                self._put(Dropout, lambda name: Dropout(name, rate=rate if 0 <= rate < 1 else 0.5))
            case "TFOpLambda":
                raise _UnknownError(f"function {printable(str(config.get('function')))[:40]} is not known")
            case "Lambda":
                raise _UnknownError("it is code, and nothing of a file is run")
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
        given = self._of((*kernel[: self._axes], channels, multiplier), *biases)
        return given[0], self._bias(given)

    def _depthwise(self, numbers: Callable[[Pair, int], tuple[Given, Given | None]], *, biased: bool) -> None:
        self._check_map()
        kernel, multiplier = self._pair("kernel_size"), self._number("depth_multiplier")
        weights, bias = numbers(kernel, multiplier)
        fields: dict[str, Any] = {
            "kernel": kernel, "stride": self._pair("strides"), "dilation": self._pair("dilation_rate"),
            "padding": self._padding(), "bias": bias,
        }  # fmt: skip
        suffix, channels = "" if biased else "_depthwise", self._shape[-1]
        if self._axes == 2:
            fields |= {"multiplier": multiplier, "weights": weights}
            self._put(DepthwiseConv, lambda name: DepthwiseConv(name, **fields), suffix=suffix)
        else:
            filters = channels * multiplier
            own = Given(weights.array.reshape(*kernel, 1, filters), weights.source)
            fields |= {"filters": filters, "groups": channels, "weights": own}
            self._put(Conv1d, lambda name: Conv1d(name, **fields), suffix=suffix)

    def _separable(self) -> None:
        self._check_map()
        kernel, multiplier = self._pair("kernel_size"), self._number("depth_multiplier")
        filters = self._number("filters")
        channels = self._shape[-1]
        inner, ones = kernel[: self._axes], (1, 1)[: self._axes]
        shapes: list[Shape] = [(*inner, channels, multiplier), (*ones, channels * multiplier, filters)]
        given = self._of(*shapes, *([(filters,)] if self._node.config.get("use_bias", True) else []))
        self._depthwise(lambda *_: (given[0], None), biased=False)
        weights = Given(given[1].array.reshape(1, 1, *shapes[1][-2:]), given[1].source)
        fields: dict[str, Any] = {"kernel": (1, 1), "filters": filters, "weights": weights, "bias": self._bias(given)}
        kind = Conv if self._axes == 2 else Conv1d
        self._put(kind, lambda name: kind(name, **fields))

    def _transposed(self) -> None:
        self._check_map()
        filters, kernel = self._number("filters"), self._pair("kernel_size")
        shape = (*kernel[: self._axes], filters, self._shape[-1])
        given = self._of(shape, *([(filters,)] if self._node.config.get("use_bias", True) else []))
        weights = Given(given[0].array.reshape(*kernel, *shape[-2:]), given[0].source)
        extra = None if self._node.config.get("output_padding") is None else self._pair("output_padding")
        fields: dict[str, Any] = {
            "kernel": kernel, "stride": self._pair("strides"), "dilation": self._pair("dilation_rate"),
            "padding": self._padding(), "filters": filters, "weights": weights, "bias": self._bias(given),
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
            self.takes_bytes |= 0 < scale <= 1 / 100
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
        slope, threshold = self._real("negative_slope", 0.0), self._real("threshold", 0.0)
        most = inf if config.get("max_value") is None else self._real("max_value", 0.0)
        if threshold or (slope and most < inf):
            self._curve(blocks.rectified(most, slope, threshold))
        elif most < inf:
            self._put(Clip, lambda name: Clip(name, min=0.0, max=most))
        elif slope:
            self._put(LeakyRelu, lambda name: LeakyRelu(name, alpha=slope))
        else:
            self._put(Relu, Relu)

    def _leaky(self, config: Any, suffix: str) -> None:
        config = config if isinstance(config, dict) else {}
        alpha = self._as_real(config.get("alpha", config.get("negative_slope", 0.3)), "negative_slope")
        self._put(LeakyRelu, lambda name: LeakyRelu(name, alpha=alpha), suffix=suffix)

    def _prelu(self) -> None:
        channels = self._shape[-1]
        shapes = self._weights.shapes(self._node.layer, self._node.place)
        if not shapes or shapes[0][-1:] != (channels,) or len(shapes[0]) != len(self._shape):
            raise _UnknownError("its slopes don't fit what it takes")
        (given,) = self._of(shapes[0])
        if prod(shapes[0]) != channels:
            if not all(own in (1, size) for own, size in zip(shapes[0], self._shape, strict=True)):
                raise _UnknownError("its slopes don't fit what it takes")
            self._whole(lambda arrays: blocks.sloped(given.array)(arrays[0]), [self._shape], self._shape)
            return
        alpha = Given(given.array.reshape(channels), given.source)
        self._put(PRelu, lambda name: PRelu(name, alpha=alpha))

    def _activate(self, activation: Any, suffix: str) -> None:
        """Add the layer for an activation that a configuration names."""
        if isinstance(activation, dict):  # as Keras writes some functions, and layers
            inner = activation.get("config")
            named = inner if isinstance(inner, str) else activation.get("class_name")
            if named == "LeakyReLU":
                self._leaky(inner, f"{suffix and '_'}leaky_relu")
                return
            activation = {"ReLU": "relu", "Softmax": "softmax"}.get(str(named), named)
            if isinstance(inner, dict) and set(inner) & {"max_value", "negative_slope", "threshold"}:
                raise _UnknownError(f"activation {printable(str(named))[:40]} within it is not known")
        if activation in (None, "linear"):
            if not suffix:
                self._put(Identity, Identity)
            return
        if isinstance(activation, str) and activation in blocks.CURVES:
            self._curve(blocks.CURVES[activation], activation, f"_{activation}" if suffix else "")
            return
        if not isinstance(activation, str) or activation not in self._activations:
            raise _UnknownError(f"activation {printable(str(activation))[:40]} is not known")
        make = self._activations[activation]
        kind = type(make("x"))
        if suffix:
            suffix = f"_{activation}"
        self._put(kind, make, suffix=suffix)

    # Several inputs

    def _with_number(self) -> None:
        """Add what adds, multiplies or divides by a number, from either side."""
        first = self._node.numbers[0] is None
        number = next(each for each in self._node.numbers if each is not None)
        match self._node.kind:
            case "Add":
                gamma, beta = 1.0, number
            case "Subtract":
                gamma, beta = (1.0, -number) if first else (-1.0, number)
            case "TrueDivide" if not first or not number:
                raise _UnknownError("it divides a number by what it takes")
            case "TrueDivide":
                gamma, beta = 1 / number, 0.0
            case _:
                gamma, beta = number, 0.0
        if self._sources == ("input",):
            self.takes_bytes |= 0 < gamma <= 1 / 100
        self._scaled(Filled(gamma), Filled(beta))

    def _joined(self, shapes: Sequence[Shape]) -> None:
        """Add what takes several inputs value by value."""
        kind = self._node.kind
        if len(shapes) < 2:
            raise _UnknownError("it takes a single input")
        result = max(shapes, key=prod)
        if kind in ("Maximum", "Minimum", "TrueDivide") or not all(_repeats(shape, result) for shape in shapes):
            try:
                result = tuple(np.broadcast_shapes(*((1, *shape) for shape in shapes)))[1:]
            except ValueError:
                raise _UnknownError("what it takes does not fit together") from None
            self._whole(lambda arrays: blocks.folded(kind, arrays), shapes, result)
            return
        sources: list[str] = []
        for number, (source, shape) in enumerate(zip(self._sources, shapes, strict=True)):
            self._sources, self._shape = (source,), shape
            if shape != result:
                scale = (result[0] // shape[0], result[1] // shape[1] if len(shape) == 3 else 1)
                self._put(Upsample, partial(Upsample, scale=scale), suffix="_repeated")
            if kind == "Subtract" and number:
                self._put(BatchNorm, lambda name: BatchNorm(name, gamma=Filled(-1.0), epsilon=0.0), suffix="_negative")
            sources += self._sources
        joined: type[Layer] = Multiply if kind == "Multiply" else Add
        suffix = "_sum" if kind == "Average" else ""
        self._follow(joined(self._name(joined, suffix), sources=tuple(sources)), [result] * len(sources))
        if kind == "Average":
            self._scaled(Filled(1 / len(sources)), Filled(0.0))

    def _concatenated(self, shapes: Sequence[Shape]) -> None:
        axis, rank = self._node.config.get("axis", -1), len(self._shape)
        if len(shapes) < 2:
            raise _UnknownError("it takes a single input")
        if axis in (-1, rank):
            self._follow(Concat(self._name(Concat), sources=self._sources), shapes)
            return
        at = axis - 1 if type(axis) is int and axis > 0 else axis + rank if type(axis) is int else -1
        if not 0 <= at < rank or any(len(shape) != rank for shape in shapes):
            raise _UnknownError("it works along an axis that there is not")
        if len({(*shape[:at], *shape[at + 1 :]) for shape in shapes}) > 1:
            raise _UnknownError("what it takes does not fit together")
        total = sum(shape[at] for shape in shapes)
        result = (*shapes[0][:at], total, *shapes[0][at + 1 :])
        self._whole(lambda arrays: np.concatenate(arrays, at + 1), shapes, result)

    # Shapes

    def _over_all(self, *, mean: bool, keep: bool) -> None:
        if not keep:
            whole = GlobalAvgPool if mean else GlobalMaxPool
            self._put(whole, whole)
            return
        pool, kernel = AvgPool if mean else MaxPool, grid(self._shape)[:2]
        self._put(pool, lambda name: pool(name, kernel=kernel, stride=kernel))

    def _mean(self) -> None:
        axes, rank = self._node.config.get("axis"), len(self._shape)
        own = axes if isinstance(axes, list) else [axes]
        if [each % (rank + 1) for each in own if type(each) is int] != [*range(1, rank)]:
            raise _UnknownError("it goes over other axes than rows and columns")
        self._over_all(mean=True, keep=bool(self._node.config.get("keepdims")))

    def _resized(self, size: Pair) -> None:
        if size == self._shape[:2]:
            self._put(Identity, Identity)
        else:
            self._whole(lambda arrays: blocks.resized(arrays[0], size), [self._shape], (*size, self._shape[-1]))

    def _reshaped(self) -> None:
        wanted, total = self._node.config.get("target_shape"), prod(self._shape)
        if not isinstance(wanted, list) or not all(type(size) is int for size in wanted):
            raise SpecError(f"is damaged: target_shape of '{printable(self._node.layer)[:60]}' is no shape")
        if wanted.count(-1) == 1:
            known = prod(size for size in wanted if size != -1)
            wanted = [total // known if size == -1 and known else size for size in wanted]
        if prod(wanted) != total or min(wanted, default=0) < 1 or not 1 <= len(wanted) <= 3:
            raise _UnknownError(f"{times(self._shape)} can't become {times(tuple(wanted))[:60]} here")
        if tuple(wanted) == self._shape:
            self._put(Identity, Identity)
        elif len(wanted) == 1:
            self._put(Flatten, Flatten)
        else:
            self._whole(lambda arrays: arrays[0], [self._shape], tuple(wanted))

    def _permuted(self) -> None:
        order = self._node.config.get("dims")
        if not isinstance(order, list) or sorted(map(str, order)) != [str(n + 1) for n in range(len(self._shape))]:
            raise SpecError(f"is damaged: dims of '{printable(self._node.layer)[:60]}' are not its axes")
        result = tuple(self._shape[n - 1] for n in order)
        self._whole(lambda arrays: arrays[0].transpose(0, *order), [self._shape], result)

    # Normalisations that look at one example

    def _gamma_and_beta(self, shape: Shape) -> tuple[Array, Array]:
        """Return what a normalisation multiplies by, and what it adds."""
        there = [bool(self._node.config.get(key, True)) for key in ("scale", "center")]
        given = [each.array for each in self._of(*[shape] * sum(there))]
        gamma = given.pop(0) if there[0] else np.ones(shape)
        return gamma, given.pop(0) if there[1] else np.zeros(shape)

    def _layer_normalisation(self) -> None:
        config, rank = self._node.config, len(self._shape)
        axis = config.get("axis", -1)
        axes = axis if isinstance(axis, list) else [axis]
        if config.get("rms_scaling") or not all(type(each) is int for each in axes):
            raise _UnknownError("it is of a form that is not known")
        own = tuple(sorted(each + rank + 1 if each < 0 else each for each in axes))
        if own != tuple(range(rank + 1 - len(own), rank + 1)) or 0 in own:
            raise _UnknownError("it works along other axes than the last ones")
        gamma, beta = self._gamma_and_beta(self._shape[own[0] - 1 :])
        epsilon, shape = self._real("epsilon", 0.001), self._shape
        self._whole(lambda arrays: blocks.normalised(arrays[0], own, epsilon) * gamma + beta, [shape], shape)

    def _group_normalisation(self) -> None:
        self._check_last("axis", -1)
        channels, groups = self._shape[-1], self._node.config.get("groups", 32)
        groups = channels if groups == -1 else groups
        if type(groups) is not int or groups < 1 or channels % groups:
            raise _UnknownError(f"{channels} channels can't be split into its groups")
        gamma, beta = self._gamma_and_beta((channels,))
        epsilon, shape = self._real("epsilon", 0.001), self._shape
        self._whole(lambda arrays: blocks.grouped(arrays[0], groups, epsilon) * gamma + beta, [shape], shape)

    def _margins(self, key: str = "padding") -> Padding:
        value = self._node.config.get(key, 1)
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
            raise SpecError(f"is damaged: {key} of '{printable(self._node.layer)[:60]}' are no sizes")
        return Padding(*flat)


def _repeats(shape: Shape, result: Shape) -> bool:
    """Return whether a shape becomes another if its only row and column are repeated."""
    return (
        len(shape) == len(result)
        and shape[-1] == result[-1]
        and all(own in (1, size) for own, size in zip(shape, result, strict=True))
    )
