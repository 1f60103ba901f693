"""The layers whose parameters a file of weights holds, their order, and what their names tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from convstep import tensors
from convstep.errors import SpecError
from convstep.layers import Shape, times
from convstep.printable import printable

MOST_LAYERS = 200
"""The most layers with weights of a net that is proposed."""

HINT = "Write a spec, and name its weights as {file: FILE, key: NAME}"

_AROUND = re.compile(r"(module|model|net|network|_orig_mod)\.(?!\d)(?=.*\.)")
"""A module around all others, whose name tells nothing."""

_SHORTCUT = re.compile(r"downsample|shortcut|skip|identity|residual_conv|res_conv|proj_shortcut", re.IGNORECASE)
_STAGE = re.compile(r"(.*\.)?layer\d+\.\d+|(.*\.)?res\w*(\.\d+)*", re.IGNORECASE)
_TURNED = re.compile(r"trans|deconv|upconv|convt|tconv|unconv|(^|[._])up", re.IGNORECASE)


class Part(NamedTuple):
    """The parameters of one layer.

    Attributes:
        name: The layer's name in the file.
        arrays: Its arrays, by the last part of their names.
    """

    name: str
    arrays: dict[str, tensors.Tensor]

    @property
    def weight(self) -> Shape:
        """Shape of its weights; () for a normalisation without."""
        return self.arrays["weight"].shape if "weight" in self.arrays else ()

    @property
    def is_norm(self) -> bool:
        """Whether it is a batch normalisation."""
        return "running_mean" in self.arrays

    @property
    def is_conv(self) -> bool:
        """Whether it is a convolution, of one axis or two."""
        return len(self.weight) in (3, 4)

    @property
    def is_dense(self) -> bool:
        """Whether it is a dense layer."""
        return len(self.weight) == 2

    @property
    def kernel(self) -> tuple[int, int]:
        """Height and width of a convolution's window."""
        return (self.weight[2], self.weight[3] if len(self.weight) == 4 else 1)

    @property
    def is_pointwise(self) -> bool:
        """Whether it is a convolution with a window of one place."""
        return self.is_conv and self.kernel == (1, 1)

    @property
    def is_depthwise(self) -> bool:
        """Whether it can be a depthwise convolution."""
        return self.is_conv and self.weight[1] == 1 < self.weight[0] and self.kernel != (1, 1)


class Block(NamedTuple):
    """Layers with a shortcut around them.

    Attributes:
        name: What their names begin with.
        body: The convolutions and their normalisations.
        shortcut: Those of the shortcut; empty if the block's input is added as it is.
        inverted: Whether it is an inverted residual block, as MobileNetV2 has.
    """

    name: str
    body: tuple[Part, ...]
    shortcut: tuple[Part, ...]
    inverted: bool

    @property
    def convs(self) -> list[Part]:
        """The convolutions of its body."""
        return [part for part in self.body if part.is_conv]

    @property
    def keeps_channels(self) -> bool:
        """Whether as many channels come out as arrive."""
        first, last = self.convs[0], self.convs[-1]
        arriving = first.weight[0] if first.is_depthwise else first.weight[1]
        return arriving == last.weight[0]


Unit = Part | Block


