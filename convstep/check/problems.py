"""One input of an operation in one form, and the forms in which each function takes and returns it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convstep.check.contracts import Contract, Identity, Layout

Array = NDArray[Any]
Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Problem:
    """The input of one call, channels last.

    Attributes:
        A: The input, `(m, n_H_prev, n_W_prev, n_C_prev)`; of helpers the window, `(1, f_h, f_w, n_C_prev)`.
        f: The window's height and width.
        stride: How far windows are apart, in rows and in columns.
        pad: How many rows are padded above and below, and columns left and right.
        W: Filters, `(f_h, f_w, n_C_prev, n_C)`; None if there are none.
        b: Biases, `(n_C,)`; None if there are none.
        mode: What a pool takes: max or average; "" for others.
        gradient: Of a backward pass, `(m, n_H, n_W, n_C)`: dZ or dA.
        layout: The order of axes in the function that is called, which is also the order of its loops.
    """

    A: Array
    f: Pair
    stride: Pair = (1, 1)
    pad: Pair = (0, 0)
    W: Array | None = None
    b: Array | None = None
    mode: str = ""
    gradient: Array | None = None
    layout: Layout = "NHWC"

    @property
    def sizes(self) -> Pair:
        """The output's height and width."""
        _, n_H_prev, n_W_prev, _ = self.A.shape
        return (
            (n_H_prev + 2 * self.pad[0] - self.f[0]) // self.stride[0] + 1,
            (n_W_prev + 2 * self.pad[1] - self.f[1]) // self.stride[1] + 1,
        )

    @property
    def filters(self) -> Array:
        """The filters of a convolution."""
        assert self.W is not None
        return self.W

    @property
    def biases(self) -> Array:
        """The biases of a convolution; zeros if it has none."""
        return np.zeros(self.filters.shape[3]) if self.b is None else self.b

    @property
    def upstream(self) -> Array:
        """The gradient that a backward pass is given."""
        assert self.gradient is not None
        return self.gradient


def arguments(contract: Contract, problem: Problem) -> tuple[Any, ...]:
    """Return the arguments that a function with this contract is called with, as fresh copies.

    A parameter that isn't known by its name is given what usually stands in its place.
    """
    values = _values(contract, problem)
    usual = list(values.values())
    return tuple(_copied(values.get(name, usual[min(n, len(usual) - 1)])) for n, name in enumerate(contract.parameters))


def _values(contract: Contract, problem: Problem) -> dict[str, Any]:
    """Return the arguments by name, the usual ones first and in their order."""
    A, stride = channels(problem.A, contract.layout), problem.stride
    if contract.operation == "zero_pad":
        return {"X": A, "pad": problem.pad[0]}
    if contract.operation == "mask":
        return {"x": A[0, :, :, 0]}
    if contract.operation == "distribute":
        return {"dz": float(problem.upstream.item()), "shape": problem.f}
    if contract.operation == "single_step":
        return {"a_slice_prev": A[0], "W": problem.filters[..., 0], "b": problem.biases.reshape(1, 1, 1)}
    if contract.family == "holberton":
        return _holberton(problem)
    if contract.operation in ("conv_backward", "pool_backward"):
        name = contract.parameters[0]
        gradient = channels(problem.upstream, contract.layout)
        return {name: gradient, "cache": cache(contract, problem), "mode": problem.mode}
    if contract.operation == "pool":
        return dict(zip(contract.parameters, (A, _window(contract, problem), problem.mode), strict=False)) | {
            "f": problem.f[0],
            "stride": stride[0],
            "mode": problem.mode,
        }
    if contract.layout == "HW":
        values = dict(zip(contract.parameters[:2], (A, problem.filters[:, :, 0, 0]), strict=True))
        return values | {"stride": stride[0], "strides": stride[0], "pad": problem.pad[0], "padding": problem.pad[0]}
    W, b = weights(problem, contract.layout)
    values = dict(zip(contract.parameters[:3], (A, W, b), strict=True))
    shared = _window(contract, problem)
    name = "conv_param" if contract.layout == "NCHW" else "hparameters"
    return values | {name: shared, "stride": stride[0], "pad": problem.pad[0], "padding": problem.pad[0]}


