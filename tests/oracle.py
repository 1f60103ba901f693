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


def same_lower(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """ONNX's SAME_LOWER: the odd one at the beginning."""
    before, after = same(size, kernel, stride, dilation)
    return after, before


def stretched(line: list[Any], before: int, after: int, mode: str) -> list[Any]:
    """A list with copies of its ends before and after it, or with itself seen from the other side of its ends."""
    if mode == "edge":
        return [line[0]] * before + line + [line[-1]] * after
    mirror = line[::-1]
    return mirror[len(line) - 1 - before : len(line) - 1] + line + mirror[1 : after + 1]


def pad(A_prev: Nested, pads: tuple[int, int, int, int], mode: str) -> Nested:
    if mode == "zero":
        return [padded(example, pads, 0.0) for example in A_prev]
    top, bottom, left, right = pads
    return [stretched([stretched(row, left, right, mode) for row in example], top, bottom, mode) for example in A_prev]


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


def ceil_starts(size: int, before: int, after: int, kernel: int, stride: int, dilation: int) -> list[int]:
    """The same in ceil mode: slide until a window reaches the end; its start must be on the input or before it."""
    found = [0]
    while found[-1] + dilation * (kernel - 1) + 1 < before + size + after:
        found.append(found[-1] + stride)
    return found[:-1] if found[-1] >= before + size else found


def conv(
    A_prev: Nested,
    W: Nested,
    b: Nested,
    stride: tuple[int, int],
    pads: tuple[int, int, int, int],
    dilation: tuple[int, int],
    groups: int,
    mode: str = "zero",
) -> Nested:
    f_h, f_w, channels, n_C = len(W), len(W[0]), len(W[0][0]), len(W[0][0][0])
    out = []
    for image in pad(A_prev, pads, mode):
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
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> Nested:
    """Padding that doesn't count is NaN; what a window of ceil mode sees past it is not there at all."""
    out = []
    for example in A_prev:
        image = padded(example, pads, 0.0 if count_include_pad else math.nan)
        height, width = len(image), len(image[0])
        ys, xs = starts(height, f[0], stride[0], dilation[0]), starts(width, f[1], stride[1], dilation[1])
        if ceil_mode:
            ys = ceil_starts(len(example), pads[0], pads[1], f[0], stride[0], dilation[0])
            xs = ceil_starts(len(example[0]), pads[2], pads[3], f[1], stride[1], dilation[1])
        rows = []
        for y in ys:
            row = []
            for x in xs:
                place = []
                for c in range(len(example[0][0])):
                    taps = [(y + p * dilation[0], x + q * dilation[1]) for p in range(f[0]) for q in range(f[1])]
                    seen = [image[at_y][at_x][c] for at_y, at_x in taps if at_y < height and at_x < width]
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


def elu(x: float, alpha: float) -> float:
    return x if x >= 0 or math.isnan(x) else alpha * math.expm1(x)


def gelu(x: float, approximate: bool) -> float:
    if approximate:
        return x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    return x * math.erfc(-x / math.sqrt(2)) / 2


def hard_sigmoid(x: float, alpha: float, beta: float) -> float:
    return clip(alpha * x + beta, 0, 1)


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


def depthwise(
    A_prev: Nested,
    W: Nested,
    b: Nested,
    stride: tuple[int, int],
    pads: tuple[int, int, int, int],
    dilation: tuple[int, int],
) -> Nested:
    """TensorFlow's definition: output channel k * multiplier + q is channel k alone, under filter q of its own."""
    out = []
    for example in A_prev:
        image = padded(example, pads, 0.0)
        rows = []
        for y in starts(len(image), len(W), stride[0], dilation[0]):
            row = []
            for x in starts(len(image[0]), len(W[0]), stride[1], dilation[1]):
                place = []
                for k in range(len(W[0][0])):
                    for q in range(len(W[0][0][0])):
                        terms = [float(b[k * len(W[0][0][0]) + q])]
                        for p, line in enumerate(W):
                            for r, weights in enumerate(line):
                                pixel = image[y + p * dilation[0]][x + r * dilation[1]][k]
                                terms.append(pixel * float(weights[k][q]))
                        place.append(math.fsum(terms))
                row.append(place)
            rows.append(row)
        out.append(rows)
    return out


def same_cut(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """TensorFlow's definition: the padding of the SAME convolution that makes `size` out of `size * stride`."""
    return same(size * stride, kernel, stride, dilation)


def conv_transpose(
    A_prev: Nested,
    W: Nested,
    b: Nested,
    stride: tuple[int, int],
    cut: tuple[int, int, int, int],
    more: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> Nested:
    """Every value of the input stamps the kernel, times itself, on a canvas; then the canvas is cut and lengthened."""
    f_h, f_w, per_group = len(W), len(W[0]), len(W[0][0])
    top, bottom, left, right = cut
    out = []
    for example in A_prev:
        height = (len(example) - 1) * stride[0] + (f_h - 1) * dilation[0] + 1 + more[0]
        width = (len(example[0]) - 1) * stride[1] + (f_w - 1) * dilation[1] + 1 + more[1]
        canvas: Nested = [[[[float(bias)] for bias in b] for _ in range(width)] for _ in range(height)]
        for y, line in enumerate(example):
            for x, values in enumerate(line):
                for k, value in enumerate(values):
                    group = k * groups // len(values)
                    for p in range(f_h):
                        for q in range(f_w):
                            place = canvas[y * stride[0] + p * dilation[0]][x * stride[1] + q * dilation[1]]
                            for c in range(per_group):
                                place[group * per_group + c].append(float(value) * float(W[p][q][c][k]))
        kept = [line[left : width - right] for line in canvas[top : height - bottom]]
        out.append([[[math.fsum(terms) for terms in place] for place in line] for line in kept])
    return out


def crop(A_prev: Nested, margins: tuple[int, int, int, int]) -> Nested:
    """Rows and values taken away one by one, from either end."""
    found = []
    for example in A_prev:
        rows = [list(row) for row in example]
        top, bottom, left, right = margins
        for _ in range(top):
            rows.pop(0)
        for _ in range(bottom):
            rows.pop()
        for row in rows:
            for _ in range(left):
                row.pop(0)
            for _ in range(right):
                row.pop()
        found.append(rows)
    return found


def upsample(A_prev: Nested, scale: tuple[int, int]) -> Nested:
    """Every row and every value of it so many times."""
    return [
        [[list(place) for place in line for _ in range(scale[1])] for line in example for _ in range(scale[0])]
        for example in A_prev
    ]
