"""`convstep diff` finds a planted difference of each kind, and says why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convstep import cli
from convstep.answers.diff import Comparison, Side, compare
from convstep.engine.geometry import VALID, Padding
from convstep.engine.steps import Array
from convstep.errors import ArgumentError
from convstep.layers import AvgPool, BatchNorm, Conv, Dense, Flatten, Layer, LeakyRelu, MaxPool, Softmax
from convstep.layers.weights import Filled, Given
from convstep.network import Network
from convstep.network.values import Values

RANDOM = np.random.RandomState(3)


def given(*shape: int) -> Given:
    return Given(RANDOM.standard_normal(shape).astype(np.float32))


KERNELS = given(3, 3, 3, 3)
NET = Network(
    title="net",
    input_shape=(9, 8, 3),
    dtype=np.dtype(np.float32),
    layers=(
        Conv(
            "conv1", kernel=(3, 3), stride=(2, 2), padding="same", filters=3, weights=given(3, 3, 3, 3), bias=given(3)
        ),
        BatchNorm("bn1", gamma=given(3), beta=given(3), variance=Filled(0.01), epsilon=0.001),
        LeakyRelu("act1", alpha=0.1),
        AvgPool("pool1", kernel=(3, 3), stride=(2, 2), padding="same"),
        Flatten("flatten"),
        Dense("fc", units=4, weights=given(3 * 2 * 3, 4), bias=given(4)),
        Softmax("softmax"),
    ),
)
X = RANDOM.standard_normal((2, 9, 8, 3)).astype(np.float32)


def changed(name: str, **fields: Any) -> Network:
    return replace(NET, layers=tuple(replace(each, **fields) if each.name == name else each for each in NET.layers))


def found(other: Network, x: Array = X) -> Comparison:
    return compare(Side("A", Values(NET, X)), Side("B", Values(other, x)))


def weights_of(name: str) -> Array:
    layer: Any = next(each for each in NET.layers if each.name == name)
    array: Array = layer.weights.array
    return array


def test_a_net_does_not_differ_from_itself_or_from_its_own_activations() -> None:
    assert found(NET).first is None
    saved = {name: np.moveaxis(each, -1, 1) for name, each in NET.forward(X).items()}  # channels first
    result = compare(Side("A", Values(NET, X)), Side("B", None, {**saved, "input": np.moveaxis(X, -1, 1)}))
    assert result.first is None
    assert len(result.equal) == len(NET.layers)


CHW = np.moveaxis(weights_of("fc").reshape(3, 2, 3, 4), 2, 0).reshape(18, 4)
PLANTED = {
    "padding split": ("conv1", changed("conv1", padding=Padding(1, 1, 1, 1)), "padding: SAME in A, 1 1 1 1 in B"),
    "epsilon": ("bn1", changed("bn1", epsilon=1e-5), "epsilon: 0.001 in A, 1e-05 in B"),
    "slope": ("act1", changed("act1", alpha=0.2), "alpha: 0.1 in A, 0.2 in B"),
    "padding counted": ("pool1", changed("pool1", count_include_pad=True), "count_include_pad: False in A, True in B"),
    "missing bias": ("conv1", changed("conv1", bias=None), "missing bias: B adds none"),
    "flatten order": (
        "fc",
        changed("fc", weights=Given(CHW)),
        "flatten order: B's rows are for (channel, row, column), A's for (row, column, channel)",
    ),
    "layout": (
        "conv1",
        changed("conv1", weights=Given(np.ascontiguousarray(weights_of("conv1").transpose(1, 0, 2, 3)))),
        "layout: B's kernels have rows and columns exchanged (WHIO)",
    ),
    "flipped": (
        "conv1",
        changed("conv1", weights=Given(np.ascontiguousarray(weights_of("conv1")[::-1, ::-1]))),
        "B's kernels are turned by 180 degrees: true convolution",
    ),
}


@pytest.mark.parametrize("kind", PLANTED)
@pytest.mark.parametrize("saved", [False, True], ids=["nets", "saved"])
def test_a_planted_difference_is_found_and_explained(kind: str, saved: bool) -> None:
    layer, other, why = PLANTED[kind]
    b = Side("B", None, other.forward(X)) if saved else Side("B", Values(other, X))
    first = compare(Side("A", Values(NET, X)), b).first
    assert first is not None
    assert first.pair.a == layer
    expected, mine = other.forward(X)[layer], NET.forward(X)[layer]
    assert first.numbers == (float(mine[first.index]), float(expected[first.index]))
    before = np.abs(mine - expected).ravel()[: int(np.ravel_multi_index(first.index, mine.shape))]
    assert (before <= 1e-4 * np.abs(expected).max()).all()  # none before it differs
    words = {"padding split": "B pads 1 1 1 1", "padding counted": "counts places in padding"}
    assert any((words.get(kind, why) if saved else why) in each for each in first.reasons), first.reasons


def test_the_tap_is_the_one_that_was_changed() -> None:
    array = weights_of("conv1").copy()
    array[1, 2, 0, 1] += 1
    first = found(changed("conv1", weights=Given(array))).first
    assert first is not None
    assert first.tap is not None
    assert first.tap.place == (1, 2, 0)
    assert first.index[-1] == 1
    assert "1 of 81 numbers differ, first [1,2,0,1]" in first.reasons[0]


@pytest.mark.parametrize(
    ("x", "why"),
    [
        (X * 255, "preprocessing: B's input is A's × 255"),
        (X * 2 - 1, "preprocessing: B's input is A's × 2 − 1"),
        (X[..., ::-1], "preprocessing: B's input has its channels in the order BGR"),
    ],
)
def test_preprocessing_is_seen_at_the_input(x: Array, why: str) -> None:
    first = found(NET, np.ascontiguousarray(x)).first
    assert first is not None
    assert first.pair.a == "input"
    assert first.reasons == (why,)


def test_other_shapes_are_told() -> None:
    first = found(changed("conv1", padding=VALID)).first
    assert first is not None
    assert first.shapes == ((5, 4, 3), (4, 3, 3))
    assert first.reasons == ("padding: SAME in A, VALID in B",)


def test_float16_rounds() -> None:
    assert found(replace(NET, dtype=np.dtype(np.float16))).first is None


def test_layers_are_matched_by_order_and_kind_or_as_asked() -> None:
    renamed: list[Layer] = [replace(each, name=f"x{n}") for n, each in enumerate(NET.layers)]
    renamed.insert(3, MaxPool("more", kernel=(1, 1), stride=(1, 1)))
    other = replace(NET, layers=tuple(renamed))
    result = found(other)
    assert result.first is None
    assert [pair.b for pair, _ in result.equal] == [f"x{n}" for n in range(7)]
    assert result.alone == ((), ("more",))
    a, b = Side("A", Values(NET, X)), Side("B", Values(other, X))
    assert compare(a, b, {"act1": "more"}).equal[2][0] == ("act1", "more")
    with pytest.raises(ArgumentError, match="A has no layer 'cnv1'"):
        compare(a, b, {"cnv1": "x0"})


def test_the_command_prints_it_as_text_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, padding in (("a", "same"), ("b", "valid")):
        conv = f"{{filters: 2, kernel: 3, padding: {padding}, weights: {{seed: 1}}}}"
        (tmp_path / f"{name}.yaml").write_text(
            f"input: {{shape: [4, 5, 1], random: {{seed: 1}}}}\nlayers:\n  - conv: {conv}\n"
        )
    a, b = str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")
    assert cli.main(["diff", a, a]) == 0
    assert "No layer differs." in capsys.readouterr().out
    assert cli.main(["diff", a, b]) == 1
    said = capsys.readouterr().out
    assert "First difference: conv1 is 4×5×2 in A and 2×3×2 in B." in said
    assert "Why: padding: SAME in A, VALID in B." in said
    assert cli.main(["diff", a, b, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["first"]["why"] == ["padding: SAME in A, VALID in B"]
