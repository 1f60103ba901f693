"""The right answers of every function that check knows, as sums of single terms."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from convstep.check.contracts import Contract
from convstep.check.probes import Probe

Terms = defaultdict[tuple[int, ...], list[float]]


def out_size(size: int, f: int, pad: int, stride: int) -> int:
    """Slide until the last tap would fall off: no formula."""
    count, at = 0, -pad
    while at + f <= size + pad:
        count, at = count + 1, at + stride
    return count


def taps(shape: tuple[int, ...], f: Any, y: int, x: int) -> Iterator[tuple[int, int, int, int]]:
    for p in range(f[0]):
        for q in range(f[1]):
            if 0 <= y + p < shape[1] and 0 <= x + q < shape[2]:
                yield p, q, y + p, x + q


def collected(shape: tuple[int, ...], terms: Terms) -> Any:
    out = np.zeros(shape)
    for place, values in terms.items():
        out[place] = math.fsum(values)
    return out


def conv(A: Any, W: Any, b: Any, stride: Any, pad: Any) -> Any:
    f = W.shape[:2]
    n_H, n_W = (out_size(A.shape[1 + n], f[n], pad[n], stride[n]) for n in (0, 1))
    terms: Terms = defaultdict(list)
    for i, h, w, c in np.ndindex(A.shape[0], n_H, n_W, W.shape[3]):
        terms[i, h, w, c].append(float(b[c]))
        for p, q, y, x in taps(A.shape, f, h * stride[0] - pad[0], w * stride[1] - pad[1]):
            terms[i, h, w, c] += [float(A[i, y, x, k]) * float(W[p, q, k, c]) for k in range(A.shape[3])]
    return collected((A.shape[0], n_H, n_W, W.shape[3]), terms)


def pool(A: Any, f: Any, stride: Any, pad: Any, mode: str) -> Any:
    n_H, n_W = (out_size(A.shape[1 + n], f[n], pad[n], stride[n]) for n in (0, 1))
    out = np.zeros((A.shape[0], n_H, n_W, A.shape[3]))
    for i, h, w, c in np.ndindex(*out.shape):
        seen = [A[i, y, x, c] for _, _, y, x in taps(A.shape, f, h * stride[0] - pad[0], w * stride[1] - pad[1])]
        out[i, h, w, c] = max(seen) if mode == "max" else math.fsum(seen) / len(seen)
    return out


def conv_backward(A: Any, W: Any, dZ: Any, stride: Any, pad: Any) -> Any:
    dA: Terms = defaultdict(list)
    dW: Terms = defaultdict(list)
    db: Terms = defaultdict(list)
    for i, h, w, c in np.ndindex(*dZ.shape):
        d = float(dZ[i, h, w, c])
        db[0, 0, 0, c].append(d)
        for p, q, y, x in taps(A.shape, W.shape, h * stride[0] - pad[0], w * stride[1] - pad[1]):
            for k in range(A.shape[3]):
                dA[i, y, x, k].append(d * float(W[p, q, k, c]))
                dW[p, q, k, c].append(d * float(A[i, y, x, k]))
    return collected(A.shape, dA), collected(W.shape, dW), collected((1, 1, 1, W.shape[3]), db)


def pool_backward(A: Any, f: Any, stride: Any, dA: Any, mode: str, first: bool) -> Any:
    terms: Terms = defaultdict(list)
    for i, h, w, c in np.ndindex(*dA.shape):
        places = [(y, x) for _, _, y, x in taps(A.shape, f, h * stride[0], w * stride[1])]
        d = float(dA[i, h, w, c])
        if mode == "average":
            for y, x in places:
                terms[i, y, x, c].append(d / len(places))
            continue
        top = max(A[i, y, x, c] for y, x in places)
        won = [(y, x) for y, x in places if A[i, y, x, c] == top]
        for y, x in won[:1] if first else won:
            terms[i, y, x, c].append(d)
    return collected(A.shape, terms)


def expected(contract: Contract, probe: Probe) -> tuple[Any, ...]:
    each = probe.problem
    A, f, stride, pad = each.A, each.f, each.stride, each.pad
    match contract.operation:
        case "conv" | "single_step":
            return (conv(A, each.filters, each.biases, stride, pad),)
        case "pool":
            return (pool(A, f, stride, pad, each.mode),)
        case "conv_backward":
            return tuple(conv_backward(A, each.filters, each.upstream, stride, pad))
        case "pool_backward":
            first = contract.family == "cs231n"
            return (pool_backward(A, f, stride, each.upstream, each.mode, first),)
        case "zero_pad":
            out = np.zeros((A.shape[0], A.shape[1] + 2 * pad[0], A.shape[2] + 2 * pad[0], A.shape[3]))
            for i, y, x, c in np.ndindex(*A.shape):
                out[i, y + pad[0], x + pad[0], c] = A[i, y, x, c]
            return (out,)
        case "mask":
            top = max(A.reshape(-1).tolist())
            return (np.array([[value == top for value in row] for row in A[0, :, :, 0].tolist()]),)
        case "distribute":
            return (np.array([[9.0 / (f[0] * f[1])] * f[1]] * f[0]),)
