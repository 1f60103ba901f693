"""NumPy: a function of the input, with convolutions and pools that go through the taps of their window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from convstep.answers.emit.arrays import BATCH_NORM, Arrays
from convstep.answers.emit.framework import cut
from convstep.answers.emit.source import arguments, pair, real
from convstep.engine.geometry import Axis
from convstep.engine.transpose import TransposedAxis
from convstep.layers import Shape
from convstep.layers.writer import Window

TAPS = '''
def taps(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """Yield each place of the window, and what all windows have there, (m, n_H, n_W, n_C)."""
    n_H, n_W = ((n - (f - 1) * d - 1) // s + 1 for n, f, s, d in zip(x.shape[1:], kernel, stride, dilation))
    for row in range(kernel[0]):
        for col in range(kernel[1]):
            h, w = row * dilation[0], col * dilation[1]
            yield row, col, x[:, h:, w:][:, :: stride[0], :: stride[1]][:, :n_H, :n_W]
'''

CONV = '''
def conv(x, W, stride=(1, 1), dilation=(1, 1), groups=1):
    """Slide filters W, (f_h, f_w, n_C_prev / groups, n_C), over x, which is padded already."""
    if groups > 1:
        split = zip(np.split(x, groups, axis=-1), np.split(W, groups, axis=-1))
        return np.concatenate([conv(part, w, stride, dilation) for part, w in split], axis=-1)
    return sum(a @ W[row, col] for row, col, a in taps(x, W.shape, stride, dilation))
'''

DEPTHWISE = '''
def depthwise_conv(x, W, stride=(1, 1), dilation=(1, 1)):
    """Slide filters W, (f_h, f_w, n_C_prev, multiplier), over x, each over its own channel."""
    Z = sum(a[..., None] * W[row, col] for row, col, a in taps(x, W.shape, stride, dilation))
    return Z.reshape(*Z.shape[:3], -1)
'''

TRANSPOSE = '''
def conv_transpose(x, W, stride=(1, 1), dilation=(1, 1), groups=1):
    """Stamp W, (f_h, f_w, n_C / groups, n_C_prev), times each value of x, onto the output."""
    if groups > 1:
        split = zip(np.split(x, groups, axis=-1), np.split(W, groups, axis=-1))
        return np.concatenate([conv_transpose(part, w, stride, dilation) for part, w in split], axis=-1)
    f_h, f_w, n_C, _ = W.shape
    rows, cols = ((n - 1) * s + 1 for n, s in zip(x.shape[1:], stride))
    Z = np.zeros((len(x), rows + (f_h - 1) * dilation[0], cols + (f_w - 1) * dilation[1], n_C), x.dtype)
    for row in range(f_h):
        for col in range(f_w):
            h, w = row * dilation[0], col * dilation[1]
            Z[:, h : h + rows : stride[0], w : w + cols : stride[1]] += x @ W[row, col].T
    return Z
'''

POOL = '''
def windows(x, kernel, stride, dilation=(1, 1)):
    """Return what all windows see, (taps, m, n_H, n_W, n_C)."""
    return np.stack([a for _, _, a in taps(x, kernel, stride, dilation)])
'''

SOFTMAX = '''
def softmax(x):
    """Return positive shares that sum to 1 over the channels; the largest is subtracted, lest exp overflows."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
'''

LOG_SOFTMAX = '''
def log_softmax(x):
    """Return the logarithms of softmax's shares; the largest is subtracted, lest exp overflows."""
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))
'''

ERF = '''
def erf(x):
    """Return the error function of each value."""
    from math import erf

    return np.vectorize(erf, otypes=[x.dtype])(x)
