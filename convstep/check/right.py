"""The right answers: forward passes by the engine, backward passes and helpers in readable NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convstep.check.contracts import Operation
from convstep.check.problems import Array, Problem
from convstep.engine.conv import conv2d
from convstep.engine.pad import pad2d
from convstep.engine.pool import avg_pool2d, max_pool2d

Results = tuple[Array, ...]


def right(operation: Operation, problem: Problem) -> Results:
    """Return the right results of an operation, channels last, as float64 (masks as bool).

    Raises:
        GeometryError: The window is larger than the padded input.
        ShapeError: The shapes don't fit together.
    """
    return ANSWERS[operation](problem)


def _sides(problem: Problem) -> tuple[tuple[int, int], tuple[int, int]]:
    (rows, cols) = problem.pad
    return (rows, rows), (cols, cols)


def _zero_pad(problem: Problem) -> Results:
    return (pad2d(_floats(problem.A), {"pad": _sides(problem)}),)


def _conv(problem: Problem) -> Results:
    hparameters = {"stride": problem.stride, "pad": _sides(problem)}
    return (conv2d(_floats(problem.A), _floats(problem.filters), _floats(problem.biases), hparameters),)


def _pool(problem: Problem) -> Results:
    reduce = max_pool2d if problem.mode == "max" else avg_pool2d
    return (reduce(_floats(problem.A), {"f": problem.f, "stride": problem.stride, "pad": _sides(problem)}),)


def _conv_backward(problem: Problem) -> Results:
    dZ, W = _floats(problem.upstream), _floats(problem.filters)
    (f_h, f_w), (s_h, s_w), (p_h, p_w) = problem.f, problem.stride, problem.pad
    _, n_H_prev, n_W_prev, _ = problem.A.shape
    A_pad = np.pad(_floats(problem.A), ((0, 0), (p_h, p_h), (p_w, p_w), (0, 0)))
    dA_pad, dW = np.zeros(A_pad.shape), np.zeros(W.shape)
    for h in range(dZ.shape[1]):
        for w in range(dZ.shape[2]):
            window = np.s_[:, h * s_h : h * s_h + f_h, w * s_w : w * s_w + f_w]
            dA_pad[window] += np.einsum("pqkc,ic->ipqk", W, dZ[:, h, w])
            dW += np.einsum("ipqk,ic->pqkc", A_pad[window], dZ[:, h, w])
    dA_prev = dA_pad[:, p_h : p_h + n_H_prev, p_w : p_w + n_W_prev]
    return dA_prev, dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


def _pool_backward(problem: Problem) -> Results:
    A_prev, dA = _floats(problem.A), _floats(problem.upstream)
    (f_h, f_w), (s_h, s_w) = problem.f, problem.stride
    dA_prev = np.zeros(A_prev.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            window = np.s_[:, h * s_h : h * s_h + f_h, w * s_w : w * s_w + f_w]
            share = winners(problem, A_prev[window]) if problem.mode == "max" else 1 / (f_h * f_w)
            dA_prev[window] += share * dA[:, h, w][:, None, None]
    return (dA_prev,)


def winners(problem: Problem, windows: Array, axes: tuple[int, int] = (1, 2)) -> Array:
    """Return where windows have their largest values: all of them on a tie, as in the course; in CS231n the first."""
    won: Array = windows == windows.max(axis=axes, keepdims=True)
    if problem.layout != "NCHW":
        return won
    flat = np.moveaxis(won, axes, (-2, -1))
    shape = flat.shape
    flat = flat.reshape(*shape[:-2], -1)
    first = flat & (np.cumsum(flat, axis=-1) == 1)
    return np.moveaxis(first.reshape(shape), (-2, -1), axes)


def _mask(problem: Problem) -> Results:
    window = problem.A[0, :, :, 0]
    return (window == window.max(),)


def _distribute(problem: Problem) -> Results:
    n_H, n_W = problem.f
    return (np.full(problem.f, float(problem.upstream.item()) / (n_H * n_W)),)


def _floats(values: Array) -> Array:
    return np.asarray(values, dtype=np.float64)


ANSWERS: dict[Operation, Callable[[Problem], Results]] = {
    "zero_pad": _zero_pad,
    "single_step": _conv,
    "conv": _conv,
    "pool": _pool,
    "conv_backward": _conv_backward,
    "pool_backward": _pool_backward,
    "mask": _mask,
    "distribute": _distribute,
}
