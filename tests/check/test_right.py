"""The right answers, beside sums of single terms that share no arithmetic with them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from convstep.check.contracts import KNOWN, Contract
from convstep.check.probes import PLACES, Probe, probes, quarters
from convstep.check.problems import arguments, presented
from convstep.check.right import right

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


EVERY = [(contract, probe) for contract in KNOWN for probe in probes(contract)]


@pytest.mark.parametrize(
    ("contract", "probe"), EVERY, ids=[f"{contract.family} {contract.name}: {probe.name}" for contract, probe in EVERY]
)
def test_every_probe(contract: Contract, probe: Probe) -> None:
    got = right(contract.operation, probe.problem)
    want = expected(contract, probe)
    assert len(got) == len(want) == len(contract.results)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("contract", KNOWN, ids=lambda contract: f"{contract.family} {contract.name}")
def test_probes_are_of_many_kinds(contract: Contract) -> None:
    asked = [probe.problem for probe in probes(contract)]
    assert len({probe.name for probe in probes(contract)}) == len(asked)
    assert sorted(each.A.size for each in asked[:2]) == [each.A.size for each in asked[:2]]
    if contract.operation in ("conv", "pool", "conv_backward", "pool_backward") and contract.layout != "HW":
        assert any(each.A.shape[1] > each.A.shape[2] for each in asked), "a tall map"
        assert any(each.A.shape[1] < each.A.shape[2] for each in asked), "a wide map"
        assert {1, 2, 3} <= {each.stride[0] for each in asked}
        assert max(each.A.shape[0] for each in asked) == 3, "three examples"
        assert max(each.A.shape[3] for each in asked) > 1, "several channels"
    if contract.family in ("course", "cs231n") and contract.operation in ("conv", "conv_backward"):
        assert {0, 1, 2} <= {each.pad[0] for each in asked}
    if contract.family in ("cs231n", "holberton"):
        assert any(each.f[0] != each.f[1] for each in asked), "a filter that is not square"


@pytest.mark.parametrize("contract", KNOWN, ids=lambda contract: f"{contract.family} {contract.name}")
def test_values_are_distinct_quarters(contract: Contract) -> None:
    for probe in probes(contract):
        if probe.name == PLACES or probe.optional or contract.operation == "distribute":
            continue
        values = probe.problem.A.reshape(-1)
        near = "nearly" in probe.name
        assert near or np.array_equal(values * 4, np.round(values * 4))
        assert len(set(values.tolist())) == values.size
        assert near or 0 not in values


def test_quarters_of_one_sign() -> None:
    assert (quarters((2, 3), 1, negative=True) < 0).all()


def test_arguments_and_results_of_channels_first() -> None:
    contract = next(each for each in KNOWN if each.name == "conv_backward_naive")
    probe = next(each for each in probes(contract) if each.problem.f == (3, 2) and each.problem.A.shape[0] == 2)
    dout, (x, w, b, conv_param) = arguments(contract, probe.problem)
    assert x.shape == (2, 2, 6, 9)
    assert w.shape == (3, 2, 3, 2)
    assert b.shape == (3,)
    assert conv_param == {"stride": 2, "pad": 1}
    assert dout.shape == (2, 3, 3, 5)
    dx, dw, db = presented(contract, right(contract.operation, probe.problem))
    assert (dx.shape, dw.shape, db.shape) == (x.shape, w.shape, b.shape)
    np.testing.assert_array_equal(x, np.moveaxis(probe.problem.A, -1, 1))
    np.testing.assert_array_equal(w[1, 0], probe.problem.filters[:, :, 0, 1])
