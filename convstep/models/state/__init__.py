"""Nets from state dicts: files of weights, which hold names and shapes, and no graph.

What follows one another is guessed from the names' order and the shapes: sequential nets, and residual ones that name
their blocks as torchvision does. What had to be assumed is said, and `convstep convert` writes it down to be changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convstep import tensors
from convstep.errors import ConvstepError, SpecError
from convstep.layers import times
from convstep.models import Model, Source, check_memory
from convstep.models.state.net import EPSILON, Builder, file_name, joined
from convstep.models.state.parts import HINT, Block, Part, dtypes, parts_of, told, transposed, units_of
from convstep.models.state.proposal import Choice, Given, choices, fitting, stem_strides, what_fails
from convstep.network import Network
from convstep.printable import printable


def read(data: memoryview, source: Source) -> Model:
    """Return the net that a file of weights may belong to.

    Raises:
        SpecError: It is damaged, or its layers don't follow one another.
    """
    file = tensors.read(data, source.form)
    if source.output:
        raise SpecError("a file of weights has no outputs", where="--output")
    parts = parts_of(file)
    units = units_of(parts)
    row = [unit for unit in units if isinstance(unit, Part)]
    turned = [False] * sum(part.is_conv for part in row) if len(row) < len(units) else transposed(row)
    given = fitting(Given(units, turned, told(row), source.input_shape), source.likely)
    found = choices(given)
    if not found:
        raise SpecError(what_fails(given), hint=HINT)
    dtype = np.dtype(np.float64 if all(dtypes(part) == {"float64"} for part in parts) else np.float32)
    name = file_name(source.name)
    builder = Builder(given, found[0], dtype, name)
    try:
        builder.build()
        network = Network(
            title=f"{printable(name)}, a net proposed from its weights",
            input_shape=builder.input_shape,
            layers=tuple(builder.layers),
            dtype=dtype,
        )
    except SpecError:
        raise
    except ConvstepError as error:
        raise SpecError(f"can't work: {error}") from None
    if network.fault:
        raise SpecError(f"has no graph, and its layers don't follow one another: {network.fault}", hint=HINT)
    check_memory(network)
    order = {3: (0, 2, 3, 1), 2: (0, 2, 1), 1: (0, 1)}[len(network.input_shape)]
    layout = {3: "NCHW", 2: "NCL", 1: "NC"}[len(network.input_shape)]
    if source.layout in ("NHWC", "NLC"):
        order, layout = tuple(range(len(order))), source.layout
    return Model(network, [*file.notes, *_notes(given, found, network, name)], order, layout)


def _notes(given: Given, found: Sequence[Choice], network: Network, file: str) -> list[str]:
    """Return what was assumed."""
    convs, choice, blocks = given.convs, found[0], given.blocks
    assumed = [f"an input of {times(network.input_shape)}"]
    if blocks:
        assumed += _of_blocks(given, choice)
    elif convs:
        assumed += _of_convs(given, choice)
    weighted = [unit for unit in given.units if isinstance(unit, Block) or unit.is_conv or unit.is_dense]
    if len(given.units) > 1 and not blocks:
        assumed.append("ReLUs between")
    if any(unit.is_norm for unit in given.units if isinstance(unit, Part)) or any(
        part.is_norm for block in blocks for part in block.body
    ):
        assumed.append(f"epsilon {EPSILON:g}")
    ends = weighted[-1]
    dense = isinstance(ends, Part) and ends.is_dense
    assumed.append(f"no {'softmax' if dense else 'activation'} at the end")
    if (convs or blocks) and given.dense is not None and choice.flat:
        assumed.append("flatten in PyTorch's order (channel, row, column)")
    notes = [f"has weights and no graph; assumed: {'; '.join(assumed)}"]
    same = sum(other.size == choice.size for other in found) - 1
    if same > 0:
        notes.append(f"{same} other {'ways' if same > 1 else 'way'} to pad and pool would fit as well")
    notes.append(f"'convstep convert {printable(file)} net.yaml' writes the net down, to be changed")
    notes.append("--set input.shape=[h,w,c] asks for another input")
    return notes


def _of_convs(given: Given, choice: Choice) -> list[str]:
    convs, turned = given.convs, given.turned
    plain = [n for n, flag in enumerate(turned) if not flag]
    rows = [convs[n] for n in plain]
    pools = "2x2 max-pools" if len(convs[0].weight) == 4 else "max-pools of 2"
    assumed = [
        _which("padding that keeps the size", "no padding", rows, [choice.padded[n] for n in plain]),
        _which(pools, "no pools", rows, [choice.pooled[n] for n in plain], "after "),
    ]
    strided = [convs[n].name for n in plain if choice.strided[n]]
    if strided:
        assumed.append(f"stride 2 in {joined(strided)}")
    doubling = [convs[n].name for n, flag in enumerate(turned) if flag and choice.strided[n]]
    if doubling:
        assumed.append(f"transposed convolutions that double the size in {joined(doubling)}")
    return assumed


def _of_blocks(given: Given, choice: Choice) -> list[str]:
    blocks = given.blocks
    strided = [block.name for block, stride in zip(blocks, choice.strides, strict=True) if stride == 2]
    names = joined([block.name for block in blocks])
    if blocks[0].inverted:
        assumed = [f"inverted residual blocks {names} as in MobileNetV2, with ReLUs up to 6 and none at their ends"]
    else:
        kind = "Bottleneck" if len(blocks[0].convs) == 3 else "BasicBlock"
        assumed = [f"residual blocks {names} as torchvision's {kind}, with a ReLU after the sum"]
    assumed.append(f"stride 2 in {joined(strided)}" if strided else "no strides in them")
    assumed.append("padding that keeps the size")
    if stem_strides(given):
        pool = "" if blocks[0].inverted else " and a 3x3 max-pool of stride 2"
        assumed.append(f"stride 2{pool} at the start")
    return assumed


def _which(text: str, none: str, convs: Sequence[Part], which: Sequence[bool], word: str = "in ") -> str:
    """Return where something was assumed, in words."""
    if all(which):
        return text if len(which) == 1 else f"{text} {word}{'each convolution' if word == 'in ' else 'each'}"
    if not any(which):
        return none
    return f"{text} {word}{joined([part.name for part, chosen in zip(convs, which, strict=True) if chosen])}"
