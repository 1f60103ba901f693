"""Maps without an app: layout, characters, and that equal rows are the same strip."""

from __future__ import annotations

import re
from itertools import product
from math import prod

import numpy as np
import pytest
from nets import F32, conv, max_pool, mnist, residual
from nets import x as random

from convstep.debugger import Session
from convstep.engine.geometry import VALID, Padding, Sliding
from convstep.layers import Dense, Flatten, Relu
from convstep.layers.weights import Given
from convstep.network import Network
from convstep.opening import open_session
from convstep.tui.lines.canvas import Zoom
from convstep.tui.lines.colours import CUBE, DARK, GREY, LIGHT, SIXTEEN, Palette
from convstep.tui.lines.headings import heading
from convstep.tui.lines.rgb import unpack
from convstep.tui.lines.strips import changed_columns
from convstep.tui.maps.model import Layout, MapModel, layout, view_start
from convstep.tui.maps.of_frame import (
    arriving_map,
    input_channel,
    input_map,
    is_picture,
    known,
    missing_map,
    output_map,
)
from convstep.tui.maps.pixels import COLOUR_STEP, SIMILAR, Cells, merge_similar, shrink, value_colours
from convstep.tui.maps.strips import cells_of, layout_of, render_rows
from convstep.tui.maps.titles import input_title, legend, output_title

ROWS, COLS = 6, 9
WINDOW = (range(1, 3), range(4, 7))


def a_map(rows: int = ROWS, cols: int = COLS, **changes: object) -> MapModel:
    values = np.linspace(-1, 1, rows * cols).reshape(rows, cols)
    return MapModel(values, "signed", -1, 1, window=WINDOW)._replace(**changes)  # type: ignore[arg-type]


def lines(model: MapModel, place: Layout) -> list[str]:
    return [strip.text for strip in render_rows(model, place)]


