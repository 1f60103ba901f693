"""The right answers, beside sums of single terms that share no arithmetic with them."""

from __future__ import annotations

import numpy as np
import pytest
from right_answers import expected

from convstep.check.contracts import KNOWN, Contract
from convstep.check.probes import PLACES, Probe, probes, quarters
from convstep.check.problems import arguments, presented
from convstep.check.right import right

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