def parts_of(file: tensors.File) -> list[Part]:
    """Return the layers of a file, in the order in which they compute as far as it tells.

    Raises:
        SpecError: It can't be told what a layer is, or there are too many.
    """
    parts: dict[str, dict[str, tensors.Tensor]] = {}
    names = [re.sub(r"[/:]", ".", name) for name in file.tensors]
    while around := _AROUND.match(names[0] if names else ""):
        if not all(each.startswith(around.group()) for each in names):
            break
        names = [each[around.end() :] for each in names]
    for name, tensor in zip(names, file.tensors.values(), strict=True):
        stem, _, last = name.rpartition(".")
        parts.setdefault(stem, {})[{"weights": "weight", "kernel": "weight"}.get(last, last)] = tensor
    found = []
    for name, arrays in parts.items():
        shown = printable(name)[:60]
        if any(key.startswith(("weight_ih", "weight_hh")) for key in arrays):
            raise SpecError(f"has a recurrent layer, '{shown}', and those are not known here")
        part = Part(name, arrays)
        if "weight" not in arrays and not part.is_norm:
            raise SpecError(f"has no graph, and '{shown}' has no weight, so it can't be told what it is", hint=HINT)
        if "weight" in arrays and (not 1 <= len(part.weight) <= 4 or 0 in part.weight):
            raise SpecError(f"has no graph, and '{shown}' is {times(part.weight)}, which no layer here has")
        found.append(part)
    if not any(part.is_conv or part.is_dense for part in found):
        raise SpecError("holds no weights of convolutions or dense layers", hint=HINT)
    if len(found) > MOST_LAYERS:
        raise SpecError(f"has no graph, and {len(found)} layers, too many to guess how they follow", hint=HINT)
    norms_last = any(part.is_norm and after.is_norm for part, after in pairwise(found))  # conv1, conv2, bn1, bn2
    return _ordered(found, file.ordered and not norms_last)


def _ordered(parts: list[Part], ordered: bool) -> list[Part]:
    """Return the parts in the order in which they compute; files that sort their names don't keep it."""
    if ordered:
        return parts
    if all(re.fullmatch(r"(.*\.)?\d+", part.name) for part in parts):
        return sorted(parts, key=lambda part: (part.is_dense, "decoder" in part.name.lower(), _natural(part.name)))

    def place(part: Part) -> tuple[Any, ...]:
        number = re.search(r"(\d+)\D*$", part.name)
        rank = 0 if part.is_conv or part.is_dense else 1
        within = (int(number.group(1)[:9]) if number else 10**9, rank, _natural(part.name))
        if not any(_parent(each.name) for each in parts):
            return (part.is_dense, *within)
        return (part.is_dense, "decoder" in part.name.lower(), "." in part.name, _natural(_parent(part.name)), *within)

    return sorted(parts, key=place)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(each[:9]), "") if each.isdecimal() else (-1, each) for each in re.split(r"(\d+)", name)]


def _parent(name: str) -> str:
    """Return the name of the module that a layer, or the sequence of it, is in: layer1.0 for layer1.0.downsample.1."""
    steps = name.split(".")
    while steps and steps[-1].isdecimal():
        steps.pop()
    return ".".join(steps[:-1])


def dtypes(part: Part) -> set[str]:
    """Return the dtypes of a layer's parameters."""
    return {tensor.dtype for key, tensor in part.arrays.items() if key != "num_batches_tracked"}


# Blocks


def units_of(parts: Sequence[Part]) -> list[Unit]:
    """Return the layers, with those of residual blocks brought together, as their names and shapes tell."""
    groups: dict[str, list[Part]] = {}
    for part in parts:
        groups.setdefault(_parent(part.name), []).append(part)
    groups.pop("", None)
    inverted = any(_is_inverted(group, alone=True) for group in groups.values())
    with_shortcut = any(_shortcut(group) for group in groups.values())
    blocks: dict[str, Block] = {}
    for parent, group in groups.items():
        shortcut = _shortcut(group)
        body = tuple(part for part in group if part not in shortcut)
        convs = [part for part in body if part.is_conv]
        if not all(part.is_conv or part.is_norm for part in group) or not convs or not body[0].is_conv:
            continue
        block = Block(parent, body, tuple(shortcut), False)
        residual = bool(shortcut) or with_shortcut or _STAGE.fullmatch(parent) is not None
        if inverted and _is_inverted(group, alone=False):
            blocks[parent] = block._replace(inverted=True)
        elif len(convs) > 1 and residual and (shortcut or block.keeps_channels):
            blocks[parent] = block
    found: dict[str, Unit] = {}
    for part in parts:
        parent = _parent(part.name)
        found.setdefault(*((parent, blocks[parent]) if parent in blocks else (part.name, part)))
    return list(found.values())


def _shortcut(group: Sequence[Part]) -> list[Part]:
    """Return a shortcut's own layers; they follow the others."""
    return [part for part in group if _SHORTCUT.search(part.name.rpartition(_parent(part.name))[2])]


