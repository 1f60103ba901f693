"""What is said of a layer's size, padding, numbers, and of what its windows never reach."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from nets import averaged, conv, conv1d, every_kind, max_pool, meeting, mnist, residual

from convstep.debugger import Session
from convstep.engine.geometry import Padding, Sliding
from convstep.layers import BatchNorm, ConvTranspose, DepthwiseConv, GlobalAvgPool, Layer, Pad, PRelu, Relu, Windowed
from convstep.layers.weights import Drawn, Given
from convstep.network import Network
from convstep.opening import open_session
from convstep.report.explain import place
from convstep.report.facts import Fact, layer_facts
from convstep.report.text import position
from convstep.spec.samples import bundled


def facts(shape: tuple[int, ...], layer: Layer) -> dict[str, list[Fact]]:
    """Return a layer's facts by what they are about."""
    network = Network("net", shape, (layer,), np.dtype(np.float32))
    return sorted_facts(Session(network, np.zeros(shape, np.float32)))


def sorted_facts(session: Session) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for fact in layer_facts(session.frame):
        found.setdefault(fact.name, []).append(fact)
    return found


def texts(shape: tuple[int, ...], layer: Layer, name: str) -> list[str]:
    return [fact.text for fact in facts(shape, layer).get(name, [])]


def whole(shape: tuple[int, ...], layer: Layer, name: str) -> list[str]:
    return [fact.whole for fact in facts(shape, layer).get(name, [])]


@pytest.mark.parametrize(
    ("sliding", "said"),
    [
        (Sliding((4, 4), padding="same"), "output 64×48×8: ⌈64 / 1⌉ = 64, ⌈48 / 1⌉ = 48"),
        (Sliding((3, 3), (2, 2), padding="same"), "output 32×24×8: ⌈64 / 2⌉ = 32, ⌈48 / 2⌉ = 24"),
        (Sliding((2, 18), (2, 1)), "output 32×31×8: ⌊(64 − 2)/2⌋ + 1 = 32, 48 − 18 + 1 = 31"),
        (Sliding((20, 4)), "output 45×45×8: 64 − 20 + 1 = 45, 48 − 4 + 1 = 45"),
        (Sliding((3, 3), (3, 3), padding="same_lower"), "output 22×16×8: ⌈64 / 3⌉ = 22, ⌈48 / 3⌉ = 16"),
    ],
)
def test_the_output_is_told_with_its_formula(sliding: Sliding, said: str) -> None:
    assert texts((64, 48, 3), conv("c", sliding, 8), "output") == [said]


def test_a_formula_that_is_the_same_along_both_axes_is_told_once() -> None:
    assert texts((28, 28, 1), max_pool("p", Sliding((2, 2), (2, 2))), "output") == [
        "output 14×14×1: ⌊(28 − 2)/2⌋ + 1 = 14"
    ]
    assert texts((64, 64, 1), conv("c", Sliding((3, 3), (2, 2), padding="same"), 1), "output") == [
        "output 32×32×1: ⌈64 / 2⌉ = 32"
    ]
    assert texts((500, 1), conv1d("c", Sliding((10, 1)), 20), "output") == ["output 491×20: 500 − 10 + 1 = 491"]


def test_what_same_needs_is_worked_out() -> None:
    fact = facts((64, 64, 3), conv("c", Sliding((4, 4), padding="same"), 8))["padding"][0]
    assert fact.text == "padding 1 above, 2 below, 1 left, 2 right"
    assert fact.more == (
        "SAME: ⌈64 / 1⌉ = 64 windows of 4 rows need 64 + 3 rows: 1 above, 2 below; columns likewise: 1 left, 2 right"
    )
    fact = facts((64, 9, 3), conv("c", Sliding((3, 2), (2, 3), padding="same"), 8))["padding"][0]
    assert fact.text == "padding 1 below"
    assert fact.more == (
        "SAME: ⌈64 / 2⌉ = 32 windows of 3 rows, 2 apart, need 64 + 1 rows: 1 below; "
        "⌈9 / 3⌉ = 3 windows of 2 columns, 3 apart, fit into 9 columns"
    )
    fact = facts((8, 8, 3), max_pool("p", Sliding((4, 4), (4, 4), padding="same")))["padding"][0]
    assert fact.text == "SAME needs no padding"
    assert fact.more.endswith("2 windows of 4 rows, 4 apart, fit into 8 rows; columns likewise")


