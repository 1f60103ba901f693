"""The layers written out as plain loops over Python floats.

It shares no code, no index arithmetic and no idea with the engine: it walks over the taps of an explicitly padded
input, in the words of the textbook. Slow on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Nested = Any


def same(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """TensorFlow's rule, from its documentation: out = ceil(size / stride), the odd one at the end."""
    effective = dilation * (kernel - 1) + 1
    total = max(effective - stride, 0) if size % stride == 0 else max(effective - (size % stride), 0)
    return total // 2, total - total // 2


def padded(example: Nested, pads: tuple[int, int, int, int], fill: float) -> Nested:
    top, bottom, left, right = pads
    channels = len(example[0][0])
    width = len(example[0]) + left + right
    blank = [[[fill] * channels for _ in range(width)] for _ in range(top)]
    body = [
        [[fill] * channels for _ in range(left)]
        + [list(map(float, place)) for place in row]
        + [[fill] * channels for _ in range(right)]
        for row in example
    ]
    return blank + body + [[[fill] * channels for _ in range(width)] for _ in range(bottom)]


def starts(length: int, kernel: int, stride: int, dilation: int) -> list[int]:
    """Where windows begin in a padded axis: slide until the last tap would fall off."""
    found = []
    at = 0
    while at + dilation * (kernel - 1) < length:
        found.append(at)
        at += stride
    return found


def conv(
    A_prev: Nested,
    W: Nested,
    b: Nested,
    stride: tuple[int, int],
    pads: tuple[int, int, int, int],
    dilation: tuple[int, int],
    groups: int,
) -> Nested:
    f_h, f_w, channels, n_C = len(W), len(W[0]), len(W[0][0]), len(W[0][0][0])
    out = []
    for example in A_prev:
        image = padded(example, pads, 0.0)
        rows = []
        for y in starts(len(image), f_h, stride[0], dilation[0]):
            row = []
            for x in starts(len(image[0]), f_w, stride[1], dilation[1]):
                place = []
                for c in range(n_C):
                    group = c * groups // n_C
                    terms = [float(b[c])]
                    for p in range(f_h):
                        for q in range(f_w):
                            for k in range(channels):
                                pixel = image[y + p * dilation[0]][x + q * dilation[1]][group * channels + k]
                                terms.append(pixel * float(W[p][q][k][c]))
                    place.append(math.fsum(terms))
                row.append(place)
            rows.append(row)
        out.append(rows)
    return out


def pool(
    A_prev: Nested,
    kind: str,
    f: tuple[int, int],
    stride: tuple[int, int],
    pads: tuple[int, int, int, int],
    dilation: tuple[int, int],
) -> Nested:
    out = []
    for example in A_prev:
        image = padded(example, pads, math.nan)
        rows = []
        for y in starts(len(image), f[0], stride[0], dilation[0]):
            row = []
            for x in starts(len(image[0]), f[1], stride[1], dilation[1]):
                place = []
                for c in range(len(example[0][0])):
                    seen = [
                        image[y + p * dilation[0]][x + q * dilation[1]][c] for p in range(f[0]) for q in range(f[1])
                    ]
                    real = [value for value in seen if not math.isnan(value)]
                    if kind == "max":
                        place.append(max(real, default=-math.inf))
                    else:
                        place.append(math.fsum(real) / len(real) if real else math.nan)
                row.append(place)
            rows.append(row)
        out.append(rows)
    return out


def each(A_prev: Nested, value: Callable[[float, int], float]) -> Nested:
    """A function of every value and its channel's number."""
    return [
        [[[value(float(x), c) for c, x in enumerate(place)] for place in row] for row in example] for example in A_prev
    ]


def relu(x: float) -> float:
    return x if x > 0 else 0.0


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def leaky_relu(x: float, alpha: float) -> float:
    return x if x >= 0 else alpha * x


def clip(x: float, low: float, high: float) -> float:
    return sorted([low, x, high])[1]


def batch_norm(x: float, gamma: float, beta: float, mean: float, variance: float, epsilon: float) -> float:
    """Center, divide by the standard deviation, then scale and shift."""
    normalized = (x - mean) / math.sqrt(variance + epsilon)
    return normalized * gamma + beta


def combined(inputs: list[Nested], value: Callable[[list[float]], float]) -> Nested:
    """A function of what all inputs have at one place."""
    first = inputs[0]
    return [
        [
            [
                [value([float(x[i][h][w][c]) for x in inputs]) for c in range(len(first[i][h][w]))]
                for w in range(len(first[i][h]))
            ]
            for h in range(len(first[i]))
        ]
        for i in range(len(first))
    ]


def concat(inputs: list[Nested]) -> Nested:
    """At every place, one input's channels after the other's."""
    out = []
    for i in range(len(inputs[0])):
        rows = []
        for h in range(len(inputs[0][i])):
            row = []
            for w in range(len(inputs[0][i][h])):
                place: list[float] = []
                for x in inputs:
                    place += map(float, x[i][h][w])
                row.append(place)
            rows.append(row)
        out.append(rows)
    return out
