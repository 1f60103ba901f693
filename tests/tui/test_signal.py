"""One-dimensional maps: braille plots with the window as a band, and their numbers."""

from __future__ import annotations

import numpy as np
import pytest
from nets import F32, conv1d
from nets import x as random

from convstep.debugger import Session
from convstep.engine.geometry import Padding, Sliding
from convstep.network import Network
from convstep.opening import open_session
from convstep.tui.app import ConvstepApp
from convstep.tui.lines.canvas import Zoom
from convstep.tui.lines.colours import CUBE, DARK, GREY, SIXTEEN, Palette
from convstep.tui.maps.model import MapModel
from convstep.tui.maps.of_frame import input_channel, input_map, output_map
from convstep.tui.maps.pixels import Cells
from convstep.tui.maps.signal import Plot, SignalLayout
from convstep.tui.maps.strips import cells_of, layout_of, render_rows
from convstep.tui.maps.titles import input_title, legend
from convstep.tui.maps.widgets import MapView
from convstep.tui.screens.debug import DebugScreen

PANELS = [(24, 13), (36, 18), (68, 35)]
BRAILLE = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
ZOOMS: tuple[Zoom, ...] = ("whole", "pixel", "numbers")


def a_signal(values: object, **changes: object) -> MapModel:
    shown = np.asarray(values, float)[None]
    return MapModel(shown, "signed", -1, 1, line=True, axis="place")._replace(**changes)  # type: ignore[arg-type]


def placed(model: MapModel, width: int, height: int, zoom: Zoom = "whole") -> SignalLayout:
    place = layout_of(model, width, height, zoom)
    assert isinstance(place, SignalLayout)
    return place


def dots(cells: Cells, plot: Plot) -> list[list[int]]:
    """Return, for every column of dots, the rows that are set."""
    found: list[list[int]] = [[] for _ in range(2 * cells.shape[2])]
    for y, x, row, col in np.ndindex(plot.height, cells.shape[2], 4, 2):
        glyph = int(cells[plot.top + y, 0, x])
        if 0x2800 <= glyph < 0x2900 and glyph - 0x2800 & BRAILLE[row][col]:
            found[2 * x + col].append(4 * y + row)
    return found


@pytest.mark.parametrize("size", PANELS)
def test_a_long_signal_is_shown_whole_with_its_peaks(size: tuple[int, int]) -> None:
    values = np.zeros(500)
    values[[123, 124, 377]] = 1, -1, 0.5
    model = a_signal(values)
    place = placed(model, *size)
    plot = place.plot
    assert plot is not None
    assert plot.cols.cells() == range(500)
    drawn = dots(cells_of(model, place), plot)
    last = 4 * plot.height - 1
    for at, row in ((123, 0), (124, last), (377, round(0.25 * last))):
        assert any(abs(each - row) <= 1 for each in drawn[plot.cols.offset(at)])
    assert sum(len(rows) > 2 for rows in drawn) <= 8
    assert {x for x, rows in enumerate(drawn) if rows} == set(range(plot.cols.origin, plot.cols.end))


def test_a_dot_stands_at_the_value_where_each_place_has_its_own() -> None:
    values = np.linspace(-1, 1, 40)
    model = a_signal(values)
    place = placed(model, 21, 20, "pixel")
    assert place.plot is not None
    assert place.plot.cols.pitch == place.plot.cols.per == 1
    drawn = dots(cells_of(model, place), place.plot)
    last = 4 * place.plot.height - 1
    for at, value in enumerate(values):
        assert round((1 - value) / 2 * last) in drawn[place.plot.cols.offset(at)]
    assert all(drawn[x][0] <= drawn[x + 1][-1] + 1 for x in range(2, 40))


