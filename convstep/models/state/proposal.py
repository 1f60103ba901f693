"""What a file of weights leaves open about its net, and what of it fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from convstep.errors import SpecError
from convstep.layers import Shape, times
from convstep.models.state.parts import HINT, Block, Part, Told, Unit
from convstep.printable import printable

USUAL_SIZES = (28, 32, 224, 64, 96, 128, 48, 16, 14, 12, 8, 56, 80, 160, 192, 256, 299)
"""Heights and widths of inputs that are tried, the likeliest first."""

OTHER_SIZES = tuple(size for size in range(8, 301) if size not in USUAL_SIZES)
"""Those that are tried if none of the usual ones fits."""

MOST_PADDED = 7
"""With how many convolutions paddings are tried one by one; in larger nets all are alike."""

WIDE_STEM = 7
"""The smallest window of a first convolution that takes two steps and is followed by a pool, as in a ResNet."""

MOBILE_STRIDES = (1, 2, 2, 2, 1, 2, 1)
"""The strides of the stages of torchvision's MobileNetV2."""

Flags = tuple[bool, ...]


class Choice(NamedTuple):
    """What the file does not say.

    Attributes:
        size: The input's height and width, or its length.
        padded: Which convolutions keep the map's size.
        pooled: After which of them a pool halves it.
        strided: Which of them halve it, by taking two steps; which transposed ones double it.
        flat: Whether the dense layers take all values of the last map, rather than each channel's mean.
        strides: The stride of each residual block.
    """

    size: tuple[int, int]
    padded: Flags
    pooled: Flags
    strided: Flags
    flat: bool
    strides: tuple[int, ...] = ()


class Given(NamedTuple):
    """What is known.

    Attributes:
        units: The layers and blocks.
        turned: Which of the convolutions outside blocks are transposed.
        told: What names tell.
        asked: The input's shape, if one is asked for.
    """

    units: Sequence[Unit]
    turned: Sequence[bool]
    told: Mapping[str, Told]
    asked: Shape

    @property
    def convs(self) -> list[Part]:
        """The convolutions outside blocks."""
        return [unit for unit in self.units if isinstance(unit, Part) and unit.is_conv]

    @property
    def blocks(self) -> list[Block]:
        """The blocks."""
        return [unit for unit in self.units if isinstance(unit, Block)]

    @property
    def dense(self) -> Part | None:
        """The first dense layer."""
        return next((unit for unit in self.units if isinstance(unit, Part) and unit.is_dense), None)

    @property
    def first(self) -> Part:
        """The first convolution or dense layer."""
        unit = next(unit for unit in self.units if isinstance(unit, Block) or unit.is_conv or unit.is_dense)
        return unit.convs[0] if isinstance(unit, Block) else unit

    @property
    def channels(self) -> int:
        """How many channels, or values, the first one takes."""
        first = self.first
        alone = any(first is conv for conv in self.convs)
        takes_first = self.turned[0] if alone else first.is_depthwise
        return first.weight[0 if takes_first else 1]


def fitting(given: Given, likely: Sequence[Shape]) -> Given:
    """Return what is known, with an input of the first of some shapes that fits, where none is asked for."""
    first = given.first
    for shape in likely if first.is_conv and not given.asked else ():
        asked = given._replace(asked=shape)
        if len(shape) == len(first.weight) - 1 and shape[-1] == given.channels and choices(asked):
            return asked
    return given


def choices(given: Given) -> list[Choice]:
    """Return what fits, the likeliest first: what the file leaves open is found from the first dense layer's inputs.

    Raises:
        SpecError: Nothing can.
    """
    convs = given.convs
    everything = [*convs, *(conv for block in given.blocks for conv in block.convs)]
    if not everything:
        return [Choice((0, 0), (), (), (), True)]
    one_axis = len(everything[0].weight) == 3
    if any(len(part.weight) != len(everything[0].weight) for part in everything):
        raise SpecError("has no graph, and convolutions of one and of two axes", hint=HINT)
    asked = given.asked
    if asked and len(asked) != (2 if one_axis else 3):
        raise SpecError(f"its input is {'length, channels' if one_axis else 'height, width, channels'}",
                        where="--set input.shape")  # fmt: skip
    if given.blocks:
        return _of_blocks(given)
    dense, channels = given.dense, _leaving(convs[-1], turned=given.turned[-1])
    if dense is None and any(given.turned):
        return [_of_autoencoder(given, _sizes(asked, one_axis))]
    if dense is None or dense.weight[1] == channels:
        size = _sizes(asked, one_axis)[0]
        pools = [given.told.get(part.name, Told()).pooled for part in convs]
        pooled = tuple(min(size) >> n > 7 or one_axis if known is None else known for n, known in enumerate(pools, 1))
        return [Choice(size, (True,) * len(convs), pooled, tuple(given.turned), False)]
    wanted = dense.weight[1]

    def fits(size: tuple[int, int], way: tuple[Flags, Flags, Flags]) -> bool:
        end = _size_after(size, given, *way)
        return end is not None and channels * prod(end) == wanted

    untold = given._replace(told={})  # what looks like a pool may be dropout
    for each, size in product((given, untold), _sizes(asked, one_axis)):
        if found := [Choice(size, *way, True) for way in _ways(each, many=True) if fits(size, way)]:
            return found
    others = () if asked else [(size, 1 if one_axis else size) for size in OTHER_SIZES]
    for each in (given, untold):
        tried = ((size, way) for way in _ways(each, many=False) for size in others)
        if found := [Choice(size, *way, True) for size, way in tried if fits(size, way)][:1]:
            return found
    return []


