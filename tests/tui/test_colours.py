"""Contrast, brightness and range of every palette, in the colours that the terminal shows."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.color import Color, ColorSystem
from rich.style import Style
from textual.color import Color as TextualColor

from convstep.debugger import Frame
from convstep.opening import open_session
from convstep.tui import ConvstepApp
from convstep.tui.lines.colours import DARK, LIGHT, Colouring, Palette, palette_for
from convstep.tui.lines.rgb import LUMA, contrast, packed, unpack
from convstep.tui.lines.strips import style as style_of
from convstep.tui.lines.text import role_style
from convstep.tui.maps.model import Layout, MapModel, layout
from convstep.tui.maps.of_frame import input_map, output_map
from convstep.tui.maps.pixels import Cells, map_area, outline
from convstep.tui.maps.strips import cells_of
from convstep.tui.window.styles import WindowStyles

ANSI = [
    packed(colour)
    for colour in (
        *("#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa"),
        *("#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff"),
    )
]
"""What Rich takes the 16 colours for, by their numbers."""
TEXT, SIXTEEN_TEXT = 4.5, 4.0
SYSTEMS = (("truecolor", False), ("256", False), ("standard", False), ("truecolor", True), ("standard", True))
COVERED = {"░": 0.25, "▒": 0.5, "▓": 0.75}
COLOURINGS: tuple[Colouring, ...] = ("signed", "sequential", "grey", "red", "green", "blue")


class Terminal(NamedTuple):
    dark: bool
    system: str
    no_color: bool

    @property
    def palette(self) -> Palette:
        return palette_for(*self)

    @property
    def text(self) -> float:
        """The least contrast of text."""
        return SIXTEEN_TEXT if self.system == "standard" else TEXT

    def shows(self, colours: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Return what colours become on the terminal."""
        found, places = np.unique(colours, return_inverse=True)
        shown = [shown_on(self.system, self.no_color, colour) for colour in found.tolist()]
        return np.array(shown, np.uint32)[places].reshape(np.shape(colours))

    def contrast(self, style: Style) -> float:
        pair = []
        for colour in (style.color, style.bgcolor):
            assert colour is not None
            assert colour.triplet is not None
            pair.append(shown_on(self.system, self.no_color, packed(colour.triplet.hex)))
        return float(contrast(*pair))


@lru_cache(None)
def shown_on(system: str, no_color: bool, colour: int) -> int:
    shown = Color.from_rgb(colour >> 16, colour >> 8 & 255, colour & 255)
    if no_color:
        shown = TextualColor.from_rich_color(shown).monochrome.rich_color
    if system == "standard":
        number = shown.downgrade(ColorSystem.STANDARD).number
        assert number is not None
        return ANSI[number]
    return packed((shown.downgrade(ColorSystem.EIGHT_BIT) if system == "256" else shown).get_truecolor().hex)


TERMINALS = [Terminal(dark, "standard", no_color) for dark in (True, False) for no_color in (False, True)]
TERMINALS += [Terminal(dark, "256", no_color) for dark in (True, False) for no_color in (False, True)]
TERMINALS += [Terminal(dark, "truecolor", True) for dark in (True, False)]
FEW = [terminal for terminal in TERMINALS if terminal.system == "standard" or not terminal.no_color]


def named(terminal: Terminal) -> str:
    return f"{terminal.system}-{'light' * (not terminal.dark) or 'dark'}{'-no-color' * terminal.no_color}"


every = pytest.mark.parametrize("terminal", TERMINALS, ids=named)
few = pytest.mark.parametrize("terminal", FEW, ids=named)
coloured = pytest.mark.parametrize("terminal", [one for one in FEW if not one.no_color], ids=named)


@pytest.fixture(scope="module")
def photo() -> Frame:
    session = open_session("photo")
    session.do("jump 30 24 0")
    return session.frame


def photo_map(frame: Frame) -> tuple[MapModel, Layout]:
    model = input_map(frame)
    assert model is not None
    return model, layout(model, 70, 36)


def brightness(cells: Cells, terminal: Terminal) -> NDArray[np.float64]:
    """Return how bright each half of each character is."""
    foregrounds, grounds = (unpack(terminal.shows(cells[:, plane])) @ LUMA for plane in (1, 2))
    upper = {ord("▀"): 1.0} | {ord(glyph): part for glyph, part in COVERED.items()}
    lower = {ord(glyph): part for glyph, part in COVERED.items()}
    halves = [np.vectorize(lambda glyph, part=part: part.get(glyph, 0.0))(cells[:, 0]) for part in (upper, lower)]
    seen: NDArray[np.float64] = np.stack([part * foregrounds + (1 - part) * grounds for part in halves], axis=1)
    return seen.reshape(-1, cells.shape[2])


def visible(cells: Cells) -> NDArray[np.uint32]:
    """Return the colours that are visible."""
    return np.unique(np.concatenate([cells[:, 1][cells[:, 0] != ord(" ")], cells[:, 2].ravel()]))