@pytest.mark.parametrize(
    ("shape", "layer", "said"),
    [
        ((6, 6, 1), conv("c", Sliding((3, 3)), 1), "VALID: no padding"),
        ((6, 6, 1), conv("c", Sliding((3, 3), padding=Padding(1, 1, 1, 1)), 1), "padding 1 on every side"),
        ((6, 6, 1), conv("c", Sliding((3, 3), padding=Padding(0, 2, 0, 1)), 1), "padding 2 below, 1 right"),
        (
            (9, 1),
            conv1d("c", Sliding((3, 1), padding="causal"), 1),
            "padding 2 before, so that no window looks ahead (CAUSAL)",
        ),
        ((9, 1), conv1d("c", Sliding((4, 1), padding="same"), 1), "SAME: ⌈9 / 1⌉ = 9 windows of 4 places need 9 + 3"),
        ((6, 6, 1), Pad("p", padding=Padding(1, 0, 2, 1)), "padding 1 above, 2 left, 1 right"),
        ((6, 6, 1), ConvTranspose("t", filters=1, kernel=(3, 3), padding=Padding(1, 1, 1, 1)), "cut off: 1 on every"),
        ((6, 6, 1), max_pool("p", Sliding((3, 3), (2, 2)), ceil_mode=True), "padding 1 below, 1 right, what ceil mode"),
    ],
)
def test_padding_is_told_by_its_sides(shape: tuple[int, ...], layer: Layer, said: str) -> None:
    (told,) = whole(shape, layer, "padding")
    assert told.startswith(said)


def test_layers_without_padding_say_nothing_of_it() -> None:
    assert not {"padding", "skipped", "parameters"} & facts((4, 4, 2), Relu("r")).keys()
    assert not {"padding", "skipped"} & facts((4, 4, 2), GlobalAvgPool("g")).keys()


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (conv("c", Sliding((4, 4)), 8), "4·4·3·8 + 8 = 392 parameters"),
        (conv("c", Sliding((4, 4)), 8, bias=None), "4·4·3·8 = 384 parameters"),
        (conv("c", Sliding((1, 1)), 3, groups=3), "1·1·1·3 + 3 = 6 parameters"),
        (DepthwiseConv("d", kernel=(3, 2), multiplier=2), "3·2·3·2 + 6 = 42 parameters"),
        (ConvTranspose("t", filters=5, kernel=(2, 2)), "2·2·5·3 + 5 = 65 parameters"),
        (BatchNorm("b"), "4·3 = 12 parameters"),
        (PRelu("p"), "3 parameters"),
    ],
)
def test_parameters_are_told_as_a_product(layer: Layer, said: str) -> None:
    assert texts((9, 9, 3), layer, "parameters") == [said]


def test_along_a_length_a_kernel_has_one_size() -> None:
    assert texts((9, 2), conv1d("c", Sliding((3, 1)), 5), "parameters") == ["3·2·5 + 5 = 35 parameters"]


@pytest.mark.parametrize(
    "network", [every_kind(), averaged(), mnist(), meeting(), residual()], ids=lambda net: net.title
)
def test_products_and_sums_come_to_what_the_layers_have(network: Network) -> None:
    for stage in network.stages:
        assert stage.input
        assert stage.output
        if product := stage.layer.parameter_product(stage.input):
            assert eval(product.replace("·", "*")) == stage.layer.parameters(stage.input), stage.name
        else:
            assert not stage.layer.parameters(stage.input)
        if isinstance(stage.layer, Windowed):
            for told, size in zip(stage.layer.formula(stage.input).split(", "), stage.output, strict=False):
                left, _, right = told.partition(" = ")
                code = left.replace("⌈", "math.ceil(").replace("⌊", "math.floor(").replace("−", "-")
                assert eval(re.sub("[⌉⌋]", ")", code), {"math": math}) == int(right) == size