def _leaving(part: Part, *, turned: bool) -> int:
    return part.weight[1 if turned else 0]


def _sizes(asked: Shape, one_axis: bool) -> list[tuple[int, int]]:
    if asked:
        return [(asked[0], 1 if one_axis else asked[1])]
    return [(size, 1 if one_axis else size) for size in ((100, *USUAL_SIZES) if one_axis else USUAL_SIZES)]


def _ways(given: Given, *, many: bool) -> Iterator[tuple[Flags, Flags, Flags]]:
    """Yield paddings, pools and strides to try, the likeliest first: all alike, then one by one, the first ones padded.

    Args:
        given: What is known.
        many: Whether many are tried, rather than those alone that are likely.
    """
    count, turned = len(given.convs), tuple(given.turned)
    known = [given.told.get(part.name, Told()).pooled for part in given.convs]
    alike = [(True,) * count, (False,) * count]
    each = list(product((True, False), repeat=count)) if many and count <= MOST_PADDED else []
    paddings = dict.fromkeys([*alike, *each])
    pools = [(True,) * count, (False,) * count, tuple(n % 2 == 1 for n in range(count))]
    if many:
        pools += [tuple(n < pooled for n in range(count)) for pooled in range(1, count)]
        pools += [tuple(n >= count - pooled for n in range(count)) for pooled in range(1, count)]
    told = (tuple(_or(is_known, n) for is_known, n in zip(known, pooled, strict=True)) for pooled in pools)
    for pooled in dict.fromkeys(told):
        for padded in paddings:
            yield padded, pooled, turned
    pooled = tuple(_or(is_known, False) for is_known in known)
    for first in range(count if many else 1):
        strided = tuple(n >= first or flag for n, flag in enumerate(turned))
        for padded in alike:
            yield padded, pooled, strided


def _or(known: bool | None, otherwise: bool) -> bool:
    return otherwise if known is None else known


