from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import prod

import numpy as np
import pytest
from nets import averaged, avg_pool, branching, conv, conv1d, course, every_kind, max_pool, mnist, residual, x
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from convstep.debugger import Frame, Session
from convstep.engine.geometry import Padding, Sliding
from convstep.engine.steps import Array
from convstep.layers import Add, Concat, Dense, Flatten, Layer, Relu, Upsample, times
from convstep.layers.weights import Given
from convstep.network import Network
from convstep.report.explain import caption
from convstep.tui.lines.colours import DARK, LIGHT, Palette
from convstep.tui.window.panel import WindowPanel, window_rows
from convstep.tui.window.pictures import place_in, shrunk
from convstep.tui.window.plot import curve
from convstep.tui.window.styles import styles_for

NUMBER = re.compile(r"−?\d+\.\d*")
NETS: tuple[Callable[[], Network], ...] = (every_kind, averaged, course)


def one(*layers: Layer, shape: tuple[int, ...], values: Array | None = None, picture: bool = False) -> Session:
    dtype = np.dtype(np.float32 if values is None else np.float64)
    return Session(Network("one", shape, layers, dtype, picture), x(*shape) if values is None else values)


def text(frame: Frame, width: int = 48, height: int = 18) -> list[str]:
    """Return the lines below the panel's title."""
    lines = [strip.text.rstrip() for strip in window_rows(frame, width, height + 1)][1:]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def small() -> Session:
    """A 4x3 input of integers under a 2x3 filter."""
    values = np.arange(12.0).reshape(4, 3, 1)
    weights = np.array([[1, 0, -1], [2, 0, -10]], float).reshape(2, 3, 1, 1)
    return one(conv("conv", Sliding((2, 3)), 1, weights=Given(weights)), shape=(4, 3, 1), values=values)


