"""The misunderstandings that give wrong sizes and counts: each declared once, with its place, effect and reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from convstep.answers.why.sums import Count, SizeSum
from convstep.engine.geometry import VALID, Padding, Sliding
from convstep.layers import Layer, Shape, Windowed
from convstep.layers.reasons import SAME


class At(NamedTuple):
    """A layer in somebody's sums.

    Attributes:
        layer: The layer.
        arrivals: The shapes of its inputs, as they come out of the sums.
        shape: The shape of all inputs together.
        output: The right output for them; its sizes are 0 if no window fits.
    """

    layer: Layer
    arrivals: tuple[Shape, ...]
    shape: Shape
    output: Shape

    @property
    def parameter_sum(self) -> Count | None:
        """The right sum for the number of parameters; None if the layer has no weights."""
        weights = self.layer.weight_shape(self.shape)
        if not weights or len(weights) != len(self.layer.axis_letters):
            return None
        bias = self.layer.parameter_shapes(self.shape).get("bias", ())
        return Count(self.layer.axis_letters, weights, bias)

    @property
    def has_filters(self) -> bool:
        """Whether every filter sees all channels, or those of its group, and makes one channel of its own."""
        return {"H", "I", "O"} <= set(self.layer.axis_letters)

    @property
    def is_joined(self) -> bool:
        """Whether the channels of several inputs stand beside each other in the output."""
        channels = [shape[-1] for shape in self.arrivals]
        return self.layer.takes_several and len(channels) > 1 and sum(channels) == self.output[-1]


@dataclass(frozen=True, eq=False)
class Slip:
    """A misunderstanding.

    Attributes:
        name: Its name in JSON.
        phrase: What was done, with its place as {where}.
        reason: Why that is wrong, as the end of a sentence.
        applies: Returns whether it can be made in a layer.
        part: What it changes; a layer can't have two slips of one part.
        window: Changes the window.
        size: Changes the sum for the size along an axis.
        channels: Changes the number of output channels.
        leaves_out: Whether the layer is left out.
        count: Changes the sum for the number of parameters.
        result: Changes the answer itself, whatever the layer.
        spreads: Whether it is likelier to be made in all layers than in one.
    """

    name: str
    phrase: str
    reason: str
    applies: Callable[[At], bool]
    part: str
    window: Callable[[Sliding], Sliding] | None = None
    size: Callable[[SizeSum], SizeSum] | None = None
    channels: Callable[[At], int] | None = None
    leaves_out: bool = False
    count: Callable[[At, Count], Count] | None = None
    result: Callable[[Shape], Shape] | None = None
    spreads: bool = False


def _padding(at: At) -> object:
    return at.layer.padding if isinstance(at.layer, Windowed) else None


def _stride(at: At) -> int:
    return max(at.layer.sliding.stride) if isinstance(at.layer, Windowed) else 1


def _rounds_up(at: At) -> bool:
    return isinstance(at.layer, Windowed) and (at.layer.padding in SAME or at.layer.sliding.ceil_mode)


def _pads(at: At) -> bool:
    return isinstance(at.layer, Windowed) and at.layer.padding not in (VALID, "causal")


def _around(window: Sliding) -> Sliding:
    """Return a window with ⌊(f − 1) / 2⌋ of padding on every side."""
    down, across = (
        (kernel - 1) * dilation // 2 for kernel, dilation in zip(window.kernel, window.dilation, strict=True)
    )
    return window._replace(padding=Padding(down, down, across, across))


def _changes_size(at: At) -> bool:
    """Return whether a layer without weights may change the size of a map."""
    if at.layer.axis_letters or at.layer.keeps_values or at.layer.takes_several:
        return False
    if len(at.shape) != len(at.output) or len(at.output) == 1:
        return False
    return isinstance(at.layer, Windowed) or at.shape[:-1] != at.output[:-1]


def _has_bias(at: At) -> bool:
    return at.parameter_sum is not None and bool(at.parameter_sum.bias)


def _matters(at: At, letter: str) -> bool:
    """Return whether a layer's weights would be fewer without an axis."""
    sum_ = at.parameter_sum
    return sum_ is not None and prod(sum_.weights) != prod(sum_.without(letter).weights)


def _places(at: At) -> tuple[int, ...]:
    return at.output[:-1] if "H" in at.layer.axis_letters else ()