'''


class NumPy(Arrays):
    """Writes layers in NumPy; a length is a map that is one column wide."""

    title = "NumPy"
    library = "np"
    mathematics: ClassVar[dict[str, str]] = {
        "exp": "np.exp",
        "tanh": "np.tanh",
        "erf": "erf",
        "where": "np.where",
        "clip": "np.clip",
    }
    helpers: ClassVar[dict[str, str]] = {
        "taps": TAPS,
        "conv": CONV,
        "depthwise_conv": DEPTHWISE,
        "conv_transpose": TRANSPOSE,
        "windows": POOL,
        "batch_norm": BATCH_NORM,
        "softmax": SOFTMAX,
        "log_softmax": LOG_SOFTMAX,
        "erf": ERF,
    }

    imports = ()
    layouts: ClassVar[dict[int, str]] = {**Arrays.layouts, 2: "(m, length, 1, n_C)"}

    def running(self, shape: Shape, output: Shape) -> list[str]:
        if len(shape) == 2:
            back = f".reshape(-1, {', '.join(map(str, output))})"
            return ["# a length is a map that is one column wide", f'y = net(p["input"][:, :, None], p){back}']
        return ['y = net(p["input"], p)']

    @property
    def rank(self) -> int:
        return 2 if len(self.place.shape) > 1 else 0

    def helper(self, *names: str) -> None:
        """Add functions that are needed."""
        self.used.update(names)

    # Layers with weights

    def conv(self, window: Window, filters: int, groups: int, *, biased: bool) -> None:
        self._convolution("conv", window, biased, groups=groups if groups > 1 else None)

    def depthwise_conv(self, window: Window, multiplier: int, *, biased: bool) -> None:
        self._convolution("depthwise_conv", window, biased)

    def _convolution(self, name: str, window: Window, biased: bool, **options: object) -> None:
        self.helper("taps", name)
        axes = window[:2]
        if any(any((axis.before, axis.after)) for axis in axes):
            self.first(self._pad(axes), self.odd(axes, window.word))
        call = arguments(self.x, self.array("weights"), **_moves(axes), **options)
        self.set(f"{name}({call}){self.plus_bias(biased)}")

    def conv_transpose(
        self, rows: TransposedAxis, cols: TransposedAxis, filters: int, groups: int, *, biased: bool
    ) -> None:
        self.helper("conv_transpose")
        axes = (rows, cols)
        call = arguments(self.x, self.array("weights"), **_moves(axes), groups=groups if groups > 1 else None)
        more = [(0, max(0, -axis.after)) for axis in axes]
        whole = self.padded(f"conv_transpose({call})", more, 0)
        trimmed = cut([(axis.before, max(0, axis.after)) for axis in axes])
        self.set(f"{whole}{trimmed}{self.plus_bias(biased)}")

    # Pools

    def largest(self, x: str, axes: Sequence[Axis]) -> str:
        return self._pool("max", x, axes)

    def mean(self, x: str, axes: Sequence[Axis]) -> str:
        return self._pool("mean", x, axes)

    def _pool(self, function: str, x: str, axes: Sequence[Axis]) -> str:
        self.helper("taps", "windows")
        strides = pair(axis.stride for axis in axes)
        options = {name: code for name, code in _moves(axes).items() if name != "stride"}
        call = arguments(x, pair(axis.kernel for axis in axes), strides, **options)
        return f"windows({call}).{function}(axis=0)"

    # Layers that move values

    def flatten(self) -> None:
        self.set(f"{self.x}.reshape(len({self.x}), -1)")

    # Functions of a value

    def relu(self) -> None:
        self.set(f"np.maximum(0, {self.x})")

    def leaky_relu(self, alpha: float) -> None:
        self.set(f"np.where({self.x} < 0, {real(alpha)} * {self.x}, {self.x})")

    def sigmoid(self) -> None:
        self.set(f"1 / (1 + np.exp(-{self.x}))")

    def formula(self, code: str) -> None:
        if "{erf}" in code:
            self.helper("erf")
        super().formula(code)

    def log_softmax(self) -> None:
        self.helper("log_softmax")
        self.set(f"log_softmax({self.x})")

    def softmax(self) -> None:
        self.helper("softmax")
        self.set(f"softmax({self.x})")


def _moves(axes: Sequence[Axis]) -> dict[str, str | None]:
    """Return stride and dilation as arguments; None for those that are 1."""
    strides, dilations = ([getattr(axis, name) for axis in axes] for name in ("stride", "dilation"))
    return {
        "stride": pair(strides) if set(strides) != {1} else None,
        "dilation": pair(dilations) if set(dilations) != {1} else None,
    }


FRAMEWORK = NumPy
