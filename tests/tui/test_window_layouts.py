"""Each layout of the window panel at the sizes that it has on screens of 80×24, 120×36 and 200×60.

What is promised whole is compared number by number with slice and filter, read from the strips' own text.
"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from nets import conv, conv1d, max_pool, x
from rich.style import Style
from textual.strip import Strip

from convstep.debugger import Session
from convstep.engine.geometry import Sliding
from convstep.engine.steps import Array
from convstep.layers.weights import Given
from convstep.network import Network
from convstep.opening import open_session
from convstep.tui.lines.colours import DARK, LIGHT, Palette
from convstep.tui.lines.rgb import contrast
from convstep.tui.window.panel import window_rows
from convstep.tui.window.styles import styles_for

SIZES = {"80x24": (30, 19), "120x36": (42, 25), "200x60": (58, 42)}
at_every_size = pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
PART = re.compile(r"rows (\d+)–(\d+), cols (\d+)–(\d+) *$")
NUMBER = re.compile(r"≈0|−?(?:\d+(?:\.\d+)?|∞)|NaN")


def of_size(
    kernel: tuple[int, int], channels: int, values: Array | None = None, weights: Array | None = None
) -> Session:
    """One filter over an input that is just as large."""
    shape = (*kernel, channels)
    given = x(*shape, seed=1) if values is None else np.asarray(values, np.float64).reshape(shape)
    filter_ = x(*shape, seed=2) if weights is None else np.asarray(weights, np.float64).reshape(shape)
    layer = conv("conv", Sliding(kernel), 1, weights=Given(filter_[..., None]))
    return Session(Network("one", shape, (layer,), given.dtype), given)


def panel(session: Session, size: tuple[int, int], channel: int | None = None) -> list[str]:
    strips = window_rows(session.frame, *size, channel=channel)
    assert len(strips) == size[1]
    assert {strip.cell_length for strip in strips} == {size[0]}
    assert {len(strip.text) for strip in strips} == {size[0]}
    return [strip.text for strip in strips]


def shown(value: float, decimals: int) -> str:
    text = f"{float(value):.{decimals}f}".replace("-", "−")
    return text if text.strip("−0.") else "≈0" if value else text.lstrip("−")


def stack(lines: list[str], rows: int) -> list[list[str]]:
    """Return the rows of the slice, the filter and the products that stand below each other."""
    first = next(at for at, line in enumerate(lines) if line.startswith("slice"))
    assert lines[first + rows + 1].startswith("× filter")
    assert lines[first + 2 * rows + 2].startswith("= products")
    return [lines[first + 1 + n * (rows + 1) :][:rows] for n in range(3)]


def check_stack(session: Session, lines: list[str], k: int, decimals: int = 2) -> None:
    """Compare every number of a stack with the step's, and where they end."""
    step = session.frame.step
    assert step is not None
    assert step.filter is not None
    slice_, weights = step.input_slice[..., k], step.filter[..., k]
    rows, cols = slice_.shape
    ends = None
    for grid, values in zip(stack(lines, rows), (slice_, weights, slice_ * weights), strict=True):
        for line, numbers in zip(grid, values, strict=True):
            found = list(NUMBER.finditer(line))
            assert [each.group() for each in found[:cols]] == [shown(number, decimals) for number in numbers]
            places = [each.end() for each in found[:cols]]
            ends = ends or places
            assert places == ends
    assert ends is not None
    assert len({b - a for a, b in pairwise(ends)}) <= 1


def check_abreast(session: Session, lines: list[str], k: int) -> None:
    """Compare every number of three grids side by side, the first below the panel's title, with the step's."""
    step = session.frame.step
    assert step is not None
    assert step.filter is not None
    slice_, weights = step.input_slice[..., k], step.filter[..., k]
    ends = []
    for line, *rows in zip(lines[2:], slice_, weights, slice_ * weights, strict=False):
        found = list(NUMBER.finditer(line))
        assert [each.group() for each in found] == [shown(number, 2) for row in rows for number in row]
        ends.append([each.end() for each in found])
    assert ends == [ends[0]] * len(slice_)