@pytest.mark.parametrize("done", [1, 7, 250, 499])
@pytest.mark.parametrize("key", [None, "kept"])
def test_values_to_come_are_not_drawn(done: int, key: str | None) -> None:
    values = np.sin(np.arange(500))
    values[done:] = 1
    model = a_signal(values, known=np.arange(500)[None] < done, high=2.0, key=key and (key, done))
    place = placed(model, 36, 18)
    assert place.plot is not None
    drawn = dots(cells_of(model, place), place.plot)
    last = 1 + place.plot.cols.offset(done - 1)
    assert not any(drawn[last:])
    assert all(drawn[place.plot.cols.origin : last])
    unknown = model._replace(values=np.where(np.arange(500)[None] < done, values, -1))
    other = unknown._replace(key=key and ("other", done))
    assert (cells_of(other, place) == cells_of(model, place)).all()


def test_the_window_is_a_band_as_wide_as_it_is() -> None:
    values = np.sin(np.arange(200) / 5)
    for start in range(0, 190, 7):
        model = a_signal(values, window=(range(1), range(start, start + 10)))
        place = placed(model, 36, 18)
        assert place.plot is not None
        cells = cells_of(model, place)
        band = np.flatnonzero((cells[place.plot.top : place.plot.top + place.plot.height, 2] != DARK.panel).all(axis=0))
        wanted = {place.plot.cols.offset(at) // 2 for at in range(start, start + 10)}
        assert set(band.tolist()) == wanted
        above = "".join(map(chr, cells[0, 0]))
        assert (above.index("┏"), above.index("┓")) == (min(wanted), max(wanted))


def test_the_current_cell_is_marked_at_its_value() -> None:
    values = np.linspace(-1, 1, 200)
    model = a_signal(values, window=(range(1), range(150, 151)), accent="cyan")
    place = placed(model, 36, 18)
    assert place.plot is not None
    cells = cells_of(model, place)
    ((y, x),) = np.argwhere(cells[:, 0] == ord("●")).tolist()
    assert cells[y, 1, x] == DARK.cyan
    assert x == place.plot.cols.offset(150) // 2
    assert y - place.plot.top == round(0.25 * (4 * place.plot.height - 1)) // 4


@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("size", PANELS)
@pytest.mark.parametrize("start", [-2, 0, 200, 492])
def test_a_click_finds_the_place(zoom: Zoom, size: tuple[int, int], start: int) -> None:
    window = range(start, start + 10)
    model = a_signal(np.arange(500.0) / 500, window=(range(1), window), padding=Padding(0, 0, 2, 2))
    place = placed(model, *size, zoom)
    seen = 0
    for at in range(500):
        if position := place.position(0, at):
            seen += 1
            found = place.cell_at(*position)
            assert found is not None
            assert at - found[1] in range(2 * place.cols.per)
    assert seen > 0
    in_view = place.cols.cells()
    if zoom != "numbers":
        assert {at for at in window if 0 <= at < 500} <= set(in_view)
    assert place.overview is None or place.overview.cols.cells() == range(500)


def test_numbers_run_from_left_to_right_below_the_line() -> None:
    values = np.arange(50) / 50
    model = a_signal(values, window=(range(1), range(20, 23)))
    place = placed(model, 40, 20, "numbers")
    assert place.strip is not None
    assert place.overview is not None
    text = [row.text for row in render_rows(model, place)]
    (line,) = [line for line in text if "0.42" in line]
    shown = [float(word) for word in line.replace("┃", " ").replace("▸", " ").split()]
    assert shown == [at / 50 for at in place.cols.cells()]
    assert legend(model, place)[1] == f"places {place.cols.first}–{place.cols.stop - 1} of 50"


def test_the_legend_says_range_and_scale() -> None:
    model = a_signal(np.zeros(500), low=-1.4, high=1.42)
    assert legend(model, placed(model, 36, 18)) == ("−1.40 … 1.42", "8 places a dot")
    assert legend(model, placed(model, 24, 13)) == ("−1.40…1.42", "1:11")


class TestFrames:
    @pytest.fixture
    def run(self) -> Session:
        layer = conv1d("conv", Sliding((5, 1), padding=Padding(3, 1, 0, 0)), 4)
        return Session(Network("net", (90, 3), (layer,), F32), random(90, 3))

    def test_a_length_runs_from_left_to_right(self, run: Session) -> None:
        run.do("jump 0 2")
        run.do("taps open")
        run.do("step 11 mac")
        source, target = input_map(run.frame), output_map(run.frame)
        assert source is not None
        assert target is not None
        assert source.line
        assert target.line
        assert source.window == (range(1), range(-3, 2))
        assert source.padding == Padding(0, 0, 3, 1)
        assert source.tap == (0, 0)
        np.testing.assert_array_equal(source.values, run.frame.input[0, :, :, 2].T)
        np.testing.assert_array_equal(target.values, run.values.natural("conv")[0][None, :, 2])
        assert target.window == (range(1), range(1))
        assert target.known is not None
        assert target.known.tolist() == [[True] + [False] * 89]
        assert source.axis == "place"

    def test_of_several_channels_the_one_on_top_is_drawn(self, run: Session) -> None:
        run.do("jump 40 2")
        top = input_channel(run.frame, None)
        terms = run.frame.step.operation.terms(run.frame.index) if run.frame.step else None
        assert terms is not None
        assert top == int(np.argmax(np.abs(terms.sum(axis=(0, 1)))))
        assert input_title(run.frame)[1][1] == f"channel {top}"
        assert input_title(run.frame, 1)[1][1] == "channel 1"

    def test_a_map_one_row_high_is_a_line_and_a_long_vector_too(self) -> None:
        session = open_session("wide")
        for model, line in ((input_map(session.frame), False), (output_map(session.frame), True)):
            assert model is not None
            assert (model.line, model.transposed) == (line, False)
        session = open_session("mnist")
        session.do("layer relu3")
        model = output_map(session.frame)
        assert model is not None
        assert model.line
        assert model.axis == "value"


@pytest.mark.parametrize(("width", "crossed"), [(31, {5, 8, 11}), (16, set())])
def test_places_that_no_window_reaches_are_crossed_out(width: int, crossed: set[int]) -> None:
    model = a_signal(np.zeros(30), unreached_cols=(4, 7, 10))
    place = placed(model, width, 10)
    assert place.plot is not None
    assert (place.plot.cols.pitch, place.plot.cols.per) == ((2, 1) if crossed else (1, 1))
    assert {int(x) for _, x in np.argwhere(cells_of(model, place)[:, 0] == ord("╳"))} == crossed


async def test_clicks_go_to_places() -> None:
    app = ConvstepApp(open_session("conv1d"))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, DebugScreen)
        screen.action_do("jump 200 3")
        screen.action_do("zoom pixel")
        await pilot.pause()
        for name, at in (("output", 196), ("input", 208)):
            place = screen.query_one(f"#{name}", MapView).map_layout
            assert isinstance(place, SignalLayout)
            position = place.position(0, at)
            assert position is not None
            await pilot.click(f"#{name}", offset=(position[0] + 1, position[1] + 1))
            await pilot.pause()
        assert screen.session.index == (0, 196, 0, 3)
        assert screen.options.marked is not None
        assert np.flatnonzero(screen.options.marked).tolist() == list(range(199, 209))


@pytest.mark.parametrize("palette", [DARK, GREY, CUBE, SIXTEEN], ids=lambda palette: palette.name)
@pytest.mark.parametrize("zoom", ZOOMS)
def test_hostile_values_and_sizes_are_drawn(palette: Palette, zoom: Zoom) -> None:
    for values in ([np.nan] * 9, [np.inf, -np.inf, 0, np.nan], [1e300, -1e300] * 40, [0.0], np.zeros(700)):
        for window in (None, (range(1), range(-2, 3)), (range(1), range(len(values), len(values) + 2))):
            for low, high in ((0.0, 0.0), (-1e300, 1e300)):
                known = np.arange(len(values))[None] < len(values) // 2
                model = a_signal(
                    values, low=low, high=high, window=window, known=known, tap=window and (0, window[1][0])
                )
                model = model._replace(padding=Padding(0, 0, 2, 2), unreached_cols=(-1, 0, len(values)), marked=known)
                for size in ((3, 3), (4, 4), (9, 5), (24, 13), (70, 40)):
                    rows = render_rows(model, placed(model, *size, zoom), palette)
                    assert [row.cell_length for row in rows] == [size[0]] * size[1]
