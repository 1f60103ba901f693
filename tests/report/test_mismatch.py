"""What arrives at a dense layer beside what its weights were made for: shapes worked out by hand."""

from __future__ import annotations

import numpy as np
from nets import conv, course, mnist, x

from convstep.debugger import Session
from convstep.engine.geometry import Sliding
from convstep.layers import Conv1d, Dense, Flatten, MaxPool
from convstep.network import Network
from convstep.report.mismatch import Mismatch, mismatch

F32 = np.dtype(np.float32)


def at(network: Network, *lines: str) -> Session:
    session = Session(network, x(*network.input_shape))
    for line in lines:
        session.do(line)
    return session


def test_what_same_would_give_and_which_layers_would_have_to_change() -> None:
    session = at(mnist(), "padding valid all", "layer dense1")
    assert mismatch(session.frame) == Mismatch(
        arrives=(4, 4, 64),
        made_for=3136,
        expected=(7, 7, 64),
        sizes=("28", "24", "12", "8", "4"),
        expected_sizes=("28", "28", "14", "14", "7"),
        padding="SAME",
        layers=("conv1", "conv2"),
    )


def test_only_a_layer_that_its_padding_breaks_is_named() -> None:
    session = at(mnist(), "layer conv2", "padding valid", "layer dense1")
    found = mismatch(session.frame)
    assert found is not None
    assert (found.arrives, found.sizes, found.layers) == ((5, 5, 64), ("28", "28", "14", "10", "5"), ("conv2",))


def test_no_padding_may_fit() -> None:
    session = at(mnist(), "stride 3", "layer dense1")
    assert mismatch(session.frame) == Mismatch((3, 3, 64), 3136, sizes=("28", "10", "5", "5", "3"))


def test_sizes_of_a_map_that_is_not_square_and_of_a_length() -> None:
    layers = (conv("conv", Sliding((3, 2), padding="same"), 2), Flatten("flat"), Dense("fc", units=2, inputs=60))
    found = mismatch(at(Network("one", (6, 5, 1), layers, F32), "padding valid", "layer fc").frame)
    assert found is not None
    assert (found.sizes, found.expected_sizes, found.expected) == (("6×5", "4×4"), ("6×5", "6×5"), (6, 5, 2))
    signal = (
        Conv1d("conv", filters=2, kernel=(3, 1), padding="same"),
        Flatten("flat"),
        Dense("fc", units=2, inputs=18),
    )
    found = mismatch(at(Network("one", (9, 1), signal, F32), "padding valid", "layer fc").frame)
    assert found is not None
    assert (found.arrives, found.sizes, found.expected_sizes) == ((7, 2), ("9", "7"), ("9", "9"))


def test_what_works_and_what_breaks_for_another_reason_has_none() -> None:
    assert mismatch(at(mnist(), "layer dense1").frame) is None
    waiting, culprit = (at(mnist(), "padding valid all", f"layer {name}").frame for name in ("dense2", "dense1"))
    assert mismatch(waiting) == mismatch(culprit) is not None
    layers = (MaxPool("pool", kernel=(4, 4)),)
    assert mismatch(Session(Network("one", (3, 3, 1), layers, F32), x(3, 3, 1)).frame) is None
    assert mismatch(at(course()).frame) is None
