"""Where one weight is used: hand-worked numbers, and what changes when the weight does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from nets import conv, conv1d, x

from convstep.answers.weight import Place, WeightUse, strongest, weight_use
from convstep.engine.geometry import VALID, Padding, Sliding
from convstep.engine.steps import walk
from convstep.errors import ArgumentError
from convstep.layers import ConvTranspose, Dense, DepthwiseConv, Flatten, Layer, MaxPool
from convstep.layers.weights import Given
from convstep.network import Network, Values
from convstep.spec import load

F64 = np.dtype(np.float64)


def net(layer: Layer, shape: tuple[int, ...]) -> Network:
    return Network("one layer", shape, (layer,), F64)


def use_of(layer: Layer, shape: tuple[int, ...], place: Place, c: int) -> WeightUse:
    return weight_use(net(layer, shape).stages[0], place, c)


def test_same_padding_by_hand() -> None:
    """3x3 over 4x5, SAME: the top left weight meets padding in the first row and column of neurons: 5 + 4 − 1 = 8."""
    use = use_of(conv("conv1", Sliding((3, 3), padding="same"), 2), (4, 5, 3), (0, 0, 2), 1)
    assert (use.index, use.source, use.target) == ((0, 0, 2, 1), 2, 1)
    assert (use.used, use.padding) == (20, 8)
    assert (use.weights, use.unshared) == (3 * 3 * 3 * 2, 4 * 5 * 2 * 27)
    assert use.inputs.tolist() == [[1, 1, 1, 1, 0], [1, 1, 1, 1, 0], [1, 1, 1, 1, 0], [0, 0, 0, 0, 0]]
    assert use.outputs.tolist() == [[0, 0, 0, 0, 0], [0, 1, 1, 1, 1], [0, 1, 1, 1, 1], [0, 1, 1, 1, 1]]


def test_the_course_shares_384_weights_instead_of_1572864() -> None:
    """Rows −1 + h: padding in row 0 of 64; W[0, ...] meets it once, W[3, ...] meets rows 64 and 65."""
    stage = load("course")[0].stages[0]
    use = weight_use(stage, (0, 1, 2), 7)
    assert (use.used, use.padding, use.weights, use.unshared) == (4096, 64, 384, 1_572_864)
    assert weight_use(stage, (3, 3, 0), 0).padding == 4096 - 62 * 62


def test_a_stride_and_a_dilation_leave_holes() -> None:
    """Taps at 0 and 3 of each window, windows at 0 and 2 down, 0, 3 and 6 across."""
    window = Sliding((2, 2), (2, 3), (3, 3), VALID)
    use = use_of(conv("conv1", window, 1), (7, 10, 1), (1, 0, 0), 0)
    assert (use.used, use.padding) == (6, 0)
    assert np.argwhere(use.inputs).tolist() == [[3, 0], [3, 3], [3, 6], [5, 0], [5, 3], [5, 6]]
    assert use.outputs.all()
    assert use.outputs.shape == (2, 3)


def test_along_a_length() -> None:
    use = use_of(conv1d("conv1", Sliding((4, 1), (2, 1), padding="causal"), 3), (6, 2), (0, 0, 1), 2)
    assert (use.index, use.used, use.padding) == ((0, 0, 1, 2), 3, 2)
    assert use.inputs.ravel().tolist() == [0, 1, 0, 0, 0, 0]
    assert (use.weights, use.unshared) == (24, 3 * 3 * 8)


def test_mirrored_padding_contributes_but_is_no_place_of_the_input() -> None:
    use = use_of(conv("conv1", Sliding((3, 3), padding="same"), 1, padding_mode="reflect"), (4, 4, 1), (0, 0, 0), 0)
    assert (use.used, use.padding) == (16, 7)
    assert use.outputs.all()
    assert use.inputs.sum() == 9


def test_a_filter_of_the_second_group_multiplies_its_own_channels() -> None:
    use = use_of(conv("conv1", Sliding((1, 1)), 4, groups=2), (2, 2, 6), (0, 0, 1), 3)
    assert (use.index, use.source, use.used) == ((0, 0, 1, 3), 4, 4)
    assert (use.weights, use.unshared) == (12, 48)


def test_depthwise() -> None:
    layer = DepthwiseConv("dw", kernel=(2, 2), multiplier=3)
    use = use_of(layer, (3, 4, 2), (1, 0, 0), 4)
    assert (use.index, use.source, use.used, use.padding) == ((1, 0, 1, 1), 1, 6, 0)
    assert (use.weights, use.unshared) == (2 * 2 * 2 * 3, 2 * 3 * 6 * 4)


def test_stamps_that_are_cut_off_are_no_use() -> None:
    """2x2 stamped onto rows 0, 2, 4 and columns 0, 2: of 6x4 the first row and the last column are cut off."""
    layer = ConvTranspose("up", filters=2, kernel=(2, 2), stride=(2, 2), padding=Padding(1, 0, 0, 1))
    first = use_of(layer, (3, 2, 4), (0, 1, 3), 1)
    assert (first.index, first.source, first.used, first.padding) == ((0, 1, 1, 3), 3, 2, 0)
    assert np.argwhere(first.inputs).tolist() == [[1, 0], [2, 0]]
    assert np.argwhere(first.outputs).tolist() == [[1, 1], [3, 1]]
    assert (first.weights, first.unshared) == (2 * 2 * 2 * 4, (2 + 3) * (2 + 1) * 4 * 2)


def test_a_dense_weight_is_used_once() -> None:
    use = use_of(Dense("fc", units=5), (12,), (0, 0, 7), 4)
    assert (use.index, use.source, use.target, use.used, use.padding) == ((7, 4), 7, 4, 1, 0)
    assert use.weights == use.unshared == 60


@pytest.mark.parametrize(
    ("layer", "shape", "place", "c"),
    [
        (conv("a", Sliding((3, 2), (2, 1), padding="same"), 4, groups=2), (7, 5, 4), (2, 1, 1), 2),
        (conv("a", Sliding((2, 3), (1, 2), (2, 1), Padding(1, 2, 0, 3)), 3), (6, 7, 2), (0, 2, 1), 1),
        (conv1d("a", Sliding((3, 1), (2, 1), padding="same"), 2), (9, 3), (2, 0, 1), 1),
        (DepthwiseConv("a", kernel=(3, 2), stride=(1, 2), padding="full", multiplier=2), (5, 6, 3), (0, 1, 0), 3),
        (
            ConvTranspose("a", filters=4, kernel=(3, 2), stride=(2, 3), padding="same", groups=2),
            (4, 3, 6),
            (2, 0, 1),
            3,
        ),
        (Dense("a", units=3), (8,), (0, 0, 5), 2),
    ],
)
def test_the_neurons_are_those_that_change_with_the_weight(
    layer: Any, shape: tuple[int, ...], place: Place, c: int
) -> None:
    """And of an input of ones, the sum of the output changes by 1 for each use that is not on padding."""
    arrays = layer.parameter_arrays(shape, F64)
    use = use_of(layer, shape, place, c)
    data = np.abs(x(*shape, seed=3).astype(np.float64)) + 0.5

    def output(weights: Any, values: Any = data) -> Any:
        network = net(replace(layer, weights=Given(weights)), shape)
        return Values(network, values).output("a")[0]

    before = arrays["weights"]
    after = before.copy()
    after[use.index] += 1
    changed = output(after) - output(before)
    others = np.delete(changed, use.target, axis=2)
    assert np.allclose(others, 0)
    assert np.array_equal(np.abs(changed[:, :, use.target]) > 1e-9, use.outputs)
    ones = np.ones(shape)
    assert np.isclose((output(after, ones) - output(before, ones)).sum(), use.used - use.padding)


@pytest.mark.parametrize(
    ("place", "said"),
    [((4, 0, 0), "rows 0 to 3, got 4"), ((0, -1, 0), "columns 0 to 3, got -1"), ((0, 0, 3), "channels 0 to 2, got 3")],
)
def test_a_weight_that_is_not_there_is_refused(place: Place, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        weight_use(load("course")[0].stages[0], place, 0)


@pytest.mark.parametrize("layer", [MaxPool("a", kernel=(2, 2)), Flatten("a")])
def test_layers_without_weights_say_so(layer: Layer) -> None:
    with pytest.raises(ArgumentError, match="a has no weights"):
        use_of(layer, (4, 4, 2), (0, 0, 0), 0)


def test_the_largest_product_names_its_weight() -> None:
    network, values = load("tiny")
    step = next(walk(Values(network, values).operation("conv1"), 4))
    row, col, k = strongest(network.stages[0], step)
    assert step.products is not None
    assert abs(step.products[row, col, k]) == np.abs(step.products).max()


def test_of_a_stamp_it_is_the_element_that_is_stamped_here() -> None:
    layer = ConvTranspose("up", filters=1, kernel=(3, 3), stride=(2, 2))
    network = net(layer, (2, 2, 1))
    operation = Values(network, np.ones((2, 2, 1))).operation("up")
    number = operation.geometry.number((0, 3, 1, 0))  # row 3 is row 1 of the stamps at row 1, column 1 of those at 0
    assert strongest(network.stages[0], next(walk(operation, number))) == (1, 1, 0)
