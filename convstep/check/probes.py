"""The inputs on which a learner's function is compared with the right one, smallest first.

Values are distinct multiples of 1/4, so that sums are exact in any order and dtype, cut-off fractions show, and no two
windows look alike. Nothing is only square, only of stride 1 or of one channel, and batches are of three: with two, the
last example and the second look alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from convstep.check.contracts import Contract, Layout, Operation
from convstep.check.problems import Array, Pair, Problem


@dataclass(frozen=True, eq=False)
class Probe:
    """An input with a name in words.

    Attributes:
        name: What it is for.
        problem: The input.
        optional: What it asks that not every right function answers alike: padding or ties; "" if nothing.
    """

    name: str
    problem: Problem
    optional: str = ""


def quarters(shape: tuple[int, ...], seed: int, *, start: int = 1, negative: bool = False) -> Array:
    """Return an array of distinct multiples of 1/4, none of them 0, of both signs or all negative."""
    rng = np.random.default_rng(seed)
    count = int(np.prod(shape))
    signs = -np.ones(count) if negative else rng.choice([-1.0, 1.0], count)
    return np.asarray(rng.permutation(np.arange(start, start + count)) * signs / 4).reshape(shape)


def convolution(
    size: tuple[int, int, int, int], f: Pair, n_C: int, stride: Pair, pad: Pair, layout: Layout = "NHWC", seed: int = 0
) -> Problem:
    """Return the input of a convolution of `(m, n_H_prev, n_W_prev, n_C_prev)`."""
    A, W = quarters(size, seed + 1), quarters((*f, size[3], n_C), seed + 2)
    return Problem(A, f, stride, pad, W, quarters((n_C,), seed + 3, start=29), layout=layout)


def pooling(
    size: tuple[int, int, int, int], f: Pair, stride: Pair, mode: str, pad: int = 0, layout: Layout = "NHWC"
) -> Problem:
    """Return the input of a pool: one channel of both signs, of three examples the last and else the first."""
    A = quarters(size, 4)
    negative = slice(0, -1) if size[0] == 3 else slice(1, None)
    A[..., negative] = -np.abs(A[..., negative])
    return Problem(A, f, stride, (pad, pad), mode=mode, layout=layout)


def with_gradient(problem: Problem) -> Problem:
    """Return the same input with a gradient for the backward pass."""
    n_C = problem.A.shape[3] if problem.W is None else problem.W.shape[3]
    return replace(problem, gradient=quarters((problem.A.shape[0], *problem.sizes, n_C), 5))


def places(problem: Problem) -> Problem:
    """Return a convolution whose output holds the numbers of the places that each window reads, from 1 on."""
    (f_h, f_w), n_C_prev = problem.f, problem.A.shape[3]
    taps = f_h * f_w * n_C_prev
    A = np.arange(1.0, problem.A.size + 1).reshape(problem.A.shape)
    return replace(problem, A=A, W=np.eye(taps).reshape(f_h, f_w, n_C_prev, taps), b=np.zeros(taps))


PLACES = "every window shown"
"""The name of the probe whose output shows which places each window reads."""


def _square(f: int) -> Pair:
    return (f, f)


def _conv_probes(contract: Contract) -> list[Probe]:
    if contract.layout == "HW":
        return _plain_probes(contract)
    wide, tall = (_square(3), _square(2)) if contract.family == "course" else ((3, 2), (2, 3))
    lay = contract.layout
    same = contract.family == "holberton"

    def probe(name: str, size: tuple[int, int, int, int], f: Pair, n_C: int, stride: int, pad: int) -> Probe:
        strides, pads = _square(stride), _square(pad)
        if same:
            strides = (stride, stride + 1) if stride > 1 else strides
            longer = ((f[0] | 1) + 2 * (f[0] > f[1]), (f[1] | 1) + 2 * (f[1] > f[0]))
            strides, f = (_square(1), longer) if pad else (strides, f)
            pads = (f[0] // 2, f[1] // 2) if pad else pads
        return Probe(name, convolution(size, f, n_C, strides, pads, lay))

    small = probe("every window shown", (2, 5, 7, 2), _square(3), 1, 2, 1).problem
    return [
        probe("one window, one channel", (1, 3, 3, 1), _square(3), 1, 1, 0),
        probe("one window, three channels, two filters", (1, *tall, 3), tall, 2, 1, 0),
        probe("a wide map, stride 1", (1, 4, 6, 2), wide, 2, 1, 0),
        probe("stride 2, a tall map, nothing left over", (1, 7, 5, 1), _square(3), 2, 2, 0),
        probe("a padded map, stride 1", (1, 3, 4, 2), wide, 2, 1, 1),
        probe("two examples, a wide map, stride 2, pad 1, a row left over", (2, 6, 9, 2), wide, 3, 2, 1),
        probe("three examples, a tall map, stride 3, pad 2, rows left over", (3, 9, 6, 2), tall, 4, 3, 2),
        probe("stride 3, a wide map, columns left over", (1, 4, 9, 2), tall, 3, 3, 0),
        Probe(PLACES, places(small)),
    ]


def _plain_probes(contract: Contract) -> list[Probe]:
    strided = bool({"stride", "strides"} & set(contract.parameters))
    padded = bool({"pad", "padding"} & set(contract.parameters))

    def probe(name: str, size: Pair, f: Pair, stride: int = 1, pad: int = 0) -> Probe:
        problem = convolution((1, *size, 1), f, 1, _square(stride), _square(pad), "HW")
        return Probe(name, replace(problem, b=None))

    probes = [
        probe("one window", (3, 3), (3, 3)),
        probe("a wide image", (4, 6), (3, 3)),
        probe("a tall image, a wide kernel", (6, 4), (2, 3)),
        probe("a wide image, a tall kernel", (5, 8), (3, 2)),
    ]
    if strided:
        probes += [probe("stride 2", (7, 5), (3, 3), 2), probe("stride 3, columns left over", (5, 9), (2, 3), 3)]
    if padded:
        probes += [probe("pad 1", (3, 4), (3, 3), 1, 1), probe("pad 2", (4, 5), (2, 3), 1, 2)]
    return probes


def _pool_probes(contract: Contract) -> list[Probe]:
    lay = contract.layout
    wide, tall = ((2, 3), (3, 2)) if contract.layout == "NCHW" or contract.family == "holberton" else ((3, 3), (2, 2))
    modes = ("max", "average") if "mode" in contract.parameters else ("max",)

    def across(stride: int) -> int:
        return stride + 1 if contract.family == "holberton" and stride > 2 else stride

    shapes: list[tuple[str, tuple[int, int, int, int], Pair, int]] = [
        ("one window", (1, 2, 2, 1), (2, 2), 2),
        ("three channels, a wide map", (1, 2, 6, 3), (2, 2), 2),
        ("windows that overlap, a tall map, two examples", (2, 6, 4, 2), wide, 1),
        ("stride 3, three examples, a wide map, columns left over", (3, 5, 9, 3), tall, 3),
        ("stride 2, a wide map, a row left over", (2, 6, 9, 2), wide, 2),
    ]
    probes = [
        Probe(
            f"{mode}: {name}" if len(modes) > 1 else name,
            pooling(size, f, (stride, across(stride)), mode, 0, lay),
        )
        for name, size, f, stride in shapes
        for mode in modes
    ]
    if contract.family == "course":
        probes += [
            Probe(f"{mode}: padded", pooling((1, 4, 6, 2), (3, 3), (2, 2), mode, 1, lay), "padding") for mode in modes
        ]
    return probes


def _conv_backward_probes(contract: Contract) -> list[Probe]:
    return [Probe(probe.name, with_gradient(probe.problem)) for probe in _conv_probes(contract) if probe.name != PLACES]


def _pool_backward_probes(contract: Contract) -> list[Probe]:
    probes = [Probe(probe.name, with_gradient(probe.problem)) for probe in _pool_probes(contract) if not probe.optional]
    tied = pooling((1, 4, 6, 1), (2, 2), (2, 2), "max", 0, contract.layout)
    return [*probes, Probe("ties in a window", with_gradient(replace(tied, A=np.round(tied.A / 4))), "ties")]


def _zero_pad_probes(contract: Contract) -> list[Probe]:
    sizes = [
        ("pad 1, a wide map", (1, 2, 3, 1), 1),
        ("pad 2, two examples, channels", (2, 3, 4, 2), 2),
        ("pad 1, three examples, a tall map", (3, 4, 2, 2), 1),
        ("no padding", (1, 2, 3, 2), 0),
    ]
    return [Probe(name, Problem(quarters(size, 6), (1, 1), pad=_square(pad))) for name, size, pad in sizes]


def _single_step_probes(contract: Contract) -> list[Probe]:
    windows = [("a 2x2 window", (2, 2, 1)), ("a 3x3 window, one channel", (3, 3, 1)), ("three channels", (2, 2, 3))]
    return [Probe(name, convolution((1, *size), (size[0], size[1]), 1, (1, 1), (0, 0))) for name, size in windows]


def _mask_probes(contract: Contract) -> list[Probe]:
    def window(shape: Pair, *, negative: bool = False) -> Array:
        return quarters((1, *shape, 1), 7, negative=negative)

    near = window((2, 2))
    near[0, 0, 0, 0], near[0, 1, 1, 0] = 9.0, 9.0 + 1 / 256
    tied = np.round(window((2, 3)))
    tied[0, 0, 1, 0] = tied[0, 1, 2, 0] = 9.0
    windows = [
        ("a wide window", window((2, 3)), ""),
        ("all values negative", window((3, 2), negative=True), ""),
        ("two values that are nearly the same", near, ""),
        ("ties in a window", tied, "ties"),
    ]
    return [Probe(name, Problem(A, A.shape[1:3]), optional) for name, A, optional in windows]


def _distribute_probes(contract: Contract) -> list[Probe]:
    shapes: list[tuple[str, Pair]] = [("a 2x2 window", (2, 2)), ("a wide window", (2, 3)), ("a tall window", (4, 1))]
    return [
        Probe(name, Problem(np.zeros((1, *shape, 1)), shape, gradient=np.full((1, 1, 1, 1), 9.0)))
        for name, shape in shapes
    ]


PROBES: dict[Operation, Callable[[Contract], list[Probe]]] = {
    "zero_pad": _zero_pad_probes,
    "single_step": _single_step_probes,
    "conv": _conv_probes,
    "pool": _pool_probes,
    "conv_backward": _conv_backward_probes,
    "pool_backward": _pool_backward_probes,
    "mask": _mask_probes,
    "distribute": _distribute_probes,
}


@cache
def probes(contract: Contract) -> tuple[Probe, ...]:
    """Return the probes of a function, smallest first."""
    return tuple(PROBES[contract.operation](contract))