class TestText:
    @every
    def test_every_role_can_be_read(self, terminal: Terminal) -> None:
        roles = ["plain", "strong", "dim", "accent", "window", "output", "positive", "negative", "error"]
        roles += ["here", "same", "valid"]
        found = {role: terminal.contrast(role_style(role, terminal.palette)) for role in roles}
        assert {role: part for role, part in found.items() if part < terminal.text} == {}

    @every
    def test_all_that_the_window_panel_writes_can_be_read(self, terminal: Terminal) -> None:
        styles = {
            name: style for name, style in vars(WindowStyles(terminal.palette)).items() if isinstance(style, Style)
        }
        found = {
            name: terminal.contrast(style) for name, style in styles.items() if name not in ("hatch", "pending", "rule")
        }
        assert len(found) > 10
        assert {name: part for name, part in found.items() if part < terminal.text} == {}

    @every
    def test_numbers_on_tinted_cells_can_be_read(self, terminal: Terminal) -> None:
        for colouring, faded in product(COLOURINGS, (False, True)):
            tints = WindowStyles(terminal.palette).tints(colouring, faded=faded)
            assert min(terminal.contrast(style_of(*tint)) for tint in tints) >= terminal.text, (colouring, faded)

    @every
    @pytest.mark.parametrize("colouring", [*COLOURINGS, "rgb"])
    def test_numbers_of_a_map_can_be_read(self, terminal: Terminal, colouring: Colouring) -> None:
        values = np.linspace(-1 if colouring == "signed" else 0, 1, 40).reshape(5, 8)
        values[0, :3] = np.nan, np.inf, -np.inf
        if colouring == "rgb":
            values = np.stack([values, values**2, 1 - values], axis=-1)
        window = (range(1, 4), range(2, 6))
        with np.errstate(over="ignore"):
            model = MapModel(values, colouring, float(np.nanmin(values[1:])), 1.0, window=window)
            cells = cells_of(model, layout(model, 60, 30, "numbers"), terminal.palette)
        digits = np.isin(cells[:, 0], [ord(glyph) for glyph in "0123456789.−NaN∞"])
        assert digits.sum() > 100
        found = contrast(terminal.shows(cells[:, 1][digits]), terminal.shows(cells[:, 2][digits]))
        assert found.min() >= terminal.text

    @every
    def test_what_is_below_0_and_above_stands_out_as_much(self, terminal: Terminal) -> None:
        negative, positive = (
            terminal.contrast(role_style(role, terminal.palette)) for role in ("negative", "positive")
        )
        assert max(negative, positive) / min(negative, positive) < 2.5


class TestColours:
    @few
    def test_named_colours_are_the_terminals_own(self, terminal: Terminal) -> None:
        palette = terminal.palette
        colours = np.array(
            [
                *(palette.panel, palette.text, palette.muted, palette.mark, palette.amber, palette.cyan),
                *(*palette.hatch, *palette.pending, *palette.nonfinite),
            ],
            np.uint32,
        )
        apart = np.abs(unpack(terminal.shows(colours)).astype(int) - unpack(colours))
        assert apart.max() <= (0 if terminal.system == "standard" else 7)

    def test_the_terminal_decides_on_the_palette(self) -> None:
        assert palette_for() is DARK
        assert palette_for(dark=False) is LIGHT
        assert palette_for(colour_system=None, no_color=True) is palette_for(no_color=True)
        kinds = [palette_for(dark, system, no_color) for dark in (True, False) for system, no_color in SYSTEMS]
        assert len({palette.name for palette in kinds}) == len(set(kinds)) == len(kinds)
        for dark in (True, False):
            grounds = [palette_for(dark, system, no_color).panel for system, no_color in SYSTEMS]
            assert all((sum(unpack(ground).tolist()) < 300) is dark for ground in grounds)