@pytest.mark.parametrize(
    ("shape", "layer", "said"),
    [
        (
            (28, 28, 1),
            max_pool("p", Sliding((3, 3), (3, 3))),
            ["row 27 and column 27 are never reached: no window fits there"],
        ),
        ((28, 27, 1), max_pool("p", Sliding((3, 3), (3, 3))), ["row 27 is never reached: no window fits there"]),
        ((30, 30, 1), max_pool("p", Sliding((7, 7), (7, 7))), ["rows 28–29 and columns 28–29 are never reached: no w"]),
        (
            (9, 9, 1),
            conv("c", Sliding((2, 1), (4, 1)), 1),
            ["rows 6–8 are never reached", "rows 2–3 are never reached"],
        ),
        ((9, 1), conv1d("c", Sliding((1, 1), (2, 1)), 1), ["places 1, 3, 5 and 7 are never reached: no window has a"]),
        ((30, 2, 1), conv("c", Sliding((1, 1), (2, 1)), 1), ["row 29", "14 rows, every 2nd from 1 to 27 are never"]),
        (
            (4, 5, 1),
            conv("c", Sliding((2, 2), (2, 2), padding=Padding(0, 1, 2, 0)), 1),
            ["column 4 is never reached", "1 row of padding below is never reached"],
        ),
        ((5, 5, 1), conv("c", Sliding((3, 3), padding="same"), 1), []),
    ],
)
def test_what_no_window_reaches_is_said(shape: tuple[int, ...], layer: Layer, said: list[str]) -> None:
    told = [text for text in whole(shape, layer, "skipped") if "reached" in text]
    assert [text[: len(part)] for text, part in zip(told, said, strict=True)] == said


def test_what_stride_and_dilation_skip_is_said() -> None:
    assert whole((9, 9, 1), conv("c", Sliding((2, 2), dilation=(2, 2)), 1), "skipped") == [
        "dilation 2 skips every other row and column: 2 taps over 3 rows and 2 taps over 3 columns"
    ]
    assert texts((9, 9, 1), conv("c", Sliding((2, 2), dilation=(3, 1)), 1), "skipped") == [
        "dilation 3×1 skips 2 of 3 rows"
    ]
    assert whole((9, 9, 1), conv("c", Sliding((3, 3), (2, 1)), 1), "skipped") == [
        "stride 2×1: the next window lies 2 rows and 1 column further"
    ]


def test_random_weights_are_called_random_and_a_file_is_named(tmp_path: Path) -> None:
    assert texts((4, 4, 1), conv("c", Sliding((2, 2)), 1, weights=Drawn("he", 7)), "weights") == [
        "weights drawn at random (He, seed 7)"
    ]
    given = conv("c", Sliding((2, 2)), 1, weights=Given(np.ones((2, 2, 1, 1))), bias=Drawn("normal", 2))
    assert texts((4, 4, 1), given, "weights") == ["weights given, bias drawn at random (standard normal, seed 2)"]
    assert texts((4, 4, 1), BatchNorm("b", gamma=Given(np.ones(1)), mean=Given(np.ones(1))), "weights") == [
        "gamma and mean given"
    ]
    assert [fact.text for fact in sorted_facts(open_session("photo"))["weights"]] == ["weights from photo_filters.npz"]


def test_neurons_and_multiply_accumulates_are_counted() -> None:
    found = facts((64, 64, 3), conv("c", Sliding((4, 4), padding="same"), 8))
    assert found["neurons"][0].text == "64·64·8 = 32,768 neurons"
    assert found["multiply-accumulates"][0].whole == "48 multiply-accumulates a neuron, 1,572,864 in all"


def test_a_layer_that_cannot_work_says_why() -> None:
    assert "does not fit" in facts((4, 4, 1), conv("c", Sliding((5, 5)), 1))["layer"][0].text


@pytest.mark.parametrize("name", list(bundled()))
def test_a_samples_title_names_no_size_that_a_change_of_a_window_changes(name: str) -> None:
    network = open_session(name).network
    output = network.stages[-1].output or ()
    lasting = {"x".join(map(str, network.input_shape)), *map(str, output if len(output) == 1 else ())}
    assert set(re.findall(r"\b\d+(?:x\d+)*\b", network.title.removeprefix("LeNet-5"))) <= lasting


def test_a_place_has_as_many_numbers_as_the_layer_has_axes() -> None:
    session = open_session("mnist")
    session.do("jump conv1 23 9 1")
    assert place(session.frame) == (("h", 23), ("w", 9), ("c", 1))
    assert position(session.frame).startswith("conv1 window #20,898 of 25,088  h 23  w 9  c 1  = ")
    session.do("jump relu1 1 2 3")
    assert position(session.frame).startswith("relu1 value #964 of 25,088  h 1  w 2  c 3  = ")
    session.do("jump dense2 3")
    assert position(session.frame).startswith("dense2 neuron #4 of 10  value 3  = ")
    session = open_session("conv1d")
    session.do("jump 199 0")
    assert place(session.frame) == (("h", 199), ("c", 0))
    network = Network("net", (4, 4, 1), (Relu("r"),), np.dtype(np.float32))
    assert place(Session(network, np.zeros((2, 4, 4, 1), np.float32)).frame) == (("i", 0), ("h", 0), ("w", 0), ("c", 0))