def frames() -> Iterator[Frame]:
    """Frames of every kind of layer: at the start, in the middle, at the end, opened into taps."""
    for make in NETS:
        network = make()
        session = Session(network, x(*network.input_shape))
        for stage in network.stages:
            count = prod(stage.output or ())
            for number in (0, count // 2, count - 1):
                session.jump(number, stage.name)
                yield session.frame
            taps = stage.layer.taps(stage.input or ())
            session.taps(opened=True)
            for count in (0, taps // 2, taps - 1 - taps // 2):
                if count:
                    session.step(count, "mac")
                yield session.frame
            session.taps(opened=False)
    session = Session(mnist(), x(28, 28, 1))
    session.do("padding valid all")
    session.do("layer dense1")
    yield session.frame
    wide = one(conv("conv", Sliding((5, 100)), 3), shape=(5, 120, 2))
    yield wide.frame
    wide.do("step 333 mac")
    yield wide.frame
    yield one(conv1d("conv", Sliding((10, 1)), 3), shape=(30, 2)).frame
    yield one(conv("conv", Sliding((1, 1)), 3), shape=(5, 4, 20)).frame


def test_slice_times_filter_is_products() -> None:
    session = small()
    assert text(session.frame, 50, 4) == [
        "slice          filter            products  Σ −46",
        "  0   1   2  ×    1    0   −1  =    0    0   −2",
        "  3   4   5       2    0  −10       6    0  −50",
        "Σ −46 + bias 0 = −46",
    ]


def test_what_is_the_widest_at_each_width() -> None:
    values = np.abs(x(5, 5, 3)).astype(float)
    session = one(conv("conv", Sliding((4, 4)), 1), shape=(5, 5, 3), values=values, picture=True)
    assert text(session.frame, 80)[0].split()[:4] == ["slice", "red", "filter", "products"]
    assert text(session.frame, 26, 16)[0].split()[0] == "slice"
    assert [line.split()[:2] for line in text(session.frame, 26, 16) if line[:1] in ("×", "=")] == [
        ["×", "filter"],
        ["=", "products"],
    ]


def test_channels_of_a_picture_have_names() -> None:
    layer = conv("conv", Sliding((2, 2)), 1)
    lines = text(one(layer, shape=(4, 4, 3), picture=True).frame)
    assert [line.split()[1] for line in lines if line.startswith("slice")] == ["red", "green", "blue"]
    assert "ch 2" in "\n".join(text(one(layer, shape=(4, 4, 3)).frame))


def test_a_layer_without_bias_shows_none() -> None:
    values = np.arange(1.0, 9).reshape(2, 2, 2)
    for kernel, result in (((2, 2), "Σ all 2 channels = 36"), ((1, 1), "= 3")):
        for bias in (None, Given(np.array([0.0]))):
            weights = Given(np.ones((*kernel, 2, 1)))
            session = one(conv("conv", Sliding(kernel), 1, weights=weights, bias=bias), shape=(2, 2, 2), values=values)
            shown = "\n".join(text(session.frame, 40, 24))
            assert ("bias" in shown) == (bias is not None)
            assert bias is not None or result in shown


def test_channels_whose_rounded_sums_do_not_give_the_result_are_not_called_equal_to_it() -> None:
    values = np.zeros((2, 2, 3))
    values[0, 0] = 0.154, 0.024, 0.034  # 0.15 + 0.02 + 0.03 is 0.20, but the sum 0.21
    layer = conv("conv", Sliding((2, 2)), 1, weights=Given(np.ones((2, 2, 3, 1))), bias=None)
    shown = "\n".join(text(one(layer, shape=(2, 2, 3), values=values).frame, 40, 30))
    assert "Σ all 3 channels ≈ 0.21" in shown


@pytest.mark.parametrize("kernel", [(2, 2), (1, 1)])
def test_a_taps_product_is_not_called_equal_to_what_its_rounded_factors_do_not_give(kernel: tuple[int, int]) -> None:
    values, weights = np.array([0.094, 0.5]), np.array([0.026, 0.5])  # 0.09 × 0.03 is 0.0027, but the product 0.0024
    session = one(
        conv("conv", Sliding(kernel), 1, weights=Given(np.broadcast_to(weights[:, None], (*kernel, 2, 1)))),
        shape=(2, 2, 2),
        values=np.broadcast_to(values, (2, 2, 2)).copy(),
    )
    session.do("step mac")
    shown = "\n".join(text(session.frame, 40, 24)).replace(" ", "")
    assert "0.09×0.03≈0.0024" in shown
    session.do("step mac")
    assert "0.50×0.50=0.25" in "\n".join(text(session.frame, 40, 24)).replace(" ", "")


def test_the_channel_that_a_value_is_put_into_stands_apart_from_its_arrow() -> None:
    left, right = (replace(conv(name, Sliding((1, 1)), 6), sources=("input",)) for name in ("input1", "input2"))
    session = one(left, right, Concat("both", sources=("input1", "input2")), shape=(3, 4, 2))
    session.do("jump both 1 2 11")
    for width in (28, 29, 30, 40):
        rows = [line for line in text(session.frame, width, 20) if re.match(r"[ ▸] input.\[1,2,", line)]
        assert [re.split("→ +(?:ch |channel )?", row)[1].split()[0] for row in rows] == list(map(str, range(12)))


@pytest.mark.parametrize("width", [30, 60])
def test_the_current_product_of_a_list_has_as_many_decimals_as_in_the_line_below(width: int) -> None:
    dense = Dense("dense", units=2, weights=Given(np.array([[0.5, 1], [0.026, 1], [0.5, 1]])))
    session = one(dense, shape=(3,), values=np.array([0.5, -0.094, 0.5]))
    session.do("step 2 mac")
    (row,) = (line for line in text(session.frame, width, 16) if line.startswith("▸"))
    assert "−0.0024" in row
    assert "≈0" not in row


def test_a_place_along_a_length_has_one_number() -> None:
    upsample = one(Upsample("up", scale=(2, 1)), shape=(4, 3))
    upsample.do("jump 5 1")
    assert "from → to at 5" in text(upsample.frame)
    relu = one(Relu("relu"), shape=(4, 3))
    relu.do("jump 2 1")
    assert "before → after at 2" in text(relu.frame)


def test_places_in_a_vector_are_written_as_in_code() -> None:
    session = one(Flatten("flatten"), shape=(9, 10, 20))
    session.do("jump 1234")
    lines = text(session.frame)
    assert any(line.endswith("= 1234") for line in lines)
    assert any("→ 1234" in line for line in lines)
    assert "1,234" not in "\n".join(lines)


def test_the_products_of_a_list_keep_their_decimals_from_tap_to_tap() -> None:
    weights = np.full((100, 1), 0.5)
    weights[:50] = 0.0001
    session = one(
        Flatten("flat"),
        Dense("fc", units=1, weights=Given(weights)),
        shape=(1, 1, 100),
        values=np.full((1, 1, 100), 0.5),
    )
    session.do("jump fc 0")
    session.do("step mac")
    for _ in range(99):
        assert "×10" not in "\n".join(text(session.frame))
        session.do("step mac")


def test_a_list_of_products_is_called_equal_only_where_its_numbers_are() -> None:
    values, weights = np.array([[[0.25, 0.25, 2.0]]]), np.array([[0.5], [0.5], [0.494]])
    for bias, total in ((2.0, "≈ 3.24"), (2.006, "= 3.24")):  # 0.12 + 0.12 + 0.99 + 2.00, or 2.01
        layer = Dense("fc", units=1, weights=Given(weights), bias=Given(np.array([bias])))
        session = one(Flatten("flat"), layer, shape=(1, 1, 3), values=values)
        session.do("jump fc 0")
        lines = [" ".join(line.split()) for line in text(session.frame)]
        assert any("2.00 × 0.49 ≈ 0.99" in line for line in lines)
        assert any("0.25 × 0.50 = 0.12" in line for line in lines)
        assert lines[-1].endswith(total)


def test_padding_is_hatched() -> None:
    values = np.ones((2, 3, 1))
    layer = conv("conv", Sliding((2, 2), padding="same"), 1, weights=Given(np.ones((2, 2, 1, 1))))
    session = one(layer, shape=(2, 3, 1), values=values)
    session.do("jump 1 2 0")
    lines = text(session.frame, 22, 9)
    assert [line.split() for line in lines] == [
        ["slice"],
        ["1", "╱╱╱0╱"],
        ["╱╱╱0╱╱╱╱0╱"],
        ["×", "filter"],
        *[["1", "1"], ["1", "1"]],
        ["=", "products", "Σ", "1"],
        ["1", "╱╱╱0╱"],
        ["╱╱╱0╱╱╱╱0╱"],
    ]


def test_the_largest_contributions_come_first_and_the_rest_is_one_line() -> None:
    values = np.arange(1.0, 11).reshape(1, 1, 10).repeat(2, axis=0)
    layer = conv("conv", Sliding((2, 1)), 1, weights=Given(np.ones((2, 1, 10, 1))))
    lines = text(one(layer, shape=(2, 1, 10), values=values).frame, 22, 12)
    assert lines[0] == "slice  channel 9"
    assert lines[6] == "= products  Σ 20"
    assert [line.split()[:4] for line in lines[9:11]] == [["channel", "8", "Σ", "18"], ["channel", "7", "Σ", "16"]]
    assert lines[-1] == "and 7 more  Σ 56"


def test_a_large_kernel_shows_the_part_that_matters() -> None:
    values = np.zeros((2, 60, 1))
    values[1, 40] = 7
    layer = conv("conv", Sliding((2, 50)), 1, weights=Given(np.ones((2, 50, 1, 1))))
    lines = text(one(layer, shape=(2, 60, 1), values=values).frame, 60, 24)
    assert lines[1] == "▀" * 50
    assert lines[6] == "rows 0–1, cols 31–49"
    assert "7" in lines[8].split()
    assert [line.split()[:5] for line in lines if line.startswith("row ")] == [["row", "1,", "col", "40", "7"]]


def test_taps_show_what_is_done_and_what_is_to_come() -> None:
    session = small()
    session.do("step 3 mac")
    assert text(session.frame, 50, 5) == [
        "slice          filter            products  Σ −2",
        "  0   1 ▸ 2  ×    1    0 ▸ −1  =    0    0 ▸ −2",
        "  3   4   5       2    0  −10       ·    ·    ·",
        "",
        "2 × −1 = −2, so far −2   tap 3 of 6",
    ]


def test_the_blocks_keep_their_places_from_tap_to_tap() -> None:
    values = np.full((2, 2, 6), 0.25)
    values[0, 0, 1] = -0.00112
    layer = replace(conv("c", Sliding((2, 2)), 1), weights=Given(np.full((2, 2, 6, 1), 0.5)))
    session = one(layer, shape=(2, 2, 6), values=values)
    shown = text(session.frame, 43, 24)
    blocks = sum(line.count("slice") for line in shown)
    session.do("taps open")
    for _ in range(24):
        shown = text(session.frame, 43, 24)
        assert sum(line.count("slice") for line in shown) == blocks
        assert all(line.find("= products", 2) in (-1, shown[0].find("slice", 2)) for line in shown), shown
        session.do("step mac")


def test_the_channel_of_the_current_tap_is_shown() -> None:
    session = one(conv("conv", Sliding((2, 2)), 1), shape=(3, 3, 64))
    for tap in range(1, 40, 7):
        session.do("taps close")
        session.do(f"step {tap} mac")
        place = session.frame.tap
        assert place is not None
        assert f"channel {place.place[2]} " in "\n".join(f"{line} " for line in text(session.frame, 26, 16))
        session.do("jump 0 0 0")


def test_tiny_numbers_have_their_power_of_ten_in_the_heading() -> None:
    layer = conv("conv", Sliding((1, 2)), 1, weights=Given(np.array([0.5, -0.25]).reshape(1, 2, 1, 1)))
    values = np.array([0.004, 0.008]).reshape(1, 2, 1)
    lines = text(one(layer, shape=(1, 2, 1), values=values).frame, 70, 4)
    assert lines[0].startswith("slice ×10⁻³")
    assert lines[1].split() == ["4.00", "8.00", "×", "0.50", "−0.25", "=", "2.00", "−2.00"]


@pytest.mark.parametrize(("width", "height"), [(24, 9), (30, 7), (30, 10), (60, 7)])
def test_powers_of_ten_are_there_however_little_room_headings_have(width: int, height: int) -> None:
    layer = conv("conv", Sliding((2, 2)), 1, weights=Given(np.ones((2, 2, 1, 1))))
    lines = text(one(layer, shape=(2, 2, 1), values=np.full((2, 2, 1), 0.004)).frame, width, height)
    numbers = [line for line in lines if "4.0" in line]
    assert not numbers or any(line.startswith("slice ×10⁻³") for line in lines), lines
    assert not numbers or any("products ×10⁻³" in line for line in lines), lines
    assert bool(numbers) == ((width, height) != (30, 7))


def test_nan_and_infinity_are_numbers_too() -> None:
    layer = conv("conv", Sliding((1, 2)), 1, weights=Given(np.array([0.5, -0.25]).reshape(1, 2, 1, 1)))
    values = np.array([np.nan, np.inf]).reshape(1, 2, 1)
    lines = text(one(layer, shape=(1, 2, 1), values=values).frame, 70, 4)
    assert lines[1].split() == ["NaN", "∞", "×", "0.50", "−0.25", "=", "NaN", "−∞"]


def test_max_pool_marks_winner_and_ties() -> None:
    values = np.array([[1, 5, 5], [2, 0, 5]], float).reshape(2, 3, 1)
    assert text(one(max_pool("pool", Sliding((2, 3))), shape=(2, 3, 1), values=values).frame, 40, 6) == [
        "slice",
        "  1  ▸5  =5",
        "  2   0  =5",
        "",
        "▸ largest 5  row 0, column 1",
        "= 2 as large: the first wins",
    ]


def test_max_pool_pads_with_minus_infinity() -> None:
    values = np.array([[1, 5], [2, 0]], float).reshape(2, 2, 1)
    session = one(max_pool("pool", Sliding((2, 2), padding=Padding(1, 0, 0, 0))), shape=(2, 2, 1), values=values)
    lines = text(session.frame, 40, 6)
    assert lines[1].count("−∞") == 2
    assert "▸" in lines[2]


def test_an_average_counts_what_is_no_padding() -> None:
    network = every_kind()
    session = Session(network, x(*network.input_shape))
    session.do("jump pool2 2 1 3")
    lines = text(session.frame)
    assert lines[4].split(" = ")[0].endswith("÷ 1")
    assert lines[5] == "3 of 4 are padding and don't count"
    assert [line[:11] for line in lines[8:]] == [f"{'▸' if k == 3 else ' '} channel {k}" for k in range(6)]
    assert [line.endswith("·") for line in lines[8:]] == [False] * 4 + [True] * 2


def test_an_average_that_counts_padding_shows_its_zeros() -> None:
    values = np.array([[1, 5], [2, 0]], float).reshape(2, 2, 1)
    layer = avg_pool("pool", Sliding((2, 2), padding=Padding(1, 0, 0, 0)), count_include_pad=True)
    session = one(layer, shape=(2, 2, 1), values=values)
    lines = text(session.frame, 40, 8)
    assert [part for part in lines[1].split("╱") if part.strip()] == ["0", "0"], lines
    assert any(line.startswith("Σ 6.00 ÷ 4 = 1.50") for line in lines), lines
    assert "2 of 4 are padding and count as 0" in lines
    assert caption(session.frame).endswith("2 of 4 in padding. Their mean, padding as 0: 1.50.")


def test_relu_before_and_after() -> None:
    values = np.array([[[-2.0, 3.0]]])
    session = one(Relu("relu"), shape=(1, 1, 2), values=values)
    assert text(session.frame, 40, 8) == [
        "max(0, −2) = 0",
        "below 0, so it is blocked",
        "",
        "before → after at h 0, w 0",
        "▸ channel 0  −2  →  0",
        "  channel 1   3  →  ·",
    ]
    assert text(session.frame, 40, 16)[-8] == "● before across, after upwards"


def test_a_stamp_of_one_place_is_a_list_of_its_channels() -> None:
    session = Session(branching(), x(5, 4, 2))
    session.do("jump up1 5 6 1")
    lines = text(session.frame, 30, 18)
    assert lines[0] == "8 products"
    assert sorted(line.split()[1] for line in lines[1:9]) == [str(k) for k in range(8)]


def test_values_of_a_list_have_the_colours_of_both_maps() -> None:
    """The input goes from −2 to 4 and the output from 0 to 4: 4 is the end of both ramps, −2 half of the first."""
    session = one(Relu("relu"), shape=(1, 1, 3), values=np.array([[[-2.0, 0.0, 4.0]]]))
    session.jump(2, "relu")
    rows = [row for row in window_rows(session.frame, 42, 12) if "channel " in row.text and "→" in row.text]
    found = [[style.bgcolor for text, style, _ in row if style and style.bgcolor and text.strip()] for row in rows]
    signed, sequential = DARK.ramps["signed"], DARK.ramps["sequential"]
    for grounds, (before, after) in zip(found, [(128 - 64, 0), (128, 0), (255, 255)], strict=True):
        shown = [tuple(ground.triplet or ()) for ground in grounds if ground is not None]
        for colour in (signed[before], sequential[after]):
            assert tuple(int(part) for part in colour) in shown


def test_dense_names_the_map_that_its_inputs_come_from() -> None:
    network = every_kind()
    session = Session(network, x(*network.input_shape))
    session.do("layer fc")
    lines = text(session.frame, 60, 12)
    assert lines[0] == "largest of 36 products, from pool2"
    assert re.match(r" row \d, col \d, ch \d +−?\d\.\d\d × +−?\d\.\d\d [=≈] +−?\d\.\d\d ▇+", lines[1])
    assert re.search(r"and 27 more  Σ −?\d\.\d\d   bias 0.00   = −?\d\.\d\d", lines[-1])


def test_flatten_says_where_a_value_goes() -> None:
    network = every_kind()
    session = Session(network, x(*network.input_shape))
    session.do("jump flatten 0 0 19")
    lines = text(session.frame)
    assert [line.split()[-2] for line in lines if line.startswith("▸ [1, 1, 1]")] == ["19"]
    assert lines[-1] == "(1·2 + 1)·6 + 1 = 19"


def test_softmax_keeps_what_is_to_come_to_itself() -> None:
    network = every_kind()
    session = Session(network, x(*network.input_shape))
    session.do("jump softmax 0 0 2")
    lines = text(session.frame, 48, 18)
    assert lines[2:10:2] == [""] * 4
    assert [line.split()[-1] == "·" for line in lines[1:10:2]] == [False, False, False, True, True]
    assert [line.split()[-1] == "·" for line in text(session.frame, 48, 8)[1:]] == [False, False, False, True, True]


def test_a_layer_that_cannot_work_says_why() -> None:
    session = Session(mnist(), x(28, 28, 1))
    session.do("padding valid all")
    session.do("layer dense1")
    assert [strip.text.rstrip() for strip in window_rows(session.frame, 30, 19)][:14] == [
        "dense1 can't work now",
        "",
        "arrives   4×4×64 = 1024",
        "made for  7×7×64 = 3136",
        "",
        "map sizes, layer by layer",
        "28 → 24 → 12 → 8 → 4",
        "with SAME padding",
        "28 → 28 → 14 → 14 → 7",
        "",
        "S  SAME in all layers",
        "s  SAME on conv1, conv2",
        "u  takes the last change back",
        "",
    ]
    wide = window_rows(session.frame, 42, 25)
    sides = [[style.bgcolor for text, style, _ in row if style] for row in wide]
    assert [len(row) for row in sides[5:12]] == [4 + 1 + 7 + 1] * 4 + [1 + 7 + 1] * 3


def test_a_layer_that_waits_for_another_says_for_which() -> None:
    session = Session(mnist(), x(28, 28, 1))
    session.do("padding valid all")
    session.do("layer dense2")
    said = " ".join(strip.text.strip() for strip in window_rows(session.frame, 30, 20))
    assert said.startswith("dense2 waits for dense1, which can't work  arrives   4×4×64 = 1024")


@pytest.mark.parametrize("width", [16, 30, 44])
def test_the_shapes_that_do_not_fit_each_other_stand_below_each_other(width: int) -> None:
    session = Session(residual(), x(*residual().input_shape))
    session.do("layer conv2")
    session.do("stride 2")
    session.do("layer add1")
    shapes = [times(session.network.shape_of(source)) for source in session.network.stage("add1").sources]
    lines = [strip.text.rstrip() for strip in window_rows(session.frame, width, 20)]
    assert [line.split()[0] for line in lines if "×" in line] == shapes
    assert all(source in "".join(lines) for source in session.network.stage("add1").sources)


def test_weights_that_no_padding_fits_say_so() -> None:
    session = Session(mnist(), x(28, 28, 1))
    session.do("stride 3")
    session.do("layer dense1")
    said = " ".join(text(session.frame, 30, 20))
    assert "No padding gives as many" in said


@pytest.mark.parametrize(("width", "height"), [(26, 16), (30, 8), (48, 18), (80, 24)])
def test_the_sum_so_far_is_always_there_or_left_to_the_sum(width: int, height: int) -> None:
    for shape, kernel in (((5, 5, 32), (5, 5)), ((5, 120, 2), (5, 100)), ((5, 6, 3), (4, 4)), ((9, 9, 1), (8, 8))):
        session = one(conv("conv", Sliding(kernel), 2), shape=shape)
        session.do("step 7 mac")
        said = "\n".join(text(session.frame, width, height))
        assert width < 36 or re.search(r"so far −?\d+\.\d\d", said)
        assert f"tap 7 of {prod(kernel) * shape[2]:,}" in said


class OnlyWindow(App[None]):
    def compose(self) -> ComposeResult:
        yield WindowPanel()


async def test_the_panel_shows_the_frame_that_it_is_given_at_any_size() -> None:
    async with OnlyWindow().run_test(size=(48, 18)) as pilot:
        panel = pilot.app.query_one(WindowPanel)
        assert panel.render_line(0).text == " " * 48
        session = small()
        panel.frame = session.frame
        first = [panel.render_line(y) for y in range(18)]
        assert first[0].text.startswith("window ─")
        assert first[1].text.startswith("slice")
        panel.options = replace(panel.options)
        assert [panel.render_line(y) for y in range(18)] == first
        session.step()
        panel.frame = session.frame
        assert [panel.render_line(y) for y in range(18)] != first
        for size in ((30, 10), (3, 2), (1, 1), (60, 20)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert {panel.render_line(y).cell_length for y in range(size[1])} == {size[0]}


async def test_only_lines_that_differ_are_refreshed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with OnlyWindow().run_test(size=(48, 18)) as pilot:
        panel = pilot.app.query_one(WindowPanel)
        session = small()
        panel.frame = session.frame
        await pilot.pause()
        before = [panel.render_line(y) for y in range(18)]
        refreshed: list[Region] = []
        monkeypatch.setattr(panel, "refresh", lambda *regions: refreshed.extend(regions))
        panel.options = replace(panel.options)
        assert refreshed == []
        session.step()
        panel.frame = session.frame
        differs = {
            (x, y)
            for y, old in enumerate(before)
            for x, cells in enumerate(zip(cells_of(old), cells_of(panel.render_line(y)), strict=True))
            if cells[0] != cells[1]
        }
        covered = {(x, y) for region in refreshed for x in range(*region.column_span) for y in region.line_range}
        assert differs
        assert differs <= covered
        assert len(covered) <= 48 * 18 / 2


async def test_a_line_that_changes_is_refreshed_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async with OnlyWindow().run_test(size=(48, 18)) as pilot:
        panel = pilot.app.query_one(WindowPanel)
        panel.styles.padding = (0, 3, 0, 1)
        panel.frame = small().frame
        await pilot.pause()
        panel.render_line(0)
        refreshed: list[Region] = []
        monkeypatch.setattr(panel, "refresh", lambda *regions: refreshed.extend(regions))
        panel.options = replace(panel.options, palette=LIGHT)
        covered = {(x, y) for region in refreshed for x in range(*region.column_span) for y in region.line_range}
        assert {(x, y) for x in range(44) for y in range(18)} <= covered


def cells_of(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(character, style) for text, style, _ in strip for character in text]


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_every_strip_is_as_wide_as_it_should_be(palette: Palette) -> None:
    for frame in frames():
        for width, height in [(w, h) for w in (20, 26, 33, 48, 80) for h in (6, 11, 16, 40)]:
            strips = window_rows(frame, width, height, palette=palette)
            assert len(strips) == height
            assert {strip.cell_length for strip in strips} == {width}
            assert {sum(segment.cell_length for segment in strip) for strip in strips} == {width}


def test_every_number_is_one_of_the_step() -> None:
    for frame in frames():
        if frame.step is None:
            continue
        known = _known(frame)
        for width in range(20, 81, 12):
            for height in (6, 11, 18, 40):
                lines = text(frame, width, height)
                for line in lines if "×10" not in "".join(lines) else []:
                    if not re.search("Σ|so far|÷|exp|more", line):
                        assert set(NUMBER.findall(line)) <= known, (frame.cursor, width, height, line)


def _known(frame: Frame) -> set[str]:
    step = frame.step
    assert step is not None
    arrays = [step.input_slice, frame.input, np.asarray(step.values), np.asarray(step.bias or 0)]
    arrays += [array for array in (step.filter, step.products) if array is not None]
    values = np.concatenate([np.ravel(array).astype(float) for array in arrays])
    texts = {f"{value:.{decimals}f}".replace("-", "−") for value in values.tolist() for decimals in (1, 2)}
    texts |= {f"{value:.2g}".replace("-", "−") for value in values.tolist() if abs(value) < 0.005}
    texts |= {"0"} if any(0 < abs(value) < 0.005 for value in values.tolist()) else set()
    return texts | {shown[1:] for shown in texts if not shown.strip("−0.")}


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 0.0, 1e-30, 1e30])
@pytest.mark.parametrize("share", [0.3, 1.0])
def test_odd_numbers_are_drawn_like_others(odd: float, share: float) -> None:
    network = every_kind()
    values = x(*network.input_shape)
    values[np.random.default_rng(1).random(values.shape) < share] = odd
    with np.errstate(all="ignore"):
        session = Session(network, values)
        shown = [session.do(f"layer {name}") or session.frame for name in network.names]
        shown += [session.do(f"layer {name}") or session.do("step 3 mac") or session.frame for name in network.names]
    for frame in shown:
        assert isinstance(frame, Frame)
        for width, height in ((26, 16), (48, 18), (60, 36)):
            assert {strip.cell_length for strip in window_rows(frame, width, height)} == {width}


def test_styles_are_shared() -> None:
    assert styles_for(DARK) is styles_for(DARK)
    assert styles_for(DARK).tints("signed") is styles_for(DARK).tints("signed")


def test_a_large_pool_is_a_picture_and_its_numbers_around_the_winner() -> None:
    values = np.zeros((9, 12, 2))
    values[6, 10] = 3.25, 1.5
    lines = text(one(max_pool("pool", Sliding((9, 12))), shape=(9, 12, 2), values=values).frame, 30, 18)
    assert lines[:6] == ["slice  channel 0", *["▀" * 12] * 5]
    assert sum("▸3.25" in line for line in lines[6:10]) == 1
    assert "▸ largest 3.25" in "\n".join(lines)
    assert [line.split()[:3] for line in lines[-2:]] == [["▸", "channel", "0"], ["channel", "1", "·"]]


def test_inputs_that_are_added_have_the_other_channels_below_them() -> None:
    values = np.array([[[1.0, -2.0, 4.0]]])
    session = one(Relu("a"), Add("sum", sources=("a", "input")), shape=(1, 1, 3), values=values)
    session.do("jump sum 0 0 1")
    lines = text(session.frame, 40, 12)
    assert [line.split("▇")[0].split() for line in lines] == [
        ["add"],
        ["1", "a", "0"],
        ["2", "input", "−2"],
        ["sum", "−2"],
        [],
        ["all", "channels", "at", "this", "place"],
        ["channel", "0", "2"],
        ["▸", "channel", "1", "−2"],
        ["channel", "2", "·"],
    ]


@pytest.mark.parametrize("width", [30, 42, 58])
def test_a_flatten_says_both_places_at_every_width(width: int) -> None:
    values = x(14, 14, 256)
    session = one(Flatten("flat"), shape=(14, 14, 256), values=values)
    for number in (0, 12_345, 50_175):
        session.jump(number, "flat")
        row, col, channel = number // 256 // 14, number // 256 % 14, number % 256
        here = [line for line in text(session.frame, width, 18) if line.startswith("▸")]
        assert len(here) == 1
        assert here[0].startswith(f"▸ [{row}, {col}, {channel}]")
        assert str(number) in here[0]


def test_a_signal_that_is_flattened_has_places_of_two_numbers_and_its_dense_layer_of_one() -> None:
    session = one(Flatten("flat"), Dense("fc", units=2), shape=(200, 1))
    session.jump(199, "flat")
    assert "▸ [199, 0]" in "\n".join(text(session.frame, 30, 18))
    session.jump(0, "fc")
    lines = text(session.frame, 58, 18)
    assert re.match(r" place \d+ ", lines[1])
    assert "[" not in "".join(lines)


def test_a_curve_goes_through_its_points_and_marks_one() -> None:
    values = np.linspace(-1, 1, 21)
    lines = curve(values, np.maximum(values, 0), (0.5, 0.5), (20, 5), styles_for(DARK))
    drawn = ["".join(cell for cell, _ in line) for line in lines]
    assert [len(line) for line in drawn] == [20] * 5
    assert [(row, line.index("●")) for row, line in enumerate(drawn) if "●" in line] == [(2, 14)]
    assert all(0x2800 <= ord(drawn[4][col]) <= 0x28FF for col in (0, 4, 9))
    assert 0x2800 <= ord(drawn[0][19]) <= 0x28FF
    assert curve(np.array([np.nan]), np.array([1.0]), (np.nan, 1.0), (20, 5), styles_for(DARK)) == []


def test_a_smaller_picture_has_the_value_furthest_from_0_of_each_part() -> None:
    values = np.array([[0.0, -3.0, 1.0, 2.0], [1.0, 2.0, 0.0, -1.0], [0.0, 0.0, 5.0, -9.0]])
    assert shrunk(values, 2, 2).tolist() == [[-3.0, 2.0], [2.0, -9.0]]
    assert shrunk(values, 3, 4).tolist() == values.tolist()
    assert np.isnan(shrunk(np.array([[np.nan, 1.0]]), 1, 1)).all()
    assert [place_in((row, 0), (3, 4), (2, 2))[0] for row in range(3)] == [0, 1, 1]