def _has_notch(text: list[str], place: Layout, row: int, col: int) -> bool:
    """Return whether a cell of a map that is shown pixel for pixel is marked."""
    y = place.rows.offset(row)
    return text[y // 2][place.cols.offset(col)] in ("▌▘" if y % 2 == 0 else "▌▖")


def pixel(cells: Cells, place: Layout, row: int, col: int) -> int:
    """Return the colour of the middle of a cell, drawn in half blocks."""
    y = place.rows.offset(row) + place.rows.pitch // 2
    x = place.cols.offset(col) + place.cols.pitch // 2
    glyph, ink, ground = cells[y // 2, :, x]
    return int(ink if y % 2 == 0 and glyph == ord("▀") else ground)


class TestLayout:
    @pytest.mark.parametrize("zoom", ["whole", "pixel", "numbers"])
    @pytest.mark.parametrize("padding", [VALID, Padding(1, 2, 3, 0)])
    @pytest.mark.parametrize("size", [(40, 12), (75, 30), (9, 5)])
    def test_a_click_on_a_cell_finds_it(self, zoom: Zoom, padding: Padding, size: tuple[int, int]) -> None:
        place = layout(a_map(padding=padding), *size, zoom)
        seen = 0
        for row in range(ROWS):
            for col in range(COLS):
                if position := place.position(row, col):
                    seen += 1
                    found = place.cell_at(*position)
                    assert found is not None
                    shared = 2 * place.rows.per if place.rows.pitch == 1 and not place.numbers else place.rows.per
                    assert row - found[0] in range(shared)
                    assert col - found[1] in range(place.cols.per)
        assert seen > 0

    def test_padding_and_what_lies_beside_the_map_is_no_cell(self) -> None:
        place = layout(a_map(padding=Padding(2, 2, 2, 2)), 60, 30, "whole")
        assert place.cell_at(0, 0) is None
        assert place.cell_at(place.cols.origin, place.rows.origin // 2 + 3) is None
        assert place.position(-2, -2) is not None

    def test_a_small_map_is_shown_in_numbers_and_a_larger_one_in_pixels(self) -> None:
        assert layout(a_map(), 70, 20).numbers
        assert not layout(a_map(), 40, 20).numbers
        assert not layout(a_map(20, 30), 70, 30).numbers

    def test_a_map_is_enlarged_by_whole_numbers(self) -> None:
        place = layout(a_map(), 40, 20, "whole")
        assert (place.rows.pitch, place.cols.pitch) == (4, 4)
        assert place.whole

    @pytest.mark.parametrize(("size", "per"), [((50, 40), 2), ((30, 40), 3), ((23, 14), 4)])
    def test_a_map_larger_than_its_panel_is_shown_whole(self, size: tuple[int, int], per: int) -> None:
        place = layout(a_map(60, 80), *size)
        assert place.whole
        assert place.cols.per == place.rows.per == per
        other = layout(a_map(60, 80, window=(range(50, 53), range(70, 73))), *size)
        assert other == place

    @pytest.mark.parametrize("size", [(24, 13), (36, 18), (68, 35)])
    @pytest.mark.parametrize(
        "shape", [(64, 64, 1, 2), (28, 28, 2, 2), (32, 32, 0, 0), (224, 224, 3, 3), (5, 720, 0, 0)]
    )
    def test_everything_is_in_view_in_each_panel(self, size: tuple[int, int], shape: tuple[int, int, int, int]) -> None:
        rows, cols, before, after = shape
        padding = Padding(before, after, before, after)
        last = (range(rows + after - 3, rows + after), range(cols + after - 3, cols + after))
        for window in ((range(-before, 3 - before), range(-before, 3 - before)), last):
            place = layout(a_map(rows, cols, padding=padding, window=window), *size)
            for span, length, across in ((place.rows, rows, 2 * size[1]), (place.cols, cols, size[0])):
                assert span.cells() == range(length)
                assert 0 < span.offset(-before) < span.offset(length + after - 1) < across
            assert place.rows.per == place.cols.per or (rows, cols) == (5, 720)

    @pytest.mark.parametrize("zoom", ["pixel", "numbers"])
    def test_beside_a_part_stands_an_overview(self, zoom: Zoom) -> None:
        model = a_map(100, 100, window=(range(60, 63), range(20, 24)))
        place = layout(model, 68, 35, zoom)
        assert not place.whole
        assert place.overview is not None
        assert place.overview.layout.whole
        x, y, small = place.overview
        assert x + small.width <= 68
        assert y + small.height <= 35
        assert place.position(61, 21) is not None
        click = small.position(90, 40)
        assert click is not None
        found = place.cell_at(x + click[0], y + click[1])
        assert found is not None
        assert abs(found[0] - 90) <= 2 * small.rows.per
        assert abs(found[1] - 40) <= small.cols.per

    def test_there_is_no_overview_where_it_would_hide_the_window(self) -> None:
        assert layout(a_map(100, 100), 24, 13, "pixel").overview is None
        assert layout(a_map(100, 100, window=(range(9), range(30))), 36, 18, "pixel").overview is None

    def test_the_overview_outlines_the_part_in_view(self) -> None:
        model = a_map(100, 100, window=(range(60, 63), range(20, 24)))
        place = layout(model, 68, 35, "pixel")
        assert place.overview is not None
        x, y, small = place.overview
        cells = cells_of(model, place)[y : y + small.height, :, x : x + small.width]
        amber = set()
        for row, col in np.ndindex(2 * small.height, small.width):
            glyph, ink, ground = cells[row // 2, :, col]
            if (ink if glyph == ord("▀") and row % 2 == 0 else ground) == DARK.amber:
                amber.add((row, col))
        rows, cols = small.rows.offsets(place.rows.cells()), small.cols.offsets(place.cols.cells())
        ring = {
            (row, col)
            for row in range(rows.start - 1, rows.stop + 1)
            for col in range(cols.start - 1, cols.stop + 1)
            if (row not in rows or col not in cols) and 0 <= row < 2 * small.height and 0 <= col < small.width
        }
        window = {(row, col) for row in small.rows.offsets(range(60, 63)) for col in small.cols.offsets(range(20, 24))}
        assert amber == ring | window

    def test_the_overview_shows_what_is_in_a_window_that_is_larger_than_the_part_in_view(self) -> None:
        model = a_map(5, 720, window=(range(5), range(300, 400)))
        place = layout(model, 68, 35, "pixel")._replace(width=69)
        assert place.overview is not None
        x, y, small = place.overview
        cells = cells_of(model, place)[y : y + small.height, :, x : x + small.width]
        seen = small.cols.offsets(place.cols.cells())
        inside = cells[small.rows.offset(2) // 2, 1:, seen.start : seen.stop]
        assert set(seen) <= set(small.cols.offsets(range(300, 400)))
        assert DARK.amber not in inside
        assert len(np.unique(inside)) > 1

    def test_the_whole_of_a_padded_map_is_in_view(self) -> None:
        place = layout(a_map(padding=Padding(1, 2, 3, 4)), 40, 20, "whole")
        assert (place.rows.first, place.rows.stop) == (-1, ROWS + 2)
        assert (place.cols.first, place.cols.stop) == (-3, COLS + 4)

    @pytest.mark.parametrize("shape", [(64, 64), (28, 28), (32, 80), (64, 200), (5, 100), (100, 5)])
    def test_an_overview_stays_in_its_panel(self, shape: tuple[int, int]) -> None:
        model = a_map(*shape, padding=Padding(1, 2, 1, 2))
        seen = 0
        for width, height in product(range(3, 60, 2), (3, 8, 21, 24, 33, 42, 59)):
            for size in ((width, height), (width + 1, height)):
                place = layout(model, *size, "pixel")
                if place.overview is not None:
                    seen += 1
                    x, y, small = place.overview
                    assert x + small.width <= size[0]
                    assert y + small.height <= size[1]
        assert seen > 50

    def test_a_map_one_cell_thick_is_stretched(self) -> None:
        assert layout(a_map(1, 500, window=None), 50, 20).rows.pitch > 4
        assert layout(a_map(500, 1, window=None), 50, 20, "whole").cols.pitch > 4

    @pytest.mark.parametrize("start", range(-2, 99, 7))
    def test_a_view_holds_its_window(self, start: int) -> None:
        window = (range(start, start + 4), range(2 * start, 2 * start + 5))
        place = layout(a_map(100, 200, window=window, padding=Padding(2, 3, 4, 5)), 30, 12, "pixel")
        assert {place.position(row, col) is None for row in window[0] for col in window[1]} == {False}

    def test_following_stays_put_for_most_steps(self) -> None:
        starts = [view_start(range(at, at + 4), 30, range(200)) for at in range(196)]
        assert len(set(starts)) < 25
        assert starts[0] == 0
        assert starts[-1] == 170


class TestPixels:
    place = layout(a_map(padding=Padding(1, 1, 2, 2)), 40, 24, "whole")

    def test_every_cell_has_its_own_colour(self) -> None:
        cells = cells_of(a_map(window=None, padding=Padding(1, 1, 2, 2)), self.place)
        values = np.linspace(-1, 1, ROWS * COLS).reshape(ROWS, COLS)
        dim = DARK.dimmed[0]
        expected = DARK.colours(values, "signed", -1, 1) * (1 - dim) + unpack(DARK.panel) * dim
        for row, col in np.ndindex(ROWS, COLS):
            assert unpack(pixel(cells, self.place, row, col)) == pytest.approx(
                expected[row, col], abs=SIMILAR + COLOUR_STEP / 2 + 1
            )

    def test_neighbours_in_a_row_share_a_colour_if_nobody_can_tell_them_apart(self) -> None:
        one, two = SIMILAR, 2 * SIMILAR
        colours = np.array(
            [
                [0x102030, 0x102030 + (one << 16), 0x102030 + two],
                [0x102030 + two, 0x102030, 0x102030 + one],
            ],
            np.uint32,
        )
        merged, same = merge_similar(colours, colours)
        assert merged.tolist() == [
            [0x102030, 0x102030, 0x102030 + two],
            [0x102030 + two, 0x102030, 0x102030],
        ]
        assert (same == merged).all()

    def test_a_character_shares_the_colours_before_it_only_if_both_are_similar(self) -> None:
        one, far = SIMILAR, 5 * SIMILAR
        upper = np.array([[0x102030, 0x102030 + one, 0x102030 + one]], np.uint32)
        lower = np.array([[0x108030, 0x108030 + one, 0x108030 + far]], np.uint32)
        tops, bottoms = merge_similar(upper, lower)
        assert tops.tolist() == [[0x102030, 0x102030, 0x102030 + one]]
        assert bottoms.tolist() == [[0x108030, 0x108030, 0x108030 + far]]

    def test_similar_halves_of_a_character_share_a_colour(self) -> None:
        tops, bottoms = merge_similar(np.array([[0x102030]], np.uint32), np.array([[0x102030 + SIMILAR]], np.uint32))
        assert tops.tolist() == bottoms.tolist() == [[0x102030]]

    @pytest.mark.parametrize("padding", [VALID, Padding(1, 0, 0, 0)])
    def test_no_shared_colour_is_far_from_its_own(self, padding: Padding) -> None:
        values = np.random.default_rng(0).random((33, 35)) * 0.2
        model = a_map(33, 35, values=values, window=None, padding=padding, low=0, high=1, colouring="grey")
        place = layout(model, 40, 20, "pixel")
        cells = cells_of(model, place)
        dim = DARK.dimmed[0]
        expected = DARK.colours(values, "grey", 0, 1) * (1 - dim) + unpack(DARK.panel) * dim
        shown = np.array([[unpack(pixel(cells, place, row, col)) for col in range(35)] for row in range(33)], float)
        assert np.abs(shown - expected).max() <= SIMILAR + COLOUR_STEP / 2 + 1
        assert (cells[:, 0] == ord(" ")).sum() > 35 * 17 / 4

    def test_an_even_area_keeps_its_own_colour(self) -> None:
        """What is beside it does not run into it: equal values look alike."""
        even = 0x101418
        colours = np.array([[0xA0A0A0, even + 8, even, even, even, even + 8, even, even]], np.uint32)
        assert merge_similar(colours, colours)[0].tolist() == [
            [0xA0A0A0, even + 8, even, even, even, even, even, even],
        ]

    def test_colours_outside_the_window_are_rounded_to_few(self) -> None:
        colours = np.array([[0x131517], [0xFFFFFF]], np.uint32)
        assert merge_similar(colours, colours)[0].tolist() == [[0x141418], [0xFFFFFF]]

    def test_the_ground_of_a_digit_has_one_colour(self) -> None:
        session = open_session("mnist")
        for width, height in ((66, 37), (33, 18)):
            model = input_map(session.frame)
            assert model is not None
            model = model._replace(window=None)
            place = layout(model, width, height)
            cells = cells_of(model, place)
            around = {pixel(cells, place, row, col) for row in (0, 12, 27) for col in (0, 1, 2, 24, 26, 27)}
            assert len(around) == 1
            assert (model.values[[0, 12, 27]][:, [0, 1, 2, 24, 26, 27]] == 0).all()

    def test_the_outline_goes_around_the_window_and_nowhere_else(self) -> None:
        model = a_map(padding=Padding(1, 1, 2, 2))
        cells = cells_of(model, self.place)
        found = set()
        for y, x in np.ndindex(2 * self.place.height, self.place.width):
            glyph, ink, ground = cells[y // 2, :, x]
            if (ink if glyph == ord("▀") and y % 2 == 0 else ground) == DARK.amber:
                found.add((y, x))
        rows, cols = (self.place.rows.offsets(WINDOW[0]), self.place.cols.offsets(WINDOW[1]))
        ring = {
            (y, x)
            for y in range(rows.start - 1, rows.stop + 1)
            for x in range(cols.start - 1, cols.stop + 1)
            if not (y in rows and x in cols)
        }
        assert found == ring

    def test_rulers_find_its_row_and_column(self) -> None:
        text = lines(a_map(20, 30, padding=VALID), layout(a_map(20, 30), 40, 24, "pixel"))
        place = layout(a_map(20, 30), 40, 24, "pixel")
        (above,) = [line.index("▾") for line in text if "▾" in line]
        (beside,) = [y for y, line in enumerate(text) if "▸" in line]
        assert above in place.cols.offsets(WINDOW[1])
        assert beside in [y // 2 for y in place.rows.offsets(WINDOW[0])]

    def test_cells_to_come_are_dots_and_show_no_value(self) -> None:
        known = np.zeros((ROWS, COLS), bool)
        known[:2] = True
        known[2, :5] = True
        model = a_map(known=known, window=None)
        place = layout(model, 40, 24, "whole")
        text = lines(model, place)
        for row in range(ROWS):
            for col in range(COLS):
                x, y = place.cols.offset(col), place.rows.offset(row) // 2 + 1
                assert (text[y][x] == "·") == (not known[row, col])

    @pytest.mark.parametrize("keyed", [None, "a"])
    def test_a_block_that_is_known_in_part_shows_only_that(self, keyed: str | None) -> None:
        values = np.full((8, 12), -0.1)
        values[3, 5] = 1.0
        known = np.arange(96).reshape(8, 12) < 3 * 12 + 5
        model = MapModel(values, "signed", -1, 1, known=known, key=keyed)
        place = layout(model, 8, 6, "whole")
        assert place.rows.per == place.cols.per == 2
        hidden = pixel(cells_of(model, place), place, 3, 5)
        assert hidden == pixel(cells_of(model, place), place, 0, 0)
        shown = pixel(cells_of(model._replace(known=np.ones((8, 12), bool)), place), place, 3, 5)
        assert shown != hidden

    def test_padding_is_hatched(self) -> None:
        cells = cells_of(a_map(padding=Padding(0, 0, 3, 0), window=None), place := layout(a_map(), 60, 24, "whole"))
        place = layout(a_map(padding=Padding(0, 0, 3, 0)), 60, 24, "whole")
        cells = cells_of(a_map(padding=Padding(0, 0, 3, 0), window=None), place)
        padding = cells[place.rows.origin // 2 : place.rows.end // 2, 1:, place.cols.origin : place.cols.offset(0)]
        assert set(padding.ravel().tolist()) == set(DARK.hatch)

    def test_rows_and_columns_that_no_window_reaches_are_crossed_out(self) -> None:
        model = a_map(unreached_rows=(5,), unreached_cols=(7, 8), window=None)
        place = layout(model, 40, 24, "whole")
        text = lines(model, place)
        for row in range(ROWS):
            for col in range(COLS):
                x, y = place.cols.offset(col), place.rows.offset(row) // 2
                assert (text[y][x] == "╳") == (row == 5 or col >= 7)

    def test_marked_cells_have_a_notch(self) -> None:
        marked = np.zeros((ROWS, COLS), bool)
        marked[4, 1] = marked[5, 1] = marked[0, 8] = True
        model = a_map(marked=marked, window=None)
        place = layout(model, 40, 24, "pixel")
        text = lines(model, place)
        assert sum(line.count("▌") + line.count("▘") + line.count("▖") for line in text) == 2
        assert text[place.rows.offset(4) // 2][place.cols.offset(1)] == "▌"
        assert text[place.rows.offset(0) // 2][place.cols.offset(8)] == "▘"

    @pytest.mark.parametrize("bordered", [False, True])
    def test_where_most_are_marked_the_border_of_the_marked_may_be_enough(self, bordered: bool) -> None:
        """Rows 1 to 5 and columns 0 to 6 are marked: rows 2 to 4 of columns 1 to 5 are surrounded."""
        marked = np.zeros((ROWS, COLS), bool)
        marked[1:, :7] = True
        model = a_map(marked=marked, window=None, bordered=bordered)
        place = layout(model, 40, 24, "pixel")
        text = lines(model, place)
        there = {(row, col) for row in range(ROWS) for col in range(COLS) if _has_notch(text, place, row, col)}
        surrounded = {(row, col) for row in (2, 3, 4) for col in range(1, 6)}
        assert there == {(row, col) for row in range(1, 6) for col in range(7)} - (surrounded if bordered else set())

    def test_only_the_taps_of_a_dilated_window_are_lit(self) -> None:
        values = np.full((12, 15), 0.8)
        model = MapModel(values, "signed", -1, 1, window=(range(2, 7, 2), range(3, 10, 3)))
        cells = cells_of(model, place := layout(model, 40, 24, "whole"))
        lit = {(row, col) for row in range(2, 7) for col in range(3, 10) if pixel(cells, place, row, col)}
        bright = max(pixel(cells, place, row, col) >> 16 for row, col in lit)
        taps = {(row, col) for row, col in lit if pixel(cells, place, row, col) >> 16 == bright}
        assert taps == {(row, col) for row in (2, 4, 6) for col in (3, 6, 9)}

    def test_a_ring_at_the_edge_of_the_padding_stays_in_the_panel(self) -> None:
        for at in ((range(-1, 2), range(-2, 1)), (range(4, 7), range(8, 11))):
            model = a_map(padding=Padding(1, 1, 2, 2), window=at)
            for zoom in ("whole", "pixel", "numbers"):
                for size in ((40, 24), (14, 6), (3, 3), (12, 5)):
                    rows = render_rows(model, layout(model, *size, zoom))
                    assert [row.cell_length for row in rows] == [size[0]] * size[1]

    @pytest.mark.parametrize("at", [-8, -5, -2, 3, 9, 12])
    def test_a_view_of_padding_alone_is_drawn(self, at: int) -> None:
        model = a_map(padding=Padding(8, 8, 8, 8), window=(range(at, at + 2), range(2 * at, 2 * at + 2)))
        for size in ((12, 3), (3, 12), (5, 4)):
            rows = render_rows(model, layout(model, *size, "pixel"))
            assert [row.cell_length for row in rows] == [size[0]] * size[1]


class TestNumbers:
    def test_numbers_stand_in_their_cells(self) -> None:
        values = np.arange(12, dtype=float).reshape(3, 4) / 4 - 1
        model = MapModel(values, "signed", -1, 1.75, window=(range(1), range(1)))
        place = layout(model, 40, 12)
        text = lines(model, place)
        for row, col in np.ndindex(3, 4):
            y = place.rows.offset(row) + (place.rows.pitch - place.rows.gap - 1) // 2
            cell = text[y][place.cols.offset(col) : place.cols.offset(col + 1) - 1]
            assert float(cell.replace("−", "-")) == values[row, col]

    def test_a_box_is_drawn_around_the_window(self) -> None:
        model = a_map(3, 4, window=(range(1, 3), range(2, 4)))
        place = layout(model, 40, 12)
        text = lines(model, place)
        top, left = place.rows.offset(1) - 1, place.cols.offset(2) - 1
        assert text[top][left] == "┏"
        assert text[place.rows.offsets(range(1, 3)).stop][place.cols.offsets(range(2, 4)).stop] == "┛"
        assert "".join(text).count("┏") == 1

    def test_padding_says_what_it_stands_for(self) -> None:
        model = a_map(3, 4, padding=Padding(1, 0, 0, 0), padding_holds="−∞", window=None)
        text = "\n".join(lines(model, layout(model, 40, 20)))
        assert text.count("−∞") == 4
        assert "╱" in text

    def test_cells_to_come_show_no_number(self) -> None:
        known = np.zeros((3, 4), bool)
        known[0, :3] = True
        model = a_map(3, 4, known=known, window=None)
        text = "\n".join(lines(model, layout(model, 40, 20)))
        assert text.count(".") == 3
        assert "· ·" in text

    def test_marked_cells_have_a_dot_behind_their_number(self) -> None:
        marked = np.zeros((3, 4), bool)
        marked[2, 1] = True
        model = a_map(3, 4, marked=marked, window=None)
        place = layout(model, 40, 12)
        text = lines(model, place)
        assert "".join(text).count("•") == 1
        assert text[place.rows.offset(2)][place.cols.offset(2) - 1] == "•"

    @pytest.mark.parametrize("scale", [1e-5, 0.003, 0.04, 1, 12, 340, 9876.5, 1e7])
    def test_numbers_never_overflow_their_cells_nor_vanish(self, scale: float) -> None:
        values = np.array([[-1.0, 0.37, 1.0]]) * scale
        model = MapModel(values, "signed", -scale, scale)
        text = " ".join(lines(model, layout(model, 26, 3, "numbers"))).replace("−", "-")
        shown = [float(word) for word in text.split()]
        assert shown[0] == pytest.approx(-scale, rel=0.2)
        assert shown[2] == pytest.approx(scale, rel=0.2)


class TestColours:
    @pytest.mark.parametrize("palette", [DARK, LIGHT, GREY, CUBE, SIXTEEN], ids=lambda palette: palette.name)
    def test_zero_is_in_the_middle_and_what_is_not_finite_sticks_out(self, palette: Palette) -> None:
        values = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, np.nan, np.inf, -np.inf])
        colours = palette.colours(values, "signed", -2, 1)
        assert len({tuple(colour) for colour in colours.tolist()}) == len(values)
        assert all(len(ramp) == 256 for ramp in palette.ramps.values())
        assert (colours[2] == palette.ramps["signed"][128]).all()

    def test_a_picture_is_itself(self) -> None:
        rgb = np.array([[[1.0, 0.5, 0.0], [0.2, np.nan, 0.1]]])
        colours = DARK.colours(rgb, "rgb")
        assert colours[0, 0].tolist() == [255, 128, 0]
        assert colours[0, 1].tolist() == [0xC0, 0x4F, 0xD0]

    def test_a_map_of_one_value_has_a_colour(self) -> None:
        for colouring in ("signed", "sequential"):
            assert DARK.colours(np.zeros((2, 3)), colouring, 0, 0).shape == (2, 3, 3)


class TestCache:
    def test_rows_that_look_the_same_are_the_same_object(self) -> None:
        model = a_map(30, 40, key="first")
        other = a_map(30, 40, values=-a_map(30, 40).values, key="second")
        place = layout(model, 60, 40, "pixel")
        before = render_rows(model, place)
        render_rows(other, place)
        moved = render_rows(model._replace(window=(range(1, 3), range(5, 8))), place)
        again = render_rows(model, place)
        assert all(one is two for one, two in zip(before, again, strict=True))
        touched = [y for y, (one, two) in enumerate(zip(before, moved, strict=True)) if one is not two]
        assert 0 < len(touched) <= 4

    def test_only_what_differs_is_refreshed(self) -> None:
        model = a_map(30, 40)
        place = layout(model, 60, 40, "pixel")
        before = render_rows(model, place)
        after = render_rows(model._replace(window=(range(1, 3), range(5, 8))), place)
        area = 0
        for old, new in zip(before, after, strict=True):
            if old == new:
                continue
            start, stop = changed_columns(old, new)
            area += stop - start
            assert list(old.crop(0, start)) == list(new.crop(0, start))
            assert list(old.crop(stop)) == list(new.crop(stop))
        assert 0 < area < 140

    def test_equal_keys_do_not_hide_another_range_or_layout(self) -> None:
        model = a_map(key="same")
        wide, narrow = layout(model, 40, 24, "whole"), layout(model, 20, 24, "whole")
        first = cells_of(model, wide)
        assert (cells_of(model._replace(high=9.0), wide) != first).any()
        assert cells_of(model, narrow).shape != first.shape
        assert (cells_of(model, wide, LIGHT) != first).any()


class TestWords:
    def test_a_legend_gives_range_padding_and_part(self) -> None:
        model = a_map(60, 80, low=-0.584, high=0.61, padding=Padding(1, 1, 1, 1), padding_holds="−∞")
        assert legend(model) == ("−0.58 … 0.61", "padding −∞")
        place = layout(model, 30, 12, "pixel")
        rows, cols = place.rows.cells(), place.cols.cells()
        assert legend(model, place)[:2] == (f"rows {rows[0]}–{rows[-1]} of 60", f"cols {cols[0]}–{cols[-1]} of 80")

    def test_a_legend_says_how_a_map_is_scaled(self) -> None:
        model = a_map(60, 80)
        assert legend(model, layout(model, 45, 30)) == ("−1 … 1", "2×2 averaged")
        assert legend(model._replace(largest=True), layout(model, 45, 30))[1] == "largest of 2×2"
        assert legend(model, layout(model, 24, 13))[1] == "1:4"
        assert legend(model, layout(model, 90, 40)) == ("−1 … 1",)


def test_shrinking_takes_means_or_largest_values_of_what_is_known() -> None:
    values = np.array([[1.0, -3.0, 2.0], [0.0, 1.0, 4.0]])
    assert shrink(values, (2, 2), None, "max").tolist() == [[1.0, 4.0]]
    assert shrink(values, (2, 2), None).tolist() == [[-0.25, 3.0]]
    known = np.array([[False, True, False], [True, False, False]])
    assert shrink(values, (2, 2), known, "max").tolist() == [[0.0, 0.0]]
    assert shrink(values, (2, 2), known).tolist() == [[-1.5, 0.0]]
    large = np.full((2, 2), 60_000, np.float16)
    assert shrink(large, (2, 2), None).tolist() == [[60_000.0]]
    assert shrink(values, (2, 2), None, "furthest").tolist() == [[-3.0, 4.0]]
    assert shrink(values, (2, 2), known, "furthest").tolist() == [[-3.0, 0.0]]


def test_long_noise_is_as_strong_as_it_is_where_its_length_is_scaled() -> None:
    session = open_session("wide")
    model = input_map(session.frame)
    assert model is not None
    place = layout(model, 68, 32)
    assert (place.rows.per, place.cols.per) == (1, 11)
    assert legend(model, place) == ("−3.15 … 3.96", "peaks of 1×11")
    noise = np.random.RandomState(1).standard_normal((5, 720))
    blocks = [noise[:, at : at + 11] for at in range(0, 720, 11)]
    expected = np.array([[row[np.abs(row).argmax()] for row in block] for block in blocks]).T
    colours = DARK.colours(expected, "signed", model.low, model.high)
    assert (unpack(value_colours(model, place, DARK)) == colours).all()


def test_a_max_pools_input_is_scaled_by_its_largest_values() -> None:
    layers = (max_pool("pool", Sliding((2, 2), (2, 2))), conv("conv", Sliding((3, 3)), 2))
    session = Session(Network("net", (64, 64, 2), layers, F32), random(64, 64, 2))
    models = []
    for name in ("pool", "conv"):
        session.do(f"layer {name}")
        model = input_map(session.frame)
        assert model is not None
        models.append(model)
    assert [model.largest for model in models] == [True, False]
    place = layout(models[0], 36, 18)
    assert place.rows.per == 2
    seen = value_colours(models[0], place, DARK)
    wanted = [
        [models[0].values[row : row + 2, col : col + 2].max() for col in range(0, 64, 2)] for row in range(0, 64, 2)
    ]
    expected = DARK.colours(np.array(wanted), "signed", models[0].low, models[0].high)
    assert (unpack(seen) == expected).all()


class TestChannel:
    @pytest.fixture
    def run(self) -> Session:
        weights = np.zeros((3, 3, 5, 1), np.float32)
        weights[..., 3, 0], weights[..., 1, 0] = 2, 1
        layer = conv("conv", Sliding((3, 3), padding="same"), 1, weights=Given(weights))
        values = np.abs(random(6, 5, 5)) + 0.1
        values[:3, :, 1] *= 1000
        return Session(Network("net", (6, 5, 5), (layer,), F32), values)

    def test_the_map_shows_the_channel_that_contributes_most(self, run: Session) -> None:
        run.do("jump 5 2 0")
        assert input_channel(run.frame, None) == 3
        run.do("jump 0 2 0")
        assert input_channel(run.frame, None) == 1
        assert input_channel(run.frame, 4) == 4
        assert input_channel(run.frame, 5) == 1
        model = input_map(run.frame)
        assert model is not None
        np.testing.assert_array_equal(model.values, run.frame.input[0, :, :, 1])

    def test_it_follows_the_tap(self, run: Session) -> None:
        run.do("jump 3 2 0")
        run.do("taps open")
        for tap in range(12):
            model = input_map(run.frame)
            assert model is not None
            np.testing.assert_array_equal(model.values, run.frame.input[0, :, :, tap % 5])
            assert model.tap == (2, 1 + tap // 5)
            run.do("step 1 mac")

    def test_all_channels_have_one_scale(self, run: Session) -> None:
        ranges = set()
        for chosen in range(5):
            model = input_map(run.frame, chosen)
            assert model is not None
            ranges.add((model.low, model.high))
        assert ranges == {(float(run.frame.input.min()), float(run.frame.input.max()))}


class TestMarks:
    def test_padding_that_is_never_reached_is_marked(self) -> None:
        layer = conv("conv", Sliding((2, 2), (3, 3), padding=Padding(1, 2, 0, 2)), 1)
        session = Session(Network("net", (7, 7, 1), (layer,), F32), random(7, 7, 1))
        model = input_map(session.frame)
        assert model is not None
        assert model.unreached_rows == (1, 4, 7, 8)
        assert model.unreached_cols == (2, 5, 8)
        place = layout(model._replace(window=None), 40, 40, "pixel")
        text = lines(model._replace(window=None), place)
        assert [text[place.rows.offset(0) // 2 + 1][place.cols.offset(col)] == "╳" for col in range(9)] == [
            col in (2, 5, 8) for col in range(9)
        ]
        numbers = layout(model._replace(window=None), 70, 40, "numbers")
        shown = lines(model._replace(window=None), numbers)[numbers.rows.offset(0)]
        assert "╲" in shown[numbers.cols.offset(8) : numbers.cols.offset(8) + 5]
        assert "╲" not in shown[numbers.cols.offset(6) : numbers.cols.offset(6) + 5]

    @pytest.mark.parametrize(("size", "pitch"), [((50, 24), 3), ((24, 14), 1)])
    def test_what_a_dilated_window_skips_has_a_dot(self, size: tuple[int, int], pitch: int) -> None:
        model = a_map(12, 15, window=(range(2, 7, 2), range(3, 10, 3)))
        place = layout(model, *size)
        assert place.rows.pitch == pitch
        text = lines(model, place)
        found = {(y, x) for y, line in enumerate(text) for x, glyph in enumerate(line) if glyph == "·"}
        rows, cols = place.rows.offsets(range(2, 7)), place.cols.offsets(range(3, 10))

        def skipped(y: int, x: int) -> bool:
            row, col = (y - place.rows.origin) // pitch, (x - place.cols.origin) // pitch
            return y in rows and x in cols and (row not in (2, 4, 6) or col not in (3, 6, 9))

        assert found == {
            (y, x) for y, x in np.ndindex(place.height, place.width) if skipped(2 * y, x) and skipped(2 * y + 1, x)
        }
        assert found

    @pytest.mark.parametrize("at", [(1, 4), (2, 6), (-1, 4)])
    def test_the_tap_is_filled(self, at: tuple[int, int]) -> None:
        window = (range(min(at[0], 1), 3), range(4, 7))
        model = a_map(window=window, padding=Padding(1, 1, 1, 1))
        place = layout(model, 36, 20)
        assert place.rows.pitch == 3
        cells, plain = cells_of(model._replace(tap=at), place), cells_of(model, place)
        changed = {(int(y), int(x)) for y, _, x in np.argwhere(cells != plain)}
        rows, cols = place.rows.offsets(range(at[0], at[0] + 1)), place.cols.offsets(range(at[1], at[1] + 1))
        assert changed == {(y // 2, x) for y in rows for x in cols}
        assert pixel(cells, place, *at) == DARK.amber

    def test_the_taps_number_stands_on_the_accent(self) -> None:
        model = a_map(3, 4, window=(range(3), range(3)), tap=(1, 2))
        place = layout(model, 40, 12)
        cells = cells_of(model, place)
        amber = {(int(y), int(x)) for y, x in np.argwhere(cells[:, 2] == DARK.amber)}
        rows, cols = place.rows.offsets(range(1, 2)), place.cols.offsets(range(2, 3))
        assert amber == {(y, x) for y in rows for x in cols}


class TestVectors:
    @pytest.mark.parametrize("size", [(24, 13), (36, 18), (68, 35)])
    def test_ten_values_stand_below_each_other_with_their_digits_inside(self, size: tuple[int, int]) -> None:
        session = open_session("mnist")
        session.do("jump softmax 9")
        for model, values in (
            (input_map(session.frame), session.values.output("dense2")),
            (output_map(session.frame), session.values.output("softmax")),
        ):
            assert model is not None
            place = layout_of(model, *size)
            assert isinstance(place, Layout)
            assert place.numbers
            text = lines(model, place)
            for row, value in enumerate(values.ravel()):
                y = place.rows.offset(row) + (place.rows.pitch - place.rows.gap - 1) // 2
                cell = text[y][place.cols.offset(0) : place.cols.end]
                assert float(cell.replace("−", "-")) == pytest.approx(value, abs=0.005)
                assert cell[0] == cell[-1] == " "
            assert place.cell_at(place.cols.origin, place.rows.offset(7)) == (7, 0)


def test_numbers_have_the_decimals_that_are_asked_for() -> None:
    session = open_session("photo")
    session.do("layer pool2")
    session.decimals = 3
    model = output_map(session.frame)
    assert model is not None
    place = layout(model, 68, 35)
    number = lines(model, place)[place.rows.offset(0) + 1][place.cols.offset(0) : place.cols.offset(1) - 1]
    assert number.strip() == f"{model.values[0, 0]:.3f}"


@pytest.mark.parametrize("layer", ["conv1", "relu1", "flatten", "fc"])
def test_known_are_the_neurons_up_to_the_current_one(layer: str) -> None:
    network = Network(
        "two examples",
        (5, 4, 3),
        (conv("conv1", Sliding((2, 3), padding="same"), 6), Relu("relu1"), Flatten("flatten"), Dense("fc", units=7)),
        np.dtype(np.float64),
    )
    session = Session(network, np.random.default_rng(3).standard_normal((2, 5, 4, 3)))
    session.do(f"layer {layer}")
    numbers = np.arange(prod(session.shape)).reshape(session.shape)
    for at in range(numbers.size):
        session.jump(at)
        i, _, _, c = session.index
        there = numbers[i, 0, 0][None] if session.shape[1:3] == (1, 1) else numbers[i, :, :, c]
        assert (known(session.frame) == (there <= at)).all()


@pytest.mark.parametrize("line", [False, True], ids=["map", "signal"])
@pytest.mark.parametrize("zoom", ["pixel", "numbers"])
@pytest.mark.parametrize("width", [20, 24, 37])
def test_every_tap_of_a_window_larger_than_the_panel_is_in_view(line: bool, zoom: Zoom, width: int) -> None:
    n_rows = 1 if line else 9
    window = range(min(1, n_rows - 1), min(n_rows, 7)), range(-2, 98)
    padding = Padding(0, 0, 2, 1)
    model = MapModel(np.zeros((n_rows, 200)), "signed", -1, 1, padding=padding, window=window)._replace(line=line)
    for col in window[1]:
        tap = window[0][0], col
        place = layout_of(model._replace(tap=tap), width, 13, zoom)
        assert place.position(*tap) is not None


@pytest.mark.parametrize("name", ["photo", "course", "mnist", "residual", "lenet5"])
def test_at_120_columns_both_maps_of_every_layer_say_the_range_of_their_colours(name: str) -> None:
    session = open_session(name)
    for layer in session.network.names:
        session.do(f"layer {layer}")
        for model, title_of in ((input_map(session.frame), input_title), (output_map(session.frame), output_title)):
            assert model is not None
            place = layout_of(model, 36, 17)
            if model.colouring == "rgb" or (is_picture(session.frame) and title_of is input_title):
                continue
            title, details = title_of(session.frame, legend=legend(model, place))
            if len(title) < 10 and not details[0].startswith("input 1 of 2"):
                assert " … " in heading((title, details), 36, DARK).text


def test_the_taps_cell_is_highlighted_whole_at_the_maps_edge_too() -> None:
    model = MapModel(np.zeros((3, 4)), "signed", -1, 1, window=(range(3), range(4)))
    place = layout(model, 60, 24, "numbers")
    assert (place.rows.gap, place.cols.gap) == (1, 1)
    sizes = set()
    for tap in np.ndindex(3, 4):
        cells = cells_of(model._replace(tap=tap), place)
        amber = np.argwhere(cells[:, 2] == DARK.amber)
        sizes.add(tuple((np.ptp(amber, axis=0) + 1).tolist()))
    assert sizes == {(place.rows.pitch - 1, place.cols.pitch - 1)}


def test_a_layer_that_cannot_work_shows_the_map_that_arrives_and_the_size_that_should() -> None:
    session = Session(mnist(), random(28, 28, 1))
    session.do("padding valid all")
    pool2 = session.values.output("pool2")[0]
    for layer in ("dense1", "dense2"):  # which waits for dense1
        session.do(f"layer {layer}")
        found = arriving_map(session.frame, 0)
        assert found is not None
        name, channel, model = found
        assert (name, model.values.shape) == ("pool2", (4, 4))
        assert abs(model.values).max() == abs(pool2).max()
        np.testing.assert_array_equal(model.values, pool2[:, :, channel])
        legend_ = legend(model)
        assert input_title(session.frame, None, legend_) == ("pool2", (f"channel {channel}", *legend_, "4×4×64"))
        assert output_title(session.frame) == ("made for", ("7×7×64",))
        assert arriving_map(session.frame, 1) is None
    missing = missing_map((7, 7, 64))
    assert missing.values.shape == (7, 7)
    assert missing.known is not None
    assert not missing.known.any()


def test_both_maps_are_shown_that_do_not_fit_each_other_once_they_are_known() -> None:
    session = Session(residual(), random(8, 6, 3))
    session.do("layer conv2")
    session.do("stride 2")
    session.do("layer add1")
    assert session.layers_shown == ("conv3", "relu1")
    assert arriving_map(session.frame, 0) is None
    for _ in session.values.compute_all(session.layers_shown):
        pass
    shapes = [found[2].values.shape for number in (0, 1) if (found := arriving_map(session.frame, number))]
    assert shapes == [(4, 3), (8, 6)]


@pytest.mark.parametrize(("width", "word"), [(120, "reflect"), (30, "")])
def test_a_word_in_padding_is_whole_or_left_out(width: int, word: str) -> None:
    model = a_map(3, 4, padding=Padding(1, 0, 1, 0), padding_holds="reflect", window=None)
    said = "".join(lines(model, layout(model, width, 24, "numbers")))
    assert ("reflect" in said) == bool(word)
    assert "refl" not in said.replace("reflect", "")


@pytest.mark.parametrize(("line", "range_"), [("jump conv2 5 6 3", "0…2.80"), ("layer relu1", "−2.44…2.80")])
def test_the_range_of_the_colours_stands_beside_the_channel_at_80_columns(line: str, range_: str) -> None:
    session = open_session("mnist")
    session.do(line)
    model = input_map(session.frame)
    assert model is not None
    place = layout_of(model, 24, 14, "whole")
    titles = input_title(session.frame, None, legend(model, place), 24)
    said = heading(titles, 24, DARK).text
    assert re.search(rf"ch \d+ · {range_}", said), said