def _is_inverted(group: Sequence[Part], *, alone: bool) -> bool:
    """Return whether layers are an inverted residual block: one place, depthwise, one place.

    Args:
        group: The layers.
        alone: Whether the first of the three has to be there, without which others have to tell.
    """
    convs = [part for part in group if part.is_conv]
    if not alone and len(convs) == 2:
        return convs[0].is_depthwise and convs[1].is_pointwise
    return len(convs) == 3 and convs[0].is_pointwise and convs[1].is_depthwise and convs[2].is_pointwise


# What shapes and names tell of convolutions


def transposed(parts: Sequence[Part]) -> list[bool]:
    """Return which convolutions are transposed, whose weights have the channels that arrive first.

    The channels have to follow one another; where both would do, biases, normalisations and names decide.
    """
    convs = [part for part in parts if part.is_conv]
    sizes = [_channels_after(parts, part) for part in convs]
    best: dict[int, tuple[int, tuple[bool, ...]]] = {0: (0, ())}  # by how many channels arrive; 0 for any
    for part, size in zip(convs, sizes, strict=True):
        first, second = part.weight[:2]
        hinted = _TURNED.search(part.name) is not None or min(part.kernel[: len(part.weight) - 2]) in (2, 4)
        found: dict[int, tuple[int, tuple[bool, ...]]] = {}
        for arriving, (cost, flags) in best.items():
            grouped = bool(arriving) and arriving % second == 0 and first % (arriving // second) == 0
            ways = []
            if grouped or not arriving:
                ways.append((first, False, (3 if arriving and second not in (1, arriving) else 0) + hinted))
            may_turn = first == arriving or (not arriving and (hinted or size == second != first))
            if may_turn and not part.is_pointwise:
                ways.append((second, True, (1 if arriving else 3) - hinted))
            for leaving, turned, more in ways:
                if size in (0, leaving) and (leaving not in found or cost + more < found[leaving][0]):
                    found[leaving] = (cost + more, (*flags, turned))
        if not found:  # they don't follow one another, which the net will say
            return [False] * len(convs)
        best = found
    return list(min(best.values())[1])


def _channels_after(parts: Sequence[Part], part: Part) -> int:
    """Return how many channels a convolution's biases or its normalisation are for; 0 if there are neither."""
    if "bias" in part.arrays:
        shape = part.arrays["bias"].shape
        return shape[0] if len(shape) == 1 else 0
    at = next(n for n, each in enumerate(parts) if each is part) + 1
    following = parts[at] if at < len(parts) else None
    if following is None or not following.is_norm:
        return 0
    shape = following.arrays["running_mean"].shape
    return shape[0] if len(shape) == 1 else 0


class Told(NamedTuple):
    """What the numbers in a sequence's names tell of what follows a layer; None where they don't.

    Attributes:
        active: Whether an activation does.
        pooled: Whether a pool does as well.
    """

    active: bool | None = None
    pooled: bool | None = None


def told(parts: Sequence[Part]) -> dict[str, Told]:
    """Return what the names tell of what follows each convolution and dense layer.

    In features.0, features.3 two layers without parameters lie between: an activation and a pool.
    """
    found: dict[str, Told] = {}
    weighted = [n for n, part in enumerate(parts) if part.is_conv or part.is_dense]
    for at, following in pairwise(weighted):
        inner, part = parts[at + 1 : following], parts[at]
        places = [re.fullmatch(r"(.*\.)?(\d{1,9})", each.name) for each in (part, *inner, parts[following])]
        if None in places or len({place.group(1) for place in places if place}) != 1:
            continue
        numbers = [int(place.group(2)) for place in places if place]
        own = sum(not each.is_norm for each in inner)  # an activation with parameters
        between = numbers[-1] - numbers[0] - 1 - len(inner) - (part.is_conv and parts[following].is_dense)  # a flatten
        if between >= 0:
            found[part.name] = Told(between + own > 0, between + own > 1)
    return found
