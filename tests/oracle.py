"""Convolution and pooling written out as plain loops over Python floats.

It shares no code, no index arithmetic and no idea with the engine: it walks over the taps of an explicitly padded
input, in the words of the textbook. Slow on purpose.
"""

from __future__ import annotations

import math
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


def upsample(A_prev: Nested, scale: tuple[int, int]) -> Nested:
    """Every row and every value of it so many times."""
    return [
        [[list(place) for place in line for _ in range(scale[1])] for line in example for _ in range(scale[0])]
        for example in A_prev
    ]
