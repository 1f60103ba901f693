"""PyTorch: an `nn.Module`, channels first."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

import numpy as np

from convstep.answers.emit.framework import (
    Framework,
    cut,
    views,
)
from convstep.answers.emit.source import arguments, either, indented, pair, real, unless
from convstep.engine.geometry import Axis, Pair
from convstep.engine.transpose import TransposedAxis
from convstep.layers import Shape
from convstep.layers.writer import Window

F_MODES = {"reflect": '"reflect"', "edge": '"replicate"'}
"""PyTorch's names of our padding modes."""

LOWEST = 'float("-inf")'

MODULE = """
    add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr
    float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia
    named_buffers named_children named_modules named_parameters parameters register_buffer register_forward_hook
    register_module register_parameter requires_grad_ set_extra_state set_submodule share_memory state_dict to
    to_empty train training type xpu zero_grad
"""
"""What every `nn.Module` has already."""


class Torch(Framework):
    """Writes layers in PyTorch.

    Attributes:
        modules: The modules that have weights, by name.
        state: Where their arrays come from, by PyTorch's names.
    """

    title = "PyTorch"
    mathematics: ClassVar[dict[str, str]] = {
        "exp": "torch.exp",
        "tanh": "torch.tanh",
        "erf": "torch.erf",
        "where": "torch.where",
        "clip": "torch.clamp",
    }
    reserved = ("F", "Net", "net", "nn", "torch", "self", "state", *MODULE.split())

    def __init__(self) -> None:
        super().__init__()
        self.modules: dict[str, str] = {}
        self.state: dict[str, str] = {}

    def module(self, code: str, **arrays: str) -> None:
        """Set the output to that of a module, whose arrays come from those of convstep."""
        name = self.place.name
        self.modules[name] = code
        self.state |= {f"{name}.{key}": value for key, value in arrays.items()}
        if self.alone:
            self.lines.insert(0, f"{name} = {code}")
        self.set(f"{name}({self.x})" if self.alone else f"self.{name}({self.x})")

    def bias_of(self, biased: bool) -> dict[str, str]:
        """Return where the bias comes from."""
        return {"bias": self.array("bias")} if biased else {}

    # Layers with weights

    def conv(self, window: Window, filters: int, groups: int, *, biased: bool) -> None:
        order = ".transpose(3, 2, 0, 1)" if self.rank == 2 else "[:, 0].transpose(2, 1, 0)"
        self._convolution(window, filters, groups, f"{self.array('weights')}{order}", biased=biased)

    def depthwise_conv(self, window: Window, multiplier: int, *, biased: bool) -> None:
        filters = self.channels * multiplier
        kernel = ", ".join(str(axis.kernel) for axis in self.along(*window[:2]))
        weights = f"{self.array('weights')}.transpose(2, 3, 0, 1).reshape({filters}, 1, {kernel})"
        self._convolution(window, filters, self.channels, weights, biased=biased)

    def _convolution(self, window: Window, filters: int, groups: int, weights: str, *, biased: bool) -> None:
        axes = self.along(*window[:2])
        befores = self._padded(axes, window.word)
        options = arguments(
            self.channels,
            filters,
            kernel_size=either([axis.kernel for axis in axes]),
            stride=unless([axis.stride for axis in axes], 1),
            padding=unless(befores, 0),
            dilation=unless([axis.dilation for axis in axes], 1),
            groups=groups if groups > 1 else None,
            bias=None if biased else False,
        )
        self.module(f"nn.Conv{self.rank}d({options})", weight=weights, **self.bias_of(biased))

    def _padded(self, axes: Sequence[Axis], word: str) -> list[int]:
        """Pad the input, unless the module can do it by itself: equally, and with zeros; return its padding."""
        if all(axis.mode == "zero" and axis.before == axis.after for axis in axes):
            return [axis.before for axis in axes]
        self.first(self._pad(axes), self.odd(axes, word))
        return [0]

    def _pad(self, axes: Sequence[Axis]) -> str:
        sides = _sides([(axis.before, axis.after) for axis in axes])
        mode = F_MODES.get(axes[0].mode)
        return f"F.pad({arguments(self.x, sides, mode=mode)})"

    def conv_transpose(
        self, rows: TransposedAxis, cols: TransposedAxis, filters: int, groups: int, *, biased: bool
    ) -> None:
        axes = self.along(rows, cols)
        trims = []
        for axis in axes:
            more = axis.before - axis.after
            if not 0 <= more < max(axis.stride, axis.dilation):
                more = max(0, -axis.after)
            padding = min(axis.before, axis.after + more)
            trims.append((padding, more, axis.before - padding, axis.after + more - padding))
        options = arguments(
            self.channels,
            filters,
            kernel_size=either([axis.kernel for axis in axes]),
            stride=unless([axis.stride for axis in axes], 1),
            padding=unless([padding for padding, *_ in trims], 0),
            output_padding=unless([more for _, more, *_ in trims], 0),
            groups=groups if groups > 1 else None,
            bias=None if biased else False,
            dilation=unless([axis.dilation for axis in axes], 1),
        )
        order = ".transpose(3, 2, 0, 1)" if self.rank == 2 else "[:, 0].transpose(2, 1, 0)"
        self.module(
            f"nn.ConvTranspose{self.rank}d({options})",
            weight=f"{self.array('weights')}{order}",
            **self.bias_of(biased),
        )
        if trimmed := cut([(before, after) for *_, before, after in trims], ":, :, "):
            self.note("PyTorch cuts the same off both ends; the rest is cut off here")
            self.lines.append(f"{self.place.target} = {self.place.target}{trimmed}")

    def dense(self, units: int, *, biased: bool) -> None:
        options = arguments(self.channels, units, bias=None if biased else False)
        self.module(f"nn.Linear({options})", weight=f"{self.array('weights')}.T", **self.bias_of(biased))

    def batch_norm(self, epsilon: float) -> None:
        arrays = {"weight": "gamma", "bias": "beta", "running_mean": "mean", "running_var": "variance"}
        self.module(
            f"nn.BatchNorm{max(1, self.rank)}d({self.channels}, eps={real(epsilon)})",
            **{key: self.array(name) for key, name in arrays.items()},
        )

    def prelu(self) -> None:
        self.module(f"nn.PReLU({self.channels})", weight=self.array("alpha"))

    # Pools

    def padded(self, x: str, amounts: Sequence[Pair], value: int | None) -> str:
        filled = LOWEST if value is None else value or None
        return f"F.pad({arguments(x, _sides(amounts), value=filled)})" if any(map(any, amounts)) else x

    def largest(self, x: str, axes: Sequence[Axis]) -> str:
        return self._pool("max_pool", x, axes, dilation=unless([axis.dilation for axis in axes], 1))

    def mean(self, x: str, axes: Sequence[Axis]) -> str:
        if any(axis.dilation > 1 for axis in axes):
            return f"sum({views(x, axes, ':, :, ')}) / {prod(axis.kernel for axis in axes)}"
        return self._pool("avg_pool", x, axes)

    def ones(self, x: str) -> str:
        return f"torch.ones_like({x})"

    def native_max(self, window: Window, axes: Sequence[Axis]) -> str | None:
        if not _pads_by_itself(axes):
            return None
        return self._pool(
            "max_pool",
            self.x,
            axes,
            padding=unless([axis.before for axis in axes], 0),
            dilation=unless([axis.dilation for axis in axes], 1),
            ceil_mode=any(axis.overhang for axis in axes) or None,
        )

    def native_mean(self, window: Window, axes: Sequence[Axis], *, count_padding: bool) -> str | None:
        if not _pads_by_itself(axes) or any(axis.overhang or axis.dilation > 1 for axis in axes):
            return None
        padding = either([axis.before for axis in axes])
        return self._pool("avg_pool", self.x, axes, padding=padding, count_include_pad=None if count_padding else False)

    def _pool(self, name: str, x: str, axes: Sequence[Axis], **options: object) -> str:
        strides, kernel = [axis.stride for axis in axes], [axis.kernel for axis in axes]
        stride = either(strides) if strides != kernel else None
        return f"F.{name}{self.rank}d({arguments(x, either(kernel), stride=stride, **options)})"

    def over_all(self, function: str) -> str:
        name = "amax" if function == "max" else function
        return f"{self.x}.{name}(dim={'(2, 3)' if self.rank == 2 else 2})"

    # Layers that move values

    def flatten(self) -> None:
        places = prod(self.place.shape[:-1])
        if not self.rank:
            self.unchanged("the values are in one row already")
        elif places == 1 or self.channels == 1:
            self.set(f"{self.x}.flatten(1)")
        else:
            to = "(0, 2, 3, 1)" if self.rank == 2 else "(0, 2, 1)"
            self.set(
                f"{self.x}.permute{to}.flatten(1)",
                "channels last, as in TensorFlow: the dense weights' rows are in that order, not in PyTorch's",
            )

    def pad(self, rows: Axis, cols: Axis) -> None:
        self.set(self._pad(self.along(rows, cols)))

    def crop(self, rows: TransposedAxis, cols: TransposedAxis) -> None:
        self.set(f"{self.x}[:, :, {self.kept(rows, cols)}]")

    def upsample(self, scale: Pair) -> None:
        scales = scale[: self.rank]
        if all(_interpolates(n, by) for n, by in zip(self.place.shape, scales, strict=False)):
            self.set(f"F.interpolate({self.x}, scale_factor={either(scales)})")
            return
        repeats = "".join(f".repeat_interleave({by}, dim={2 + n})" for n, by in enumerate(scales) if by > 1)
        self.set(f"{self.x}{repeats}")

    def concat(self) -> None:
        self.set(f"torch.cat({_several(self.place.inputs)}, dim=1)")

    # Functions of a value

    def relu(self) -> None:
        self.set(f"F.relu({self.x})")

    def leaky_relu(self, alpha: float) -> None:
        self.set(f"F.leaky_relu({self.x}, negative_slope={real(alpha)})")

    def clip(self, low: float, high: float) -> None:
        self.set(f"torch.clamp({self.x}, {real(low)}, {real(high)})")

    def sigmoid(self) -> None:
        self.set(f"torch.sigmoid({self.x})")

    def tanh(self) -> None:
        self.set(f"torch.tanh({self.x})")

    def log_softmax(self) -> None:
        self.set(f"F.log_softmax({self.x}, dim=1)")

    def softmax(self) -> None:
        self.set(f"F.softmax({self.x}, dim=1)")

    def dropout(self, rate: float) -> None:
        training = "training" if self.alone else "self.training"
        self.set(f"F.dropout({self.x}, p={real(rate)}, training={training})")

    # The program

    imports = ("import torch", "import torch.nn.functional as F", "from torch import nn")

    def definition(self, shape: Shape, entry: str, result: str) -> list[str]:
        modules = [f"self.{name} = {code}" for name, code in self.modules.items()]
        init = ["", "def __init__(self):", *indented(["super().__init__()", *modules])] if modules else []
        layout = {3: "(m, channels, height, width)", 2: "(m, channels, length)", 1: "(m, values)"}[len(shape)]
        body = [f"# {entry} is {layout}", *self.lines, f"return {result}"]
        forward = ["", f"def forward(self, {entry}):", *indented(body)]
        return ["class Net(nn.Module):", *indented([*init, *forward][1:])]

    def running(self, shape: Shape, output: Shape) -> list[str]:
        lines = [f"net = Net(){'.double()' if self.dtype == 'float64' else ''}.eval()"]
        if self.state:
            if any("transpose" in code for code in self.state.values()):
                lines.append("# convstep's filters are (height, width, in, out), PyTorch's (out, in, height, width)")
            lines += [
                "state = {",
                *indented(f'"{name}": {code},' for name, code in self.state.items()),
                "}",
                "net.load_state_dict({name: torch.tensor(array) for name, array in state.items()})",
            ]
        first = {3: ".permute(0, 3, 1, 2)  # channels first", 2: ".permute(0, 2, 1)  # channels first", 1: ""}
        last = {3: ".permute(0, 2, 3, 1)", 2: ".permute(0, 2, 1)", 1: ""}
        return [
            *lines,
            "",
            f'x = torch.tensor(p["input"]){first[len(shape)]}',
            "with torch.no_grad():",
            f"    y = net(x){last[len(output)]}.numpy()",
        ]


def _sides(amounts: Sequence[Pair]) -> str:
    """Return padding in the order of `F.pad`: the last axis first."""
    return pair([n for ends in reversed(amounts) for n in ends])


def _pads_by_itself(axes: Sequence[Axis]) -> bool:
    """Return whether a pool can pad by itself: equally, and by half a window at most."""
    return all(axis.before == axis.after <= axis.kernel // 2 for axis in axes)


def _several(inputs: Sequence[str]) -> str:
    return f"[{', '.join(inputs)}]"


def _interpolates(length: int, scale: int) -> bool:
    """Return whether `F.interpolate`, which computes in float32, finds the right one of `length` places for each."""
    places = np.arange(length * scale)
    found = np.floor(places.astype(np.float32) * np.float32(1 / scale)).astype(int)
    return bool((found == places // scale).all())


FRAMEWORK = Torch