class TestPictures:
    @few
    def test_a_photograph_is_as_bright_as_it_is_in_all_colours(self, terminal: Terminal, photo: Frame) -> None:
        model, place = photo_map(photo)
        model = model._replace(window=None)
        dim = terminal.palette.dimmed[0]
        panel = unpack(terminal.palette.panel) @ LUMA
        expected = (np.rint(model.values * 255) @ LUMA) * (1 - dim) + panel * dim
        seen = brightness(cells_of(model, place, terminal.palette), terminal)[map_area(place)]
        assert seen.shape == expected.shape
        assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.88
        blocks = (seen - expected)[:64, :64].reshape(16, 4, 16, 4).mean(axis=(1, 3))
        assert np.abs(blocks).max() < 16
        assert np.abs(blocks).mean() < 6

    @few
    @pytest.mark.parametrize("colouring", COLOURINGS)
    def test_a_scale_has_many_shades(self, terminal: Terminal, colouring: Colouring) -> None:
        values = np.linspace(-1 if colouring == "signed" else 0, 1, 60).repeat(4).reshape(60, 4).T
        model = MapModel(values, colouring, float(values.min()), 1.0)
        cells = cells_of(model, layout(model, 70, 34), terminal.palette)
        shown = np.stack([cells[:, 0], *(terminal.shows(cells[:, plane]) for plane in (1, 2))])
        assert len(np.unique(shown.reshape(3, -1), axis=1).T) > 5

    @few
    def test_a_picture_has_only_the_terminals_own_colours(self, terminal: Terminal, photo: Frame) -> None:
        for model in (input_map(photo), output_map(photo)):
            assert model is not None
            colours = visible(cells_of(model, layout(model, 70, 34), terminal.palette))
            apart = np.abs(unpack(terminal.shows(colours)).astype(int) - unpack(colours))
            assert apart.max() <= (0 if terminal.system == "standard" else 7)

    @few
    def test_a_picture_stays_as_it_is_while_the_window_moves_over_it(self, terminal: Terminal, photo: Frame) -> None:
        model, place = photo_map(photo)
        assert place.whole
        assert model.window is not None
        before = cells_of(model, place, terminal.palette)
        np.testing.assert_array_equal(cells_of(model._replace(key=None), place, terminal.palette), before)
        moved = model._replace(window=(model.window[0], range(40, 44)))
        after = cells_of(moved, place, terminal.palette)
        touched = np.zeros(before.shape[2], bool)
        for one in (model, moved):
            touched |= outline(one, place).any(axis=0)
            assert one.window is not None
            places = place.cols.offsets(one.window[1])
            touched[places.start : places.stop] = True
        np.testing.assert_array_equal(before[2:, :, ~touched], after[2:, :, ~touched])

    @every
    def test_the_outlines_stand_out(self, terminal: Terminal, photo: Frame) -> None:
        for model in (input_map(photo), output_map(photo)):
            assert model is not None
            place = layout(model, 70, 34)
            cells = cells_of(model, place, terminal.palette)
            pixels = np.where(cells[:, 0] == ord("▀"), cells[:, 1], cells[:, 2])
            halves = np.stack([pixels, cells[:, 2]], axis=1).reshape(-1, cells.shape[2])
            accent = terminal.palette.accent(model.accent)
            ring = outline(model, place)
            assert (halves[ring] == accent).all()
            if not terminal.no_color:
                assert not (terminal.shows(halves[~ring]) == terminal.shows(np.array(accent, np.uint32))).any()
            around = np.zeros_like(ring)
            ys, xs = np.nonzero(ring)
            around[ys.min() - 2 : ys.max() + 3, xs.min() - 2 : xs.max() + 3] = True
            around[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1] = False
            light = brightness(cells, terminal)[around]
            assert np.abs(light - unpack(terminal.shows(np.array(accent, np.uint32))) @ LUMA).mean() > 35

    @every
    def test_padding_and_cells_to_come_are_told_from_pictures_without_colour(
        self, terminal: Terminal, photo: Frame
    ) -> None:
        model, place = photo_map(photo)
        cells = cells_of(model, place, terminal.palette)
        rows, cols = map_area(place)
        strokes = terminal.shows(np.array(terminal.palette.hatch, np.uint32))
        assert strokes[0] != strokes[1]
        above = cells[rows.start // 2 - 1, :, cols]
        assert len({(int(one), int(two)) for one, two in above[1:].T}) > 1
        output = output_map(photo)
        assert output is not None
        there = layout(output, 70, 34)
        drawn = cells_of(output, there, terminal.palette)
        assert (drawn[-3, 0, there.cols.origin : there.cols.end] == ord("·")).all()
        assert contrast(*terminal.shows(np.array(terminal.palette.pending, np.uint32))) > 2

    @every
    def test_a_mark_is_seen_on_every_value(self, terminal: Terminal) -> None:
        values = np.linspace(-1, 1, 400).reshape(20, 20)
        model = MapModel(values, "signed", -1, 1, marked=np.ones((20, 20), bool))
        cells = cells_of(model, layout(model, 40, 30), terminal.palette)
        notches = np.isin(cells[:, 0], [ord(glyph) for glyph in "▌▘▖"])
        assert notches.sum() >= 200
        found = contrast(terminal.shows(cells[:, 1][notches]), terminal.shows(cells[:, 2][notches]))
        assert found.min() > (1.7 if terminal.system == "256" else 1.9)

    @coloured
    def test_what_is_not_finite_sticks_out(self, terminal: Terminal) -> None:
        values = np.linspace(-1, 1, 400).reshape(20, 20)
        values[5:15, 5:15] = np.nan
        model = MapModel(values, "signed", -1, 1)
        place = layout(model, 40, 30)
        cells = cells_of(model, place, terminal.palette)
        ys, xs = (
            slice(span.offset(6) // per, span.offset(14) // per) for span, per in ((place.rows, 2), (place.cols, 1))
        )
        middle = cells[ys, :, xs].transpose(1, 0, 2).reshape(3, -1)
        assert len(np.unique(middle, axis=1).T) == 1
        assert not (cells[:3].transpose(0, 2, 1) == middle[:, 0]).all(axis=-1).any()


@pytest.mark.parametrize("system", ["standard", "256"])
async def test_the_theme_goes_to_and_fro(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", system)
    app = ConvstepApp(open_session("tiny"))
    async with app.run_test() as pilot:
        seen = []
        for _ in range(3):
            await pilot.press("t")
            seen.append(app.theme)
    assert seen == ["convstep-light", "convstep-dark", "convstep-light"]