def steps(part: Part, *, padded: bool, strided: bool) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return a convolution's stride and padding, for rows and columns."""
    axes = len(part.weight) - 2
    stride = (2 if strided else 1, 2 if strided and axes == 2 else 1)
    odd = [size % 2 or strided for size in part.kernel]
    top, left = ((size - 1) // 2 if padded and is_odd else 0 for size, is_odd in zip(part.kernel, odd, strict=True))
    return stride, (top, left)


def stamp(part: Part, *, strided: bool) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Return a transposed convolution's stride, what it cuts off on each side, and what it adds at the end."""
    axes = len(part.weight) - 2
    found = []
    for size in part.kernel[:axes]:
        if not strided or size == 1:
            found.append((1, (size - 1) // 2, 0))
        else:
            found.append((2, (size - 1) // 2, size % 2))
    found += [(1, 0, 0)] * (2 - axes)
    stride, cut, extra = zip(*found, strict=True)
    return stride, cut, extra


def _size_after(
    size: tuple[int, int], given: Given, padded: Flags, pooled: Flags, strided: Flags
) -> tuple[int, int] | None:
    height, width = size
    for n, part in enumerate(given.convs):
        (f_h, f_w), one_axis = part.kernel, len(part.weight) == 3
        if given.turned[n]:
            (down, across), (top, left), (below, right) = stamp(part, strided=strided[n])
            height = (height - 1) * down + f_h - 2 * top + below
            width = (width - 1) * across + f_w - 2 * left + right
        else:
            (down, across), (top, left) = steps(part, padded=padded[n], strided=strided[n])
            height = (height + 2 * top - f_h) // down + 1
            width = (width + 2 * left - f_w) // across + 1
        if pooled[n]:
            height //= 2
            width = width if one_axis else width // 2
        if height < 1 or width < 1:
            return None
    return height, width


def what_fails(given: Given) -> str:
    """Return why nothing fits, in words."""
    dense = given.dense
    assert dense is not None
    sizes = f"with inputs of {min(USUAL_SIZES)} to {max(OTHER_SIZES)}"
    where = f"with an input of {times(given.asked)}" if given.asked else sizes
    return (
        f"has no graph, and no padding and pools give the {dense.weight[1]:,} inputs of '{printable(dense.name)[:60]}' "
        f"{where}"
    )


# Nets that are no plain row of convolutions and dense layers


def _of_autoencoder(given: Given, sizes: Sequence[tuple[int, int]]) -> Choice:
    """Return what gives an output of the input's size: as many halvings as transposed convolutions double it."""
    convs, turned = given.convs, tuple(given.turned)
    doubled = sum(flag and part.kernel != (1, 1) for part, flag in zip(convs, turned, strict=True))
    first = turned.index(True)
    known = [given.told.get(part.name, Told()).pooled for part in convs]
    pooled, strided = [False] * len(convs), list(turned)
    told = sum(flag is True for flag in known[:first])
    pools = told > 0 or all(part.kernel[0] == 2 for part, flag in zip(convs, turned, strict=True) if flag)
    left = doubled - told if told else doubled
    for n in range(first):
        if known[n]:
            pooled[n] = True
        elif left > 0 and pools and known[n] is None:
            pooled[n], left = True, left - 1
        elif left > 0 and not pools:
            strided[n], left = True, left - 1
    fitting = [size for size in sizes if not any(each % 2**doubled for each in size[: len(convs[0].weight) - 2])]
    return Choice((fitting or list(sizes))[0], (True,) * len(convs), tuple(pooled), tuple(strided), False)


def stem_strides(given: Given) -> bool:
    """Return whether the first convolution of a net of residual blocks takes two steps."""
    first = next(unit for unit in given.units)
    if not isinstance(first, Part) or not first.is_conv:
        return False
    return min(first.kernel[: len(first.weight) - 2]) >= WIDE_STEM or _is_mobile(given.blocks)


def _of_blocks(given: Given) -> list[Choice]:
    """Return strides of residual blocks as torchvision has them, and an input that fits the first dense layer."""
    strides, convs, dense = _strides(given.blocks), given.convs, given.dense
    one_axis = len(given.blocks[0].convs[0].weight) == 3
    stem = stem_strides(given)
    halvings = sum(stride == 2 for stride in strides) + stem
    if stem and not _is_mobile(given.blocks):
        halvings += 1  # the pool after it
    last = [unit for unit in given.units if isinstance(unit, Block) or unit.is_conv][-1]
    channels = last.convs[-1].weight[0] if isinstance(last, Block) else last.weight[0]
    usual = (224, 32) if stem else (32, 224)
    sizes = _sizes(given.asked, one_axis)
    sizes = sizes if given.asked else [(size, 1 if one_axis else size) for size in (*usual, *USUAL_SIZES)]
    many = len(convs)
    flags = ((True,) * many, (False,) * many, tuple(stem and n == 0 for n in range(many)))
    if dense is None or dense.weight[1] == channels:
        return [Choice(sizes[0], *flags, False, strides)]
    for size in sizes:
        end = [-(-each // 2**halvings) for each in size[: 1 if one_axis else 2]]
        if channels * prod(end) == dense.weight[1]:
            return [Choice(size, *flags, True, strides)]
    return []


def _is_mobile(blocks: Sequence[Block]) -> bool:
    return all(block.inverted for block in blocks) and len(_stages(blocks)) == len(MOBILE_STRIDES)


def _stages(blocks: Sequence[Block]) -> list[list[Block]]:
    """Return the blocks, those of one stage together: of one name before the last number, or of as many channels."""
    stages: list[list[Block]] = []
    for block in blocks:
        before = stages[-1][-1] if stages else None
        if before is not None and block.inverted:
            same = before.convs[-1].weight[0] == block.convs[-1].weight[0]
        else:
            same = before is not None and not block.shortcut
        if same:
            stages[-1].append(block)
        else:
            stages.append([block])
    return stages


def _strides(blocks: Sequence[Block]) -> tuple[int, ...]:
    stages = _stages(blocks)
    mobile = _is_mobile(blocks)
    found = []
    for n, stage in enumerate(stages):
        changes = bool(stage[0].shortcut) or not stage[0].keeps_channels
        first = MOBILE_STRIDES[n] if mobile else 2 if n and changes else 1
        found += [first, *[1] * (len(stage) - 1)]
    return tuple(found)
