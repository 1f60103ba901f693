"""What is said of a step is decided by its numbers: which weighs most, what is blocked, what passes."""

from __future__ import annotations

import numpy as np
import pytest

from convstep.debugger import Session
from convstep.layers import Dense, Layer, Relu
from convstep.layers.weights import Given
from convstep.network import Network
from convstep.report.explain import caption, sentence


def session(layer: Layer, values: list[float]) -> Session:
    shape = (len(values),) if isinstance(layer, Dense) else (1, len(values), 1)
    return Session(Network("net", shape, (layer,), np.dtype(np.float32)), np.reshape(values, shape))


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([2.0, -4.5, 3.0], "the product that weighs most is −4.50, from value 1 of the input."),
        ([2.0, -2.5, 3.0], "the product that weighs most is 3.00, from value 2 of the input."),
        ([-3.5, 1.0, 2.0], "the product that weighs most is −3.50, from value 0 of the input."),
    ],
)
def test_what_weighs_most_in_a_dense_layer_may_be_below_0(weights: list[float], said: str) -> None:
    dense = Dense("fc", units=1, weights=Given(np.array(weights)[:, None]))
    assert sentence(session(dense, [1.0, 1.0, 1.0]).frame).endswith(said)


def test_a_caption_says_what_a_relu_does_with_each_value() -> None:
    told = session(Relu("relu"), [0.5, -0.25, 0.0, np.nan])
    captions = []
    for place in range(4):
        told.do(f"jump 0 {place} 0")
        captions.append(caption(told.frame))
    assert captions == [
        "Row 0, column 0 of the input: 0.50 is not below 0, so it passes.",
        "Row 0, column 1 of the input: −0.25 is below 0, so it is blocked.",
        "Row 0, column 2 of the input: 0.00 is not below 0, so it passes.",
        "Row 0, column 3 of the input: NaN is not a number.",
    ]
