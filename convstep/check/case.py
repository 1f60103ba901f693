"""One input that a user gives, as a probe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from convstep.check.contracts import Contract
from convstep.check.probes import Probe
from convstep.check.problems import Array, Pair, Problem
from convstep.errors import ArgumentError, ShapeError
from convstep.printable import printable

INPUTS = ("A_prev", "X", "x", "image", "a_slice_prev")
FILTERS = ("W", "w", "kernel")
AVERAGES = ("average", "avg", "mean")
GRADIENTS = ("dZ", "dA", "dout", "dz")


def case(contract: Contract, arrays: Mapping[str, Any], name: str = "the given case") -> Probe:
    """Return the probe that asks a function for the answer to given arrays.

    Args:
        contract: What the function promises.
        arrays: `A_prev`, and as the function takes them `W`, `b`, `stride`, `pad`, `f`, `mode`, and `dZ` or `dA`.
        name: The probe's name.

    Raises:
        ArgumentError: An array is missing, or is no array of numbers.
        ShapeError: The arrays don't fit together.
    """
    A = _found(arrays, INPUTS)
    if contract.operation == "distribute":
        value, shape = _found(arrays, GRADIENTS), _pair(arrays.get("shape", 1), "shape")
        if value is None:
            raise _missing("dz", arrays)
        return Probe(name, Problem(np.zeros((1, *shape, 1)), shape, gradient=value.reshape(1, 1, 1, 1)))
    if A is None:
        raise _missing("A_prev", arrays)
    if not A.size:
        raise ShapeError(f"it holds no values: its shape is {A.shape}", where="A_prev")
    pools = contract.operation in ("pool", "pool_backward")
    W, b = (None, None) if pools else (_found(arrays, FILTERS), _found(arrays, ("b",)))
    gradient = _found(arrays, GRADIENTS)
    first = contract.layout == "NCHW" and (W is None or W.ndim != 4 or _channels_first(A, W))
    if first:
        A, W, gradient = _last(A), None if W is None else W.transpose(2, 3, 1, 0), _last(gradient)
    A, W = _four(contract, A, W)
    if W is None and contract.operation in ("conv", "conv_backward", "single_step"):
        raise _missing("W", arrays)
    if gradient is None and contract.operation in ("conv_backward", "pool_backward"):
        raise _missing("dZ or dA", arrays)
    if W is not None and W.shape[2] != A.shape[3]:
        raise ShapeError(f"each filter has {W.shape[2]} channels, but A_prev has {A.shape[3]}", where="W")
    if W is not None and b is not None and b.size != W.shape[3]:
        raise ShapeError(f"expected a bias for each of {W.shape[3]} filters, got {b.size}", where="b")
    f = W.shape[:2] if W is not None else _window(contract, A, arrays)
    problem = Problem(
        A,
        (int(f[0]), int(f[1])),
        _pair(arrays.get("stride", 1), "stride"),
        _pair(arrays.get("pad", 0), "pad", 0),
        W,
        np.zeros(W.shape[3]) if W is not None and b is None else b if b is None else b.reshape(-1),
        _mode(arrays) if pools else "",
        gradient,
        contract.layout,
    )
    for where, pair in (("stride", problem.stride), ("pad", problem.pad)):
        if pair[0] != pair[1] and contract.family != "holberton":
            raise ArgumentError(f"{contract.name} takes one number for rows and columns, got {pair}", where=where)
    if min(problem.sizes) < 1:
        raise ShapeError("the window is larger than the padded input", where="A_prev")
    expected = (len(A), *problem.sizes, A.shape[3] if W is None else W.shape[3])
    if gradient is not None and gradient.shape != expected:
        raise ShapeError(f"its shape, channels last, should be {expected}, and is {gradient.shape}", where="dZ or dA")
    return Probe(name, problem)


def _missing(name: str, arrays: Mapping[str, Any]) -> ArgumentError:
    has = ", ".join(arrays) or "nothing"
    return ArgumentError(
        f"there is no {name}", where="case", hint=f"It has {has}; the names are A_prev, W, b, stride, pad, f, mode, dZ"
    )


def _mode(arrays: Mapping[str, Any]) -> str:
    """Return the mode of a pool, max or average."""
    mode = str(arrays.get("mode", "max"))
    if mode not in ("max", *AVERAGES):
        raise ArgumentError(f"expected max or average, got '{printable(mode)}'", where="mode")
    return "average" if mode in AVERAGES else mode


def _found(arrays: Mapping[str, Any], names: tuple[str, ...]) -> Array | None:
    """Return the first of some arrays that is there."""
    for name in names:
        if name in arrays:
            array = np.asarray(arrays[name])
            if array.dtype.kind not in "biuf":
                raise ArgumentError(f"expected numbers, got {array.dtype}", where=name)
            return array
    return None


def _channels_first(A: Array, W: Array) -> bool:
    return A.ndim == 4 and A.shape[1] == W.shape[1]


def _last(array: Array | None) -> Any:
    return np.moveaxis(array, 1, -1) if array is not None and array.ndim == 4 else array


def _four(contract: Contract, A: Array, W: Array | None) -> tuple[Array, Array | None]:
    """Return an input of four axes, and filters of four."""
    if contract.operation == "single_step":
        if A.ndim != 3 or (W is not None and W.ndim != 3):
            raise ShapeError("expected a window and a filter of 3 axes", where="a_slice_prev or W")
        return A[None], None if W is None else W[..., None]
    if contract.layout == "HW" or contract.operation == "mask":
        return A[None, :, :, None], None if W is None else W[:, :, None, None]
    if A.ndim != 4 or (W is not None and W.ndim != 4):
        raise ShapeError(f"expected 4 axes, got {A.ndim if A.ndim != 4 or W is None else W.ndim}", where="A_prev or W")
    return A, W


def _window(contract: Contract, A: Array, arrays: Mapping[str, Any]) -> Pair:
    if contract.operation == "mask":
        return A.shape[1], A.shape[2]
    if "pool_height" in arrays:
        return int(arrays["pool_height"]), int(arrays["pool_width"])
    given = arrays.get("f", arrays.get("kernel_shape"))
    if given is None and contract.operation != "zero_pad":
        raise _missing("f", arrays)
    return _pair(1 if given is None else given, "f")


def _pair(given: Any, where: str, least: int = 1) -> Pair:
    values = np.asarray(given).reshape(-1)
    if values.size not in (1, 2) or values.dtype.kind not in "iuf" or (values != values.astype(int)).any():
        raise ArgumentError(f"expected a whole number, or two, got {given}", where=where)
    if values.min() < least:
        raise ArgumentError(f"expected at least {least}, got {given}", where=where)
    return int(values[0]), int(values[-1])


def read_case(path: Path) -> Callable[[Contract], Sequence[Probe]]:
    """Return what makes the probe of a function of the arrays in a file.

    Raises:
        ArgumentError: It is no .npz file, or holds no plain arrays.
    """
    how = "np.savez('case.npz', A_prev=A_prev, W=W, b=b, stride=2, pad=1) writes one"
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                raise ArgumentError("it holds one array without a name, and is no .npz file", where=str(path), hint=how)
            with loaded:
                arrays = {name: loaded[name] for name in loaded.files}
    except FileNotFoundError:
        raise ArgumentError("there is no such file", where=str(path)) from None
    except (OSError, ValueError, AttributeError, TypeError, EOFError, BadZipFile) as error:
        if isinstance(error, ArgumentError):
            raise
        dicts = "an array of objects, such as a dictionary, is in it" if "Object arrays" in str(error) else ""
        said = printable(dicts or "it can't be read as a .npz file")
        raise ArgumentError(said, where=str(path), hint=how) from None
    return lambda contract: (case(contract, arrays, path.name),)
