"""The layers of a net as probes: their geometry, their weights and what arrives at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from convstep.check.contracts import Contract
from convstep.check.probes import Probe, with_gradient
from convstep.check.problems import Array, Pair, Problem
from convstep.engine import AvgPool, MaxPool
from convstep.engine.conv import Conv
from convstep.engine.geometry import Axis
from convstep.engine.steps import Operation
from convstep.errors import ArgumentError
from convstep.network import Network, Values

Sides = tuple[Pair, Pair]

EXAMPLES = 3
"""The most examples of the net's input that a function is asked for."""

MOST = 2_000_000
"""About the most multiplications that a learner's loops are asked for; of more, filters or channels are left out."""

TOO_MANY = 2 * MOST


def net_probes(network: Network, x: Array, name: str, layer: str = "") -> Callable[[Contract], Sequence[Probe]]:
    """Return what makes probes of a net's layers.

    Args:
        network: The net.
        x: Its input, `(m, *network.input_shape)`.
        name: What the net is called in the probes' names.
        layer: The only layer to ask for; "" for every one that a function can compute.

    Returns:
        A function of a contract. It raises an ArgumentError if none of the layers can be asked of that function.

    Raises:
        ArgumentError: There is no such layer.
    """
    if layer:
        network.stage(layer)
    values = Values(network, x)
    chosen = [layer] if layer else [stage.name for stage in network.stages]

    def probes(contract: Contract) -> Sequence[Probe]:
        found: list[Probe] = []
        refused: list[ArgumentError] = []
        for each in chosen:
            try:
                found.append(Probe(f"{each} of {name}", _problem(contract, each, values)))
            except ArgumentError as error:
                refused.append(error)
        if not found and layer:
            raise refused[0]
        if not found:
            why = f"{refused[0].where}: {refused[0].what}"
            raise ArgumentError(f"no layer of {name} can be asked of {contract.name}", where="--net", hint=why)
        return found

    return probes


def _problem(contract: Contract, layer: str, values: Values) -> Problem:
    """Return what a layer computes as the input of a function; raises an ArgumentError if it isn't what that does."""
    kind = values.network.stage(layer).layer.kind
    if contract.operation in ("conv", "conv_backward") and kind == "conv":
        problem = _convolution(contract, layer, values.operation(layer))
    elif contract.operation in ("pool", "pool_backward") and kind in ("max_pool", "avg_pool"):
        problem = _pool(contract, layer, values.operation(layer))
    else:
        raise ArgumentError(f"{contract.name} does not compute a layer of kind {kind}", where=layer)
    return with_gradient(problem) if contract.operation.endswith("backward") else problem


def _convolution(contract: Contract, layer: str, operation: Operation) -> Problem:
    assert isinstance(operation, Conv)
    rows, cols = operation.geometry.rows, operation.geometry.cols
    if operation.groups > 1:
        raise ArgumentError("its channels are in groups, which these functions don't know", where=layer)
    f, stride = _window(contract, layer, rows, cols)
    A, W = operation.A_prev[:EXAMPLES].astype(float), operation.W.astype(float)
    b = np.zeros(W.shape[3]) if operation.b is None else operation.b.astype(float)
    if contract.layout == "HW":
        A, W, b = A[:1, :, :, :1], W[:, :, :1, :1], b[:1] * 0
    A, pad = _padded(contract, A, (rows, cols), f, stride)
    filters = _fitting(layer, len(A) * rows.output * cols.output * prod(W.shape[:3]), W.shape[3])
    W, b = W[..., :filters], b[:filters]
    return Problem(A, f, stride, pad, W, None if contract.layout == "HW" else b, layout=contract.layout)


def _pool(contract: Contract, layer: str, operation: Operation) -> Problem:
    assert isinstance(operation, MaxPool | AvgPool)
    rows, cols = operation.geometry.rows, operation.geometry.cols
    f, stride = _window(contract, layer, rows, cols)
    if f[0] != f[1] and contract.family == "course":
        raise ArgumentError(f"its windows are {f[0]}x{f[1]}, and {contract.name} takes square ones", where=layer)
    mode = "max" if isinstance(operation, MaxPool) else "average"
    if mode != "max" and "mode" not in contract.parameters:
        raise ArgumentError(f"it takes averages, and {contract.name} takes maxima", where=layer)
    if any(operation.geometry.padding):
        raise ArgumentError(f"it pads, and {contract.name} does not", where=layer)
    A = operation.A_prev[:EXAMPLES].astype(float)
    channels = _fitting(layer, len(A) * rows.output * cols.output * prod(f), A.shape[3])
    return Problem(A[..., :channels], f, stride, mode=mode, layout=contract.layout)


def _window(contract: Contract, layer: str, rows: Axis, cols: Axis) -> tuple[Pair, Pair]:
    """Return a layer's window and stride, if a function can take such."""
    f, stride = (rows.kernel, cols.kernel), (rows.stride, cols.stride)
    if (rows.dilation, cols.dilation) != (1, 1):
        raise ArgumentError("its windows are dilated, which these functions don't know", where=layer)
    if stride[0] != stride[1] and contract.family != "holberton":
        raise ArgumentError(f"its stride is {stride[0]}x{stride[1]}, and {contract.name} takes one number", where=layer)
    if stride != (1, 1) and contract.layout == "HW" and not {"stride", "strides"} & set(contract.parameters):
        raise ArgumentError(f"its stride is {stride[0]}, and {contract.name} takes none", where=layer)
    if f[0] != f[1] and contract.family == "course":
        raise ArgumentError(f"its windows are {f[0]}x{f[1]}, and {contract.name} takes square ones", where=layer)
    if rows.overhang or cols.overhang:
        raise ArgumentError("its size is rounded up, and these functions round down", where=layer)
    return f, stride


def _padded(contract: Contract, A: Array, axes: tuple[Axis, Axis], f: Pair, stride: Pair) -> tuple[Array, Pair]:
    """Return an input, and the padding that a function is to add: what it can't add is in the input already."""
    sides = [(axis.before, axis.after) for axis in axes]
    own = min(min(side) for side in sides)
    if axes[0].mode != "zero":
        own = 0
    elif contract.family == "holberton":
        whole = stride == (1, 1) and all(n % 2 for n in f) and sides == [(n // 2, n // 2) for n in f]
        if whole:
            return A, (f[0] // 2, f[1] // 2)
        own = 0
    elif contract.layout == "HW" and not {"pad", "padding"} & set(contract.parameters):
        own = 0
    around = [(0, 0), *((before - own, after - own) for before, after in sides), (0, 0)]
    mode = {"zero": "constant", "reflect": "reflect", "edge": "edge"}[axes[0].mode]
    return np.pad(A, around, mode=mode), (own, own)  # type: ignore[call-overload]


def _fitting(layer: str, each: int, count: int) -> int:
    """Return for how many filters or channels a function is asked, if each takes so many multiplications."""
    if each > TOO_MANY:
        raise ArgumentError(
            f"it takes {each:,} multiplications for one channel, too many for a learner's loops", where=layer
        )
    return max(1, min(count, MOST // each))
