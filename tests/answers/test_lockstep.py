"""Two compared sides, stepped through together: which neurons differ, where both windows do, and how layers compare."""

from __future__ import annotations

import numpy as np
import pytest
from differing import IN_DUMPS, IN_NETS, P, X, framework, net

from convstep.answers.diff import Saved, diff, lockstep
from convstep.engine.geometry import VALID
from convstep.errors import ArgumentError, ShapeError

NAMES = ("conv1", "bn1", "act1", "conv2", "pool1", "flat", "fc", "prob")


@pytest.mark.parametrize("name", IN_DUMPS)
@pytest.mark.parametrize("turned", [False, True])
def test_it_starts_where_diff_finds_the_first_difference(name: str, turned: bool) -> None:
    wrong, layer, _, _ = IN_DUMPS[name]
    outputs = framework(**wrong)
    sides = (Saved("dump", outputs), net()) if turned else (net(), Saved("dump", outputs))
    both = lockstep(*sides)
    first = diff(*sides).first
    assert first is not None
    at, index = both.start
    assert index == first.index
    assert np.count_nonzero(both.differs(at)) == first.differing
    assert (both.leading, both.net.name, both.state(at)) == (int(turned), "net", "differs")
    found = both.values_at(at, index)
    assert found is not None
    values, second, there = found
    assert float(values.output(second)[there]) == pytest.approx(float(outputs[at][(index[0], *first.place)]), rel=1e-6)
    before = NAMES[: NAMES.index(at)]
    assert {both.state(each) for each in before} <= {"same"}
    assert both.tap(at, index) is None
    assert layer == at or name == "flatten"


@pytest.mark.parametrize("name", IN_NETS)
@pytest.mark.parametrize("turned", [False, True])
def test_of_two_nets_the_first_leads(name: str, turned: bool) -> None:
    wrong, layer, _ = IN_NETS[name]
    right, other = net("right"), net("wrong", **wrong)
    sides = (other, right) if turned else (right, other)
    both = lockstep(*sides)
    first = diff(*sides).first
    assert first is not None
    assert both.start == (layer, first.index)
    assert both.net is sides[0]
    assert both.tap(*both.start) == first.tap
    assert np.count_nonzero(both.differs(layer)) == first.differing


def test_behind_a_difference_each_net_has_its_own_values() -> None:
    """One weight is changed; which neurons differ further on is told by a forward pass of other code."""
    W = P["W2"].copy()
    W[2, 1, 4, 3] += 0.5
    both = lockstep(net("a"), net("b", p=P | {"W2": W}))
    ours, theirs = framework(), framework(W2=W)
    assert [both.state(each) for each in NAMES] == ["same"] * 3 + ["differs"] + ["follows"] * 4
    for layer in ("conv2", "pool1", "flat", "fc"):
        apart = np.abs(ours[layer] - theirs[layer])
        apart = apart.reshape(both.differs(layer).shape)
        assert (both.differs(layer)[apart > 1e-3]).all()
        assert not both.differs(layer)[apart == 0].any()
        assert 0 < both.differs(layer).sum() <= both.differs(layer).size
        np.testing.assert_array_equal(both.differs_there(layer), both.differs(layer))
    assert both.differs("conv2")[..., 3].any()
    assert not np.delete(both.differs("conv2"), 3, -1).any()
    places = np.argwhere(both.differs("conv2"))
    assert {both.tap("conv2", (i, h, w, c)) for i, h, w, c in places.tolist()} == {(2, 1, 4)}
    assert both.tap("conv2", (0, 0, 0, 0)) is None


def test_of_other_sizes_both_have_their_own_neurons() -> None:
    both = lockstep(net("same"), net("valid", conv1={"padding": VALID}))
    assert both.start[0] == "conv1"
    ours, theirs = framework()["conv1"], framework(pads=[(0, 0), (0, 0)], last=True)["conv1"]
    both_have = tuple(slice(0, size) for size in theirs.shape)
    apart = np.abs(ours[both_have] - theirs) > 1e-4
    np.testing.assert_array_equal(both.differs("conv1")[both_have], apart)
    np.testing.assert_array_equal(both.differs_there("conv1"), apart)
    assert not both.differs("conv1")[:, 4:].any()
    assert both.other_shape("conv1") == theirs.shape[1:]
    assert both.values_at("conv1", (0, 5, 0, 0)) is None
    found = both.values_at("conv1", (1, 3, 4, 5))
    assert found is not None
    assert float(found[0].output("conv1")[found[2]]) == pytest.approx(float(theirs[1, 3, 4, 5]), rel=1e-5)
    assert both.state("fc") == "unknown" or "fc" not in both.pairs


def test_inputs_that_differ_lead_to_a_neuron_that_sees_them() -> None:
    x = X.copy()
    x[1, 8, 5, 2] += 0.5
    both = lockstep(net("a"), net("b", x=x))
    assert np.argwhere(both.differs("input")).tolist() == [[1, 8, 5, 2]]
    layer, (i, h, w, _) = both.start
    assert (layer, both.state("conv1")) == ("conv1", "follows")
    rows, cols, _ = both.net.values.operation("conv1").window((i, h, w, 0))
    assert i == 1
    assert 8 in rows
    assert 5 in cols


def test_sides_that_agree_start_at_the_first_layer() -> None:
    for other in (net("b"), Saved("b", framework())):
        both = lockstep(net("a"), other)
        assert both.start == ("conv1", (0, 0, 0, 0))
        assert {both.state(each) for each in NAMES} == {"same"}
        assert not any(both.differs(each).any() for each in NAMES)
        assert both.layers == NAMES


def test_layers_that_one_side_lacks_are_alone() -> None:
    both = lockstep(net("a"), net("b", act1=None))
    assert (both.state("act1"), both.start[0]) == ("alone", "conv2")
    assert both.values_at("act1", (0, 0, 0, 0)) is None
    assert not both.differs("act1").any()
    outputs = framework()
    both = lockstep(net("a"), Saved("b", {"fc": outputs["fc"]}))
    assert both.layers == ("fc",)


def test_two_saved_sides_have_no_steps() -> None:
    with pytest.raises(ArgumentError, match="both sides are saved outputs: there is no net to step through"):
        lockstep(Saved("a", framework()), Saved("b", framework()))
    with pytest.raises(ShapeError):
        lockstep(net(), Saved("b", {name: each[:1] for name, each in framework().items()}))
