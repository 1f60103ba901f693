"""The input map and the padding badge, for layers with several inputs and with any padding."""

from __future__ import annotations

import numpy as np
import pytest
from nets import F32, conv, conv1d, x

from convstep.debugger import Session
from convstep.engine.geometry import Padding, Sliding
from convstep.layers import Add, Concat, ConvTranspose, DepthwiseConv, Layer
from convstep.network import Network
from convstep.report.explain import window_title
from convstep.tui.maps.of_frame import input_map
from convstep.tui.maps.titles import input_title
from convstep.tui.screens.header import where


def session(*layers: Layer, shape: tuple[int, ...] = (5, 4, 3)) -> Session:
    return Session(Network("net", shape, layers, F32, picture=shape[-1] == 3), x(*shape))


def joined() -> Session:
    """A 5×4×3 picture, six maps of it and three of those: twelve channels."""
    sliding = Sliding((3, 3), padding="same")
    return session(conv("six", sliding, 6), conv("three", sliding, 3), Concat("all", sources=("input", "six", "three")))


@pytest.mark.parametrize(
    ("c", "name", "details", "title"),
    [
        (1, "input", ("input 1 of 3", "green", "5×4×3"), "row 2, col 3, green"),
        (3, "six", ("input 2 of 3", "channel 0", "5×4×6"), "row 2, col 3, ch 0"),
        (8, "six", ("input 2 of 3", "channel 5", "5×4×6"), "row 2, col 3, ch 5"),
        (10, "three", ("input 3 of 3", "channel 1", "5×4×3"), "row 2, col 3, ch 1"),
    ],
)
def test_beside_a_concat_stands_the_input_that_the_neuron_is_taken_from(
    c: int, name: str, details: tuple[str, ...], title: str
) -> None:
    run = joined()
    run.do(f"jump all 2 3 {c}")
    assert input_title(run.frame) == (name, details)
    assert window_title(run.frame) == title
    model = input_map(run.frame)
    assert model is not None
    maps = [x(5, 4, 3), run.values.natural("six")[0], run.values.natural("three")[0]]
    np.testing.assert_array_equal(model.values, np.concatenate(maps, axis=-1)[..., c])
    assert model.colouring in (("red", "green", "blue") if name == "input" else ("signed", "sequential"))


def test_beside_an_open_add_stands_the_input_of_the_tap() -> None:
    run = session(conv("three", Sliding((3, 3), padding="same"), 3), Add("sum", sources=("input", "three")))
    run.do("jump sum 1 2 2")
    run.do("taps open")
    assert input_title(run.frame)[0] == "input"
    run.do("step 1 mac")
    assert input_title(run.frame)[0] == "three"
    model = input_map(run.frame)
    assert model is not None
    np.testing.assert_array_equal(model.values, run.values.output("three").reshape(5, 4, 3)[..., 2])


@pytest.mark.parametrize(
    ("layer", "shown", "chosen"),
    [
        (conv("c", Sliding((2, 2)), 2), "RGB", "blue"),
        (ConvTranspose("c", filters=2, kernel=(2, 2)), "RGB", "blue"),
        (conv("c", Sliding((2, 2)), 3, groups=3), "green", "green"),
        (DepthwiseConv("c", kernel=(2, 2)), "green", "green"),
    ],
)
def test_of_a_picture_stand_all_colours_that_the_neuron_sees_or_the_chosen_one(
    layer: Layer, shown: str, chosen: str
) -> None:
    run = session(layer)
    run.do("jump 1 1 1")
    assert input_title(run.frame)[1][1] == shown
    assert input_title(run.frame, chosen=2)[1][1] == chosen


@pytest.mark.parametrize(
    ("layer", "badge"),
    [
        (conv("c", Sliding((3, 2), padding="same"), 1), " SAME "),
        (conv("c", Sliding((3, 2)), 1), " VALID "),
        (conv("c", Sliding((3, 2), padding="full"), 1), " FULL "),
        (conv("c", Sliding((3, 2), padding="same_lower"), 1), " SAME_LOWER "),
        (conv1d("c", Sliding((3, 1), padding="causal"), 1), " CAUSAL "),
        (conv1d("c", Sliding((3, 1), padding=Padding(2, 1, 0, 0)), 1), " PAD 2 1 "),
        (conv("c", Sliding((3, 2), padding=Padding(2, 0, 1, 0)), 1), " PAD 2 0 1 0 "),
    ],
)
def test_where_there_is_little_room_the_badge_is_a_word_or_four_numbers(layer: Layer, badge: str) -> None:
    run = session(layer, shape=(6, 2) if layer.kind == "conv1d" else (5, 4, 3))
    assert where(run.frame, 90)[1][-1][0] == badge