@pytest.mark.parametrize("channels", [1, 3, 64])
@pytest.mark.parametrize(
    ("kernel", "size"),
    [
        *[((n, n), size) for n in (3, 5) for size in SIZES.values()],
        ((7, 7), SIZES["120x36"]),
        ((7, 7), SIZES["200x60"]),
    ],
)
@pytest.mark.parametrize("opened", [False, True], ids=["whole", "taps"])
def test_slice_filter_and_products_of_the_top_channel_are_whole(
    kernel: tuple[int, int], channels: int, size: tuple[int, int], opened: bool
) -> None:
    session = of_size(kernel, channels)
    if opened:
        session.do(f"step {kernel[0] * kernel[1] * channels} mac")
    lines = panel(session, size)
    terms = (x(*kernel, channels, seed=1).astype(float) * x(*kernel, channels, seed=2)).sum((0, 1))
    top = channels - 1 if opened else int(np.argmax(np.abs(terms)))
    if "slice" in lines[1] and "filter" in lines[1]:
        check_abreast(session, lines, 0 if sum("filter" in line for line in lines) == channels else top)
        return
    first = min(at for at, line in enumerate(lines) if line.startswith("slice"))
    several = lines[first].count("slice") > 1
    if several:
        left = [line[: size[0] // lines[first].count("slice")] for line in lines]
        blocks = sum(line.count("= products") for line in lines)
        check_stack(session, left, 0 if blocks == channels else top)
    else:
        check_stack(session, lines, 0 if channels == sum("= products" in line for line in lines) else top)


@at_every_size
@pytest.mark.parametrize("channels", [3, 64])
@pytest.mark.parametrize("kernel", [(1, 2), (3, 3), (5, 5), (7, 7), (11, 11), (5, 100)])
def test_the_sums_of_all_channels_are_there_or_are_summed_up(
    kernel: tuple[int, int], channels: int, size: tuple[int, int]
) -> None:
    session = of_size(kernel, channels)
    text = "\n".join(line for line in panel(session, size) if not line.startswith("row "))
    terms = (x(*kernel, channels, seed=1).astype(float) * x(*kernel, channels, seed=2)).sum((0, 1))
    named = {int(k) for k in re.findall(r"(?:channel|ch) (\d+)", text)}
    said = [float(number.replace("−", "-")) for number in re.findall(r"Σ +(−?\d+\.\d+)", text)]
    for k in named:
        assert any(abs(value - terms[k]) < 0.0051 for value in said), k
    rest = re.search(r"and (\d+) more(?: channels?)?  Σ (−?\d+\.\d+)", text)
    if len(named) < channels:
        assert rest is not None
        assert int(rest[1]) == channels - len(named)
        others = sum(terms[k] for k in range(channels) if k not in named)
        assert float(rest[2].replace("−", "-")) == pytest.approx(others, abs=0.0051)
    else:
        assert rest is None


def test_a_photograph_shows_all_three_channels_with_products_where_there_is_room() -> None:
    session = open_session("photo")
    session.do("jump conv1 18 37 0")
    lines = panel(session, SIZES["200x60"])
    assert sum(line.count("= products") for line in lines) == 3
    assert [word for line in lines for word in re.findall(r"slice  (\w+)", line)] == ["red", "green", "blue"]
    left = [line[:29] for line in lines]
    check_stack(session, left, 0)
    check_stack(session, left[16:], 2)
    check_stack(session, [line[30:] for line in lines], 1)
    small = panel(session, SIZES["80x24"])
    check_stack(session, small, 2)
    assert [line.split()[:-1] for line in small[-3:]] == [
        ["red", "Σ", "0.06"],
        ["green", "Σ", "0.06"],
        ["▸", "blue", "Σ", "0.07"],
    ]


@at_every_size
@pytest.mark.parametrize("name", ["photo", "mnist", "course", "lenet32", "residual", "tiny", "conv_forward"])
def test_there_are_never_slice_and_filter_without_products(name: str, size: tuple[int, int]) -> None:
    session = open_session(name)
    for stage in session.network.stages:
        session.do(f"layer {stage.name}")
        text = "\n".join(panel(session, size))
        assert text.count("filter") <= text.count("products") + text.count("Σ")
        if "filter" in text:
            assert "Σ" in text


@at_every_size
def test_the_chosen_channel_is_on_top_and_marked(size: tuple[int, int]) -> None:
    session = of_size((5, 5), 64)
    for channel in (0, 17, 63):
        lines = panel(session, size, channel)
        check_stack(session, lines, channel)
        assert f"▸ channel {channel}" in "\n".join(lines)
    photo = open_session("photo")
    photo.do("jump conv1 18 37 0")
    lines = panel(photo, SIZES["80x24"], 0)
    check_stack(photo, lines, 0)
    assert lines[-3].startswith("▸ red")
    assert "▸ green" in "\n".join(panel(photo, SIZES["200x60"], 1))


@pytest.mark.parametrize("palette", [DARK, LIGHT])
@at_every_size
@pytest.mark.parametrize("kernel", [(11, 11), (5, 100), (20, 3)])
def test_a_large_window_is_three_small_pictures_and_its_largest_products_are_named(
    kernel: tuple[int, int], size: tuple[int, int], palette: Palette
) -> None:
    values, weights = np.zeros(kernel), np.ones(kernel)
    values[kernel[0] - 2, kernel[1] - 3] = 0.7654
    values[0, 1] = -0.5
    session = of_size(kernel, 1, values, weights)
    strips = window_rows(session.frame, *size, palette=palette)
    lines = [strip.text for strip in strips]
    if "▀" not in "".join(lines):
        assert size == SIZES["200x60"]
        return
    assert sum(line.count("slice") + line.count("filter") + line.count("products") for line in lines[:16]) >= 3
    colours = {cell[1].color for strip in strips for cell in cells_of(strip) if cell[0] == "▀" and cell[1]}
    assert len(colours) >= 3
    named = [line.split()[:5] for line in lines if re.match(r"row \d+, col ", line)]
    first = ["row", f"{kernel[0] - 2},", "col", f"{kernel[1] - 3}", "0.77"]
    assert named[:2] == [first, ["row", "0,", "col", "1", "−0.50"]]


def cells_of(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(character, style) for text, style, _ in strip for character in text]


def test_a_large_window_scrolls_to_its_tap_and_marks_it_in_the_pictures() -> None:
    for name, (kernel, size) in {
        "square": ((11, 11), SIZES["80x24"]),
        "wide": ((5, 100), SIZES["80x24"]),
        "wider": ((5, 100), SIZES["120x36"]),
    }.items():
        session = of_size(kernel, 1)
        session.do(f"step {kernel[1] * 3 + kernel[1] // 2} mac")
        step = session.frame.step
        assert step is not None
        assert step.filter is not None
        lines = panel(session, size)
        number = kernel[1] * 3 + kernel[1] // 2 - 1
        row, col = divmod(number, kernel[1])
        slice_, weights = step.input_slice[..., 0], step.filter[..., 0]
        marked = [match[1] for line in lines for match in re.finditer(r"▸ *(−?\d+\.\d+)", line)]
        assert marked == [
            shown(value, 2) for value in (slice_[row, col], weights[row, col], slice_[row, col] * weights[row, col])
        ], name
        amber = DARK.accent("amber")
        strips = window_rows(session.frame, *size)
        found = [
            cell
            for strip in strips
            for cell in cells_of(strip)
            if cell[0] == "▀" and cell[1] and amber in _packed(cell[1])
        ]
        assert len(found) == 3, name
        assert f"tap {number + 1} of {kernel[0] * kernel[1]}" in "\n".join(lines)


def _packed(style: Style) -> list[int]:
    return [int(colour.get_truecolor().hex[1:], 16) for colour in (style.color, style.bgcolor) if colour]


@at_every_size
def test_a_tap_stands_out_in_all_three_grids_and_products_to_come_are_dots(size: tuple[int, int]) -> None:
    session = of_size((5, 5), 1)
    session.do("step 8 mac")
    lines = panel(session, size)
    step = session.frame.step
    assert step is not None
    grids = stack(lines, 5)
    for grid in grids:
        assert ["▸" in line for line in grid] == [False, True, False, False, False]
    assert "".join(grids[2]).count("·") == 25 - 8
    taps = step.taps()
    total = sum(float(tap.product) for tap in taps[:8])
    said = "\n".join(lines).replace(" × ", "×").replace(" = ", "=")
    number = shown(float(taps[7].input), 2), shown(float(taps[7].weight), 2), shown(float(taps[7].product), 2)
    assert (f"{number[0]}×{number[1]}={number[2]}" in said) is (size != SIZES["80x24"])  # the sum has it there
    assert f"so far {shown(total, 2)}" in said
    assert "tap 8 of 25" in said


def test_channels_stand_in_order_while_their_sums_are_computed() -> None:
    session = of_size((3, 3), 64)
    session.do("step 70 mac")
    names = [line.split()[:2] for line in panel(session, SIZES["80x24"]) if re.match(r"[ ▸] channel \d+ +Σ", line)]
    numbers = [int(number) for _, number in (name[-2:] for name in names) if number.isdecimal()]
    assert numbers == sorted(numbers)


def test_a_pool_of_8x8_has_the_decimals_of_the_map() -> None:
    values = x(9, 9, 2, seed=4) - 1
    session = Session(Network("one", (9, 9, 2), (max_pool("pool", Sliding((8, 8))),), values.dtype), values)
    for line in ("jump 1 1 1", "step 9 mac"):
        session.do(line)
        lines = panel(session, SIZES["120x36"])
        shape = [len(re.findall(r"−?\d\.\d\d(?!\d)|≈0", line)) for line in lines[2:10]]
        assert shape == [8] * 8, lines


@at_every_size
def test_bars_keep_a_distance_from_the_next_panel(size: tuple[int, int]) -> None:
    for kernel, channels in (((3, 3), 3), ((4, 4), 3), ((5, 5), 1), ((1, 1), 30), ((11, 11), 2)):
        for line in panel(of_size(kernel, channels), size):
            assert not line.endswith("▇")


LARGE = [-123.45, 1234.5, 0.25, -99999.0]
TINY = [1e-7, -3e-7, 2.5e-6, 0.0]
WHOLE = [1.0, -2.0, 300.0, 0.0]
ODD = [np.nan, np.inf, -np.inf, 0.5]


@at_every_size
@pytest.mark.parametrize("kernel", [(1, 1), (1, 2), (3, 3), (5, 5), (7, 7), (11, 11), (5, 100)])
@pytest.mark.parametrize("channels", [1, 3, 64])
@pytest.mark.parametrize("numbers", [LARGE, TINY, WHOLE, ODD], ids=["large", "tiny", "whole", "odd"])
def test_whatever_the_numbers_the_panel_is_full_and_every_grid_is_whole(
    kernel: tuple[int, int], channels: int, size: tuple[int, int], numbers: list[float]
) -> None:
    values = np.resize(np.array(numbers), (*kernel, channels))
    weights = np.resize(np.array([0.5, -1.5, 1.0]), (*kernel, channels))
    session = of_size(kernel, channels, values, weights)
    lines = panel(session, size)
    rows, cols = kernel
    if max(kernel) <= (5 if size == SIZES["80x24"] else 7) and channels == 1 and kernel != (1, 1):
        text = "\n".join(lines)
        assert "▀" not in text
        grids = stack(lines, rows) if "× filter" in text else [lines[2 : 2 + rows]]
        for grid in grids:
            for line in grid:
                assert len(NUMBER.findall(line)) >= cols, line
    session.do("step 2 mac")
    panel(session, size)


def test_large_numbers_lose_decimals_before_the_block_is_cut() -> None:
    values = np.resize([-123.45, 12.5, 99.99], (5, 5))
    session = of_size((5, 5), 1, values, np.ones((5, 5)))
    grids = stack(panel(session, SIZES["80x24"]), 5)
    assert grids[0][0].split() == ["−123", "12", "100", "−123", "12"]
    wide = stack(panel(session, SIZES["120x36"]), 5)
    assert wide[0][0].split() == ["−123.5", "12.5", "100.0", "−123.5", "12.5"]


def test_most_decimals_are_those_of_the_scene() -> None:
    session = of_size((3, 3), 1)
    session.decimals = 1
    check_stack(session, panel(session, SIZES["80x24"]), 0, decimals=1)
    session.decimals = 3
    check_stack(session, panel(session, SIZES["80x24"]), 0, decimals=3)


def test_a_signal_has_its_time_from_left_to_right_where_it_fits() -> None:
    values = np.array([0.25, -0.5, 0.75, 0.125]).reshape(4, 1)
    layer = conv1d("conv", Sliding((3, 1)), 1, weights=Given(np.array([1.0, 2.0, -1.0]).reshape(3, 1, 1, 1)))
    session = Session(Network("one", (4, 1), (layer,), np.dtype(np.float64)), values)
    lines = panel(session, SIZES["80x24"])
    assert [lines[at].split() for at in (2, 4, 6)] == [
        ["0.25", "−0.50", "0.75"],
        ["1", "2", "−1"],
        ["0.25", "−1.00", "−0.75"],
    ]


@pytest.mark.parametrize("palette", [DARK, LIGHT])
@pytest.mark.parametrize("faded", [False, True])
def test_digits_can_be_read_on_every_tint(palette: Palette, faded: bool) -> None:
    for colouring in ("signed", "sequential", "grey", "red", "green", "blue"):
        for ink, ground in styles_for(palette).tints(colouring, faded=faded):
            least = 3.0 if faded else 4.5
            assert float(contrast(ink, ground)) >= least, (colouring, hex(ink), hex(ground))


def test_a_slice_has_the_colours_of_the_map() -> None:
    """The input's least and largest value have the ramp's two ends, wherever the window is."""
    values = np.zeros((4, 4))
    values[0, 0], values[3, 3] = 4.0, 1.0
    layer = conv("conv", Sliding((2, 2)), 1, weights=Given(np.ones((2, 2, 1, 1))))
    session = Session(Network("one", (4, 4, 1), (layer,), np.dtype(np.float64)), values.reshape(4, 4, 1))
    session.do("jump 2 2 0")
    strips = window_rows(session.frame, 60, 19)
    grounds = {text.strip(): _packed(style)[1] for strip in strips[2:4] for text, style, _ in list(strip)[:2] if style}
    ramp = DARK.ramps["sequential"]

    def packed(place: int) -> int:
        red, green, blue = (int(part) for part in ramp[place])
        return red << 16 | green << 8 | blue

    assert grounds["0"] == packed(0)
    assert grounds["1"] == packed(round(16 * 255 / 64))


@pytest.mark.parametrize("size", [(width, height) for width in range(24, 64, 3) for height in (14, 19, 25, 42)])
@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_the_largest_products_are_named_with_their_values(size: tuple[int, int], channels: int) -> None:
    session = of_size((3, 3), channels)
    lines = panel(session, size)
    products = (x(3, 3, channels, seed=1) * x(3, 3, channels, seed=2)).ravel()
    largest = products[np.argsort(-np.abs(products), kind="stable")]
    at = next((n for n, line in enumerate(lines) if "largest products" in line), None)
    if at is None:
        return
    left = lines[at].index("largest products")
    for line, value in zip(lines[at + 1 :][:2], largest, strict=False):
        assert shown(float(value), 2) in line[left:].split()


def test_a_narrow_panel_leaves_the_taps_product_to_the_sum_so_that_no_channel_loses_its_line() -> None:
    session = of_size((4, 4), 64)
    before = panel(session, SIZES["80x24"])
    session.do("step 70 mac")
    after = panel(session, SIZES["80x24"])
    assert not [line for line in after if "×" in line.replace("× filter", "")]
    count = [sum(line.lstrip(" ▸").startswith("channel ") for line in lines) for lines in (before, after)]
    assert count[1] == count[0] > 0
    assert "".join(map(str.strip, after)).count("tap 70 of 1,024") == 1


@at_every_size
def test_a_channel_that_the_taps_have_not_reached_has_no_sum(size: tuple[int, int]) -> None:
    session = of_size((3, 3), 4)
    session.do("step mac")
    for reached in range(1, 5):
        lines = "\n".join(panel(session, size))
        listed = set(re.findall(r"channel (\d) +Σ +·", lines))
        assert "Σ 0.00" not in lines
        assert listed == set(map(str, range(reached, 4))) or lines.count("Σ ·") == 4 - reached
        session.do("step mac")


def test_the_first_title_at_80_columns_says_where_the_window_is() -> None:
    session = open_session("photo")
    session.do("jump conv1 18 37 0")
    title, *_ = panel(session, SIZES["80x24"])
    assert title.startswith("window rows 17–20, cols 36–39")


@at_every_size
@pytest.mark.parametrize("opened", [False, True], ids=["whole", "taps"])
def test_the_numbers_of_a_large_pool_say_which_part_of_its_window_they_are(size: tuple[int, int], opened: bool) -> None:
    values = x(24, 20, 3, seed=4)
    session = Session(Network("one", (24, 20, 3), (max_pool("pool", Sliding((17, 15))),), values.dtype), values)
    session.do("jump 2 1 1")
    if opened:
        session.do("step 133 mac")
    lines = panel(session, size)
    at, found = next((n, found) for n, line in enumerate(lines) if (found := PART.match(line)))
    top, bottom, left, right = map(int, found.groups())
    assert bottom - top > 0
    assert right - left > 0
    for row, line in zip(range(top, bottom + 1), lines[at + 1 :], strict=False):
        numbers = [shown(value, 2) for value in values[row, left : right + 1, 1].tolist()]
        assert [each.group() for each in NUMBER.finditer(line)] == numbers


@at_every_size
def test_a_window_of_11x11_is_a_picture_with_the_decimals_of_its_map(size: tuple[int, int]) -> None:
    session = of_size((11, 11), 3)
    lines = panel(session, size)
    products = (x(11, 11, 3, seed=1) * x(11, 11, 3, seed=2)).ravel()
    largest = products[np.argmax(np.abs(products))]
    assert "▀" in "".join(lines)
    assert "×10" not in "".join(lines)
    at = next(n for n, line in enumerate(lines) if line.startswith("largest products"))
    assert shown(float(largest), 2) in lines[at + 1].split()