def _holberton(problem: Problem) -> dict[str, Any]:
    padding = "valid" if problem.pad == (0, 0) else "same"
    shared: dict[str, Any] = {"stride": problem.stride, "padding": padding}
    if problem.mode:
        shared |= {"kernel_shape": problem.f, "mode": "max" if problem.mode == "max" else "avg"}
        first = {} if problem.gradient is None else {"dA": problem.gradient}
        return first | {"A_prev": problem.A} | shared
    first = {} if problem.gradient is None else {"dZ": problem.gradient}
    W, b = weights(problem, "NHWC")
    return first | {"A_prev": problem.A, "W": W, "b": b, "activation": Identity()} | shared


def cache(contract: Contract, problem: Problem) -> tuple[Any, ...]:
    """Return the cache that the course's own forward pass would hand to a backward pass."""
    A = channels(problem.A, contract.layout)
    if problem.W is None:
        return A, _window(contract, problem)
    return (A, *weights(problem, contract.layout), _window(contract, problem))


def _window(contract: Contract, problem: Problem) -> dict[str, int]:
    if problem.W is not None:
        return {"stride": problem.stride[0], "pad": problem.pad[0]}
    if contract.layout == "NCHW":
        return {"pool_height": problem.f[0], "pool_width": problem.f[1], "stride": problem.stride[0]}
    padding = {"pad": problem.pad[0]} if problem.pad[0] else {}
    return {"f": problem.f[0], "stride": problem.stride[0], **padding}


def channels(A: Array, layout: Layout) -> Array:
    """Return an array of `(m, n_H, n_W, n_C)` with its axes in a layout's order."""
    if layout == "NHWC":
        return A
    return A[0, :, :, 0] if layout == "HW" else np.moveaxis(A, -1, 1)


def weights(problem: Problem, layout: Layout) -> tuple[Array, Array]:
    """Return filters and biases as a function of this layout takes them."""
    W, b = problem.filters, problem.biases
    return (W.transpose(3, 2, 0, 1), b.reshape(-1)) if layout == "NCHW" else (W, b.reshape(1, 1, 1, -1))


def presented(contract: Contract, results: Sequence[Array]) -> tuple[Array, ...]:
    """Return right results, channels last, as the function itself returns them."""
    return tuple(_presented(contract, name, result) for name, result in zip(contract.results, results, strict=True))


def _presented(contract: Contract, name: str, result: Array) -> Array:
    if contract.operation == "single_step":
        return result.reshape(())
    if result.ndim != 4:
        return result
    if name == "db":
        return result.reshape(-1) if contract.layout == "NCHW" else result
    if name.lower() == "dw":
        return result.transpose(3, 2, 0, 1) if contract.layout == "NCHW" else result
    return channels(result, contract.layout)


def canonical(contract: Contract, name: str, result: Array) -> Array:
    """Return an array that a function returned with its axes in our order, as far as it has as many."""
    if contract.operation == "single_step" and result.size == 1:
        return result.reshape(1, 1, 1, 1)
    if name == "db" and result.size == max(result.shape, default=1):
        return result.reshape(1, 1, 1, -1)
    if contract.layout == "HW" and result.ndim == 2:
        return result[None, :, :, None]
    if contract.layout == "NCHW" and result.ndim == 4:
        return result.transpose(2, 3, 1, 0) if name.lower() == "dw" else np.moveaxis(result, 1, -1)
    return result


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value).copy()
    if isinstance(value, tuple):
        return tuple(_copied(item) for item in value)
    return dict(value) if isinstance(value, dict) else value