SLIPS: tuple[Slip, ...] = (
    Slip(
        "valid",
        "VALID in {where}",
        "{padding} pads as much as that takes",
        lambda at: isinstance(_padding(at), str),
        "padding",
        window=lambda window: window._replace(padding=VALID),
        spreads=True,
    ),
    Slip(
        "same",
        "SAME in {where}",
        "{padding} doesn't pad to keep the size",
        lambda at: isinstance(at.layer, Windowed) and at.layer.padding not in SAME,
        "padding",
        window=lambda window: window._replace(padding="same"),
        spreads=True,
    ),
    Slip(
        "no padding",
        "the padding left out in {where}",
        "the padding belongs to the size",
        lambda at: isinstance(_padding(at), Padding) and _padding(at) != VALID,
        "padding",
        window=lambda window: window._replace(padding=VALID),
        spreads=True,
    ),
    Slip(
        "layer forgotten",
        "{where} forgotten",
        "every layer with a window changes the size",
        _changes_size,
        "layer",
        leaves_out=True,
    ),
    Slip(
        "stride forgotten",
        "the stride forgotten in {where}",
        "the window moves further each time, so that fewer fit",
        lambda at: _stride(at) > 1,
        "stride",
        window=lambda window: window._replace(stride=(1, 1)),
    ),
    Slip(
        "padding once",
        "the padding counted once instead of twice in {where}",
        "padding lies at both ends",
        _pads,
        "padding",
        size=lambda sum_: sum_._replace(after=0, short=False, up=sum_.up and not sum_.short),
    ),
    Slip(
        "missing + 1",
        "the + 1 missing in {where}",
        "the first window counts, too, before any step",
        lambda at: isinstance(at.layer, Windowed),
        "one",
        size=lambda sum_: sum_._replace(one=False, short=False, up=sum_.up and not sum_.short),
    ),
    Slip(
        "ceil for floor",
        "ceil for floor in {where}",
        "a rest that doesn't fill a stride gets no window",
        lambda at: isinstance(at.layer, Windowed) and _stride(at) > 1 and not _rounds_up(at),
        "rounding",
        size=lambda sum_: sum_._replace(up=True),
    ),
    Slip(
        "floor for ceil",
        "floor for ceil in {where}",
        "a rest that doesn't fill a stride gets a window, too",
        lambda at: _stride(at) > 1 and _rounds_up(at),
        "rounding",
        size=lambda sum_: sum_._replace(up=False),
    ),
    Slip(
        "padding on both sides",
        "⌊(f − 1) / 2⌋ of padding on every side of {where}",
        "SAME pads as much as it needs, and the odd one goes after",
        lambda at: _padding(at) in SAME,
        "padding",
        window=_around,
    ),
    Slip(
        "kernel and stride swapped",
        "kernel and stride swapped in {where}",
        "the kernel is the window's size, the stride how far it moves",
        lambda at: isinstance(at.layer, Windowed) and at.layer.sliding.kernel != at.layer.sliding.stride,
        "stride",
        window=lambda window: window._replace(kernel=window.stride, stride=window.kernel),
    ),
    Slip(
        "dilation forgotten",
        "the dilation forgotten in {where}",
        "the gaps make the window larger",
        lambda at: isinstance(at.layer, Windowed) and max(at.layer.dilation) > 1,
        "dilation",
        window=lambda window: window._replace(dilation=(1, 1)),
    ),
    Slip(
        "bias forgotten",
        "the bias forgotten in {where}",
        "every filter, or neuron, has a bias",
        _has_bias,
        "bias",
        count=lambda at, sum_: sum_._replace(bias=()),
    ),
    Slip(
        "bias per weight",
        "a bias per weight in {where}",
        "every filter, or neuron, has one bias",
        _has_bias,
        "bias",
        count=lambda at, sum_: sum_._replace(bias=sum_.weights),
    ),
    Slip(
        "one bias",
        "one bias for all of {where}",
        "every filter, or neuron, has a bias of its own",
        lambda at: at.parameter_sum is not None and prod(at.parameter_sum.bias) > 1,
        "bias",
        count=lambda at, sum_: sum_._replace(bias=(1,)),
    ),
    Slip(
        "channels left out",
        "the input's channels left out in {where}",
        "a filter has weights for every channel that it sees",
        lambda at: at.has_filters and _matters(at, "I"),
        "weights",
        count=lambda at, sum_: sum_.without("I"),
    ),
    Slip(
        "one side",
        "one side of the kernel only in {where}",
        "a kernel has rows and columns",
        lambda at: at.has_filters and _matters(at, "W"),
        "weights",
        count=lambda at, sum_: sum_.without("W"),
    ),
    Slip(
        "not shared",
        "weights of its own for every place of {where}",
        "all places share the same weights",
        lambda at: at.parameter_sum is not None and prod(_places(at)) > 1,
        "sharing",
        count=lambda at, sum_: sum_._replace(places=_places(at)),
    ),
    Slip(
        "one filter",
        "only one filter counted in {where}",
        "all filters count",
        lambda at: "O" in at.layer.axis_letters and at.output[-1] > 1,
        "channels",
        channels=lambda at: 1 if at.has_filters else at.output[-1],
        count=lambda at, sum_: sum_.without("O")._replace(bias=(1,) if sum_.bias else ()),
    ),
    Slip(
        "channels multiplied",
        "the channels multiplied instead of summed in {where}",
        "a filter sums over all channels, and makes one map",
        lambda at: at.has_filters,
        "channels",
        channels=lambda at: at.shape[-1] * at.output[-1],
    ),
    Slip(
        "channels kept",
        "the channels as they arrive in {where}",
        "every filter makes one channel",
        lambda at: at.has_filters,
        "channels",
        channels=lambda at: at.shape[-1],
    ),
    Slip(
        "joined channels multiplied",
        "the channels multiplied instead of joined in {where}",
        "they stand beside each other, so they are added up",
        lambda at: at.is_joined,
        "channels",
        channels=lambda at: prod(shape[-1] for shape in at.arrivals),
    ),
    Slip(
        "joined like a sum",
        "the channels of one input only in {where}",
        "they stand beside each other, so they are added up",
        lambda at: at.is_joined,
        "channels",
        channels=lambda at: at.arrivals[0][-1],
    ),
    Slip(
        "height and width swapped",
        "height and width swapped",
        "the height, the number of rows, comes first",
        lambda at: False,
        "order",
        result=lambda shape: (shape[1], shape[0], *shape[2:]) if len(shape) == 3 else shape,
    ),
)
"""All slips, the likeliest first."""

_RANKS = {slip: rank for rank, slip in enumerate(SLIPS)}


def rank(slip: Slip) -> int:
    """Return a slip's place among all, from 0 for the likeliest; −1 for a batch, whose size fits only by chance."""
    return _RANKS.get(slip, -1)


def batch_mixed_in(m: int) -> Slip:
    """Return the slip of counting the values of all `m` examples."""
    return Slip(
        "batch mixed in",
        f"the batch of {m:,} mixed in",
        "the batch is no part of an example's shape",
        lambda at: False,
        "batch",
        result=lambda shape: (shape[0] * m, *shape[1:]),
    )
