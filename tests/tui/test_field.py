"""The screen of what a neuron sees: its text and its small maps without an app, its keys with one."""

from __future__ import annotations

from itertools import product

import nets
import numpy as np
import pytest
from rich.color import Color
from textual.strip import Strip

from convstep.answers.seen import Marked
from convstep.debugger import Session
from convstep.debugger.marks import later_counts
from convstep.engine.steps import Array
from convstep.layers import grid
from convstep.opening import open_session
from convstep.spec.samples import bundled
from convstep.tui import ConvstepApp
from convstep.tui.lines.canvas import Mask, ViewOptions
from convstep.tui.lines.colours import DARK
from convstep.tui.lines.scale import Scale
from convstep.tui.lines.text import centred_range
from convstep.tui.maps.chain import draw_small_map, small_map
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.screens.field import (
    FieldScreen,
    FieldView,
    Tiling,
    field_of,
    jump_line,
    table_lines,
    table_rows,
    tiling,
)

SIZES = [(76, 22), (116, 34), (196, 58), (56, 16), (10, 3)]
GREY = Scale("grey", 0, 1)


def at(line: str, spec: str = "photo") -> Session:
    session = open_session(spec)
    session.begin()
    session.do(line)
    return session


def view(session: Session, width: int, height: int, **options: object) -> list[str]:
    shown = FieldView(session, field_of(session, **options), ViewOptions())  # type: ignore[arg-type]
    return [strip.text for strip in shown.draw(width, height)]


def test_it_is_drawn_of_the_net_that_it_is_about_when_another_comes() -> None:
    """Keys that come at once may change the net before the screen is closed."""
    for before, then in (("valid", "same"), ("same", "valid")):
        session = at(f"padding {before} all", "mnist")
        session.do("layer pool2")
        shown = FieldView(session, field_of(session), ViewOptions())
        drawn = [strip.text for strip in shown.draw(116, 34)]
        session.do(f"padding {then} all")
        session.values.output("pool2")
        assert [strip.text for strip in shown.draw(116, 34)] == drawn


# Text


def test_every_layer_has_a_line_of_numbers() -> None:
    heads, *rows = table_rows(field_of(at("jump pool2 0 0 3")))
    assert heads == ("", "layer", "output", "places", "rows", "cols", "with padding", "jump")
    assert [row[:2] for row in rows] == [
        *(("sees", name) for name in ("input", "conv1", "relu1", "pool1", "conv2", "relu2")),
        ("neuron", "pool2"),
        ("seen by", "flatten"),
        ("seen by", "fc"),
    ]
    assert rows[0] == ("sees", "input", "64×64×3", "1,764 of 4,096", "0–41", "0–41", "−1 to 41", "32")
    assert rows[7] == ("seen by", "flatten", "64", "1 of 64", "value 3", "", "", "")


def test_it_says_what_is_seen_and_by_whom() -> None:
    field = field_of(at("jump pool2 1 1 3"))
    assert field.name == "neuron (1, 1, 3) of pool2"
    assert field.sentences == [
        "sees rows 31–63 and cols 31–63 of the input: 1,089 of 4,096 pixels",
        "seen by 1 of 64 neurons of flatten, and by 6 of 6 of fc",
    ]


def test_a_pixel_is_seen_by_later_layers() -> None:
    field = field_of(at("layer conv1"), ("input", (5, 7)))
    assert (field.name, field.own) == ("pixel (5, 7) of the input", 0)
    assert field.sentences == ["seen by 128 of 32,768 neurons of conv1, and by 6 of 6 of fc"]
    assert table_rows(field)[1][:2] == ("place", "input")
    place = field_of(at("layer conv2"), ("pool1", (3, 3)))
    assert (place.name, place.own, len(place.layers)) == ("place (3, 3) of pool1", 0, 6)


def test_winners_are_fewer() -> None:
    session = at("jump pool2 0 0 3")
    won = {each.layer: each for each in field_of(session, winners=True).layers}
    assert won["relu2"].count == 1
    assert won["pool1"].count <= 4
    row, col = (along[0] for along in won["relu2"].box)
    assert session.frame.step is not None
    assert session.frame.step.argmax == (0, row, col, 3)
    assert table_rows(field_of(session, winners=True))[1][0] == "from"


def test_equal_counts_are_told_together() -> None:
    layers = field_of(at("layer conv1"), ("input", (5, 7))).layers[2:]
    assert later_counts(layers) == "relu1 16, pool1 to relu2 2, pool2 1, flatten 16, fc 6"


def test_the_table_keeps_the_chosen_row_in_view_and_drops_what_does_not_fit() -> None:
    field = field_of(at("jump pool2 0 0 3"))
    for chosen, height in product(range(9), range(2, 12)):
        texts = ["".join(text for text, _ in parts) for parts in table_lines(field, chosen, 100, height)]
        assert len(texts) <= height
        assert [text for text in texts if text.startswith("▸")] == [
            text for text in texts if f" {field.layers[chosen].layer} " in text
        ]
    assert "64×64×8" in str(table_lines(field, 1, 100, 10))
    assert "64×64×8" not in str(table_lines(field, 1, 60, 10))


def test_rows_out_of_view_are_marked_and_no_heading_is_cut() -> None:
    session = open_session("mnist")
    session.do("jump conv2 5 6 3")
    field = field_of(session)
    lines = ["".join(text for text, _ in parts) for parts in table_lines(field, field.own, 60, 6)]
    assert [line[0] for line in lines] == [" ", "┊", " ", "▸", " ", "┊"]
    whole = ["".join(text for text, _ in parts) for parts in table_lines(field, 0, 60, 20)]
    assert not any(line.startswith("┊") for line in whole)
    session.do("jump softmax 3")
    field = field_of(session)
    for width in range(52, 80):
        for parts in table_lines(field, 2, width, 8)[:1]:
            words = {"layer", "output", "places", "rows", "cols", "with", "padding", "jump"}
            assert set("".join(text for text, _ in parts)[:width].split()) <= words


def test_the_rows_of_a_signal_are_not_called_rows() -> None:
    assert "at" in table_rows(field_of(open_session("conv1d")))[0]
    assert "rows" in table_rows(field_of(open_session("residual")))[0]


@pytest.mark.parametrize(("chosen", "count", "room"), [(0, 9, 4), (8, 9, 4), (4, 9, 4), (2, 3, 10)])
def test_the_chosen_one_is_among_those_shown(chosen: int, count: int, room: int) -> None:
    shown = centred_range(chosen, room, count)
    assert chosen in shown
    assert len(shown) == min(count, room)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("count", [1, 2, 9, 13, 60])
def test_tiles_stay_in_their_room(count: int, width: int, height: int) -> None:
    tiles = tiling(count, width, height)
    if tiles is not None:
        assert tiles.rows * tiles.height <= height
        assert tiles.cols * (tiles.width + 2) - 2 <= width


def test_tiles_are_as_large_as_possible() -> None:
    assert tiling(9, 196, 44) == Tiling(2, 5, 37, 22)
    assert tiling(3, 76, 5) is None
    assert tiling(2, 76, 12, stacked=True) == Tiling(2, 1, 76, 6)


SAMPLES = list(bundled())
PAIRS = [(name, *size) for n, name in enumerate(SAMPLES) for size in (SIZES[n % 5], SIZES[(n + n // 5 + 1) % 5])]
"""Every sample at two sizes, and every size with several samples."""


@pytest.mark.parametrize(("sample", "width", "height"), PAIRS)
def test_every_layer_of_every_sample_is_shown(sample: str, width: int, height: int) -> None:
    session = open_session(sample)
    session.begin()
    for name in session.network.names:
        session.do(f"layer {name}")
        session.do("jump end")
        for winners in (False, True):
            shown = FieldView(session, field_of(session, winners=winners), ViewOptions())
            strips = shown.draw(width, height)
            assert len(strips) <= height
            assert {strip.cell_length for strip in strips} == {width}
    if height >= 22:
        assert any(f"▸ {session.network.names[-1][:8]}" in strip.text for strip in strips)


# Small maps


def colours(strips: list[Strip]) -> list[list[tuple[int, int]]]:
    """The colours of every character, upper and lower half."""
    rows = []
    for strip in strips:
        rows.append(list[tuple[int, int]]())
        for text, style, _ in strip:
            assert style is not None
            lower = packed(style.bgcolor)
            rows[-1] += [(packed(style.color) if glyph == "▀" else lower, lower) for glyph in text]
    return rows


def packed(colour: Color | None) -> int:
    assert colour is not None
    red, green, blue = colour.get_truecolor()
    return red << 16 | green << 8 | blue


def drawn(where: Mask, values: Array | None, width: int = 12, height: int = 6) -> list[Strip]:
    marked = Marked("a", (*where.shape, 1), where[:, :, None])
    return draw_small_map(small_map(marked, values, 0, GREY, "amber"), width, height, DARK)


def test_marked_places_are_lit_and_outlined_and_others_darkened() -> None:
    everything, some = np.ones((4, 4), bool), np.zeros((4, 4), bool)
    some[0, 0] = some[0, 2] = True  # a gap between them
    values = np.full((4, 4, 1), 0.8)
    lit = {pair for row in colours(drawn(everything, values)) for pair in row}
    found = {half for row in colours(drawn(some, values)) for pair in row for half in pair}
    (bright,) = {half for pair in lit for half in pair} - {DARK.panel, DARK.amber}
    assert found - {DARK.panel, DARK.amber, bright}  # the darkened colour
    flat = [half for row in colours(drawn(some, values)) for pair in zip(*row, strict=True) for half in pair]
    assert flat.count(bright) == 8  # two places of 2×2 pixels
    assert DARK.amber in found


def test_values_that_are_not_computed_are_an_empty_box_with_the_outline() -> None:
    some = np.zeros((4, 4), bool)
    some[1:3, 1:3] = True
    strips = drawn(some, None)
    assert any("·" in strip.text for strip in strips)
    assert DARK.amber in {half for row in colours(strips) for pair in row for half in pair}


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (2, 2), (8, 8), (3, 20), (20, 3), (64, 64), (1, 1)])
@pytest.mark.parametrize(("width", "height"), [(12, 6), (13, 5), (20, 9), (41, 19)])
def test_an_outline_around_everything_is_closed(shape: tuple[int, int], width: int, height: int) -> None:
    pixels = np.array(colours(drawn(np.ones(shape, bool), np.ones((*shape, 1)), width, height)))
    amber = pixels.swapaxes(1, 2).reshape(2 * height, width) == DARK.amber
    rows, cols = np.flatnonzero(amber.any(1)), np.flatnonzero(amber.any(0))
    top, bottom, left, right = rows[0], rows[-1], cols[0], cols[-1]
    assert amber[top, left : right + 1].all()
    assert amber[bottom, left : right + 1].all()
    assert amber[top : bottom + 1, [left, right]].all()
    assert not amber[top + 1 : bottom, left + 1 : right].any()
    assert bottom - top >= 2


def test_nothing_marked_has_no_outline() -> None:
    strips = drawn(np.zeros((4, 4), bool), np.ones((4, 4, 1)))
    assert DARK.amber not in {half for row in colours(strips) for pair in row for half in pair}


def test_later_layers_are_not_computed_for_it() -> None:
    session = at("jump conv1 0 0 3")
    before = {name for name in session.network.names if session.values.is_known(name)}
    view(session, 116, 34)
    assert {name for name in session.network.names if session.values.is_known(name)} == before
    assert "fc" not in before


# Going there


def test_a_jump_goes_to_a_place_that_is_seen() -> None:
    session = at("jump pool2 1 1 3")
    field = field_of(session)
    assert jump_line(field.layers[0], session) == ""
    for marked in field.layers[1:]:
        line = jump_line(marked, session)
        session.do(line)
        _, h, w, c = session.index
        assert session.layer == marked.layer
        assert np.broadcast_to(marked.mask, grid(marked.shape))[h, w, c]


def test_a_jump_stays_at_the_example() -> None:
    session = Session(nets.branching(), nets.x(3, 5, 4, 2))
    session.do("jump fc 2 0 0 1")
    for marked in field_of(session).layers[1:]:
        session.do(jump_line(marked, session))
        assert (session.layer, session.index[0]) == (marked.layer, 2)


def test_the_example_s_values_win() -> None:
    session = Session(nets.branching(), nets.x(3, 5, 4, 2))
    session.do("jump pool1 2 2 1 3")
    won = next(each for each in field_of(session, winners=True).layers if each.layer == "conv1")
    assert session.frame.step is not None
    assert [(2, *place) for place in np.argwhere(won.mask).tolist()] == [session.frame.step.argmax]


def test_a_jump_goes_to_a_channel_that_is_seen() -> None:
    mask = np.zeros((3, 4, 6), bool)
    mask[1, 2, 4] = True
    session = Session(nets.branching(), nets.x(1, 5, 4, 2))
    assert jump_line(Marked("conv1", (3, 4, 6), mask), session) == "jump conv1 0 1 2 4"


# Keys


async def test_the_key_and_the_line_open_it_and_keys_choose_and_go() -> None:
    app = ConvstepApp(at("jump pool2 0 0 3"))
    async with app.run_test(size=(120, 36)) as pilot:
        for way in ("key", "line"):
            if way == "key":
                await pilot.press("m")
            else:
                assert isinstance(app.screen, DebugScreen)
                app.screen.action_do("map")
            await pilot.pause()
            screen = app.screen
            assert isinstance(screen, FieldScreen)
            shown = screen.query_one(FieldView)
            assert (shown.field.layer, shown.field.place, shown.chosen) == ("pool2", (0, 0, 3), 6)
            await pilot.press("m")
            await pilot.pause()
        await pilot.press("m", "left", "up", "right")
        shown = app.screen.query_one(FieldView)
        assert shown.field.layers[shown.chosen].layer == "relu2"
        await pilot.press("w")
        assert shown.field.winners
        assert shown.field.layers[5].count == 1
        await pilot.press("w", "home", "left", "enter")
        assert isinstance(app.screen, FieldScreen)  # the input is no layer to go to
        await pilot.press("right", "enter")
        await pilot.pause()
        assert isinstance(app.screen, DebugScreen)
        session = app.screen.session
        assert session.layer == "conv1"
        assert session.index[1:3] in {(row, col) for row in (19, 20) for col in (19, 20)}


async def test_a_mark_is_followed_and_a_click_goes_there() -> None:
    app = ConvstepApp(at("layer conv1"))
    async with app.run_test(size=(120, 36)) as pilot:
        assert isinstance(app.screen, DebugScreen)
        app.screen.action_do("mark 5 7")
        assert app.screen.message.text == (
            "16 neurons of each map see row 5, column 7; later relu1 16, pool1 to relu2 2, pool2 1, flatten 16, fc 6"
        )
        await pilot.press("m")
        await pilot.pause()
        shown = app.screen.query_one(FieldView)
        assert (shown.field.layer, shown.field.place, shown.chosen) == ("input", (5, 7), 0)
        await pilot.press("w")  # nothing: a pixel has no winners
        assert not shown.field.winners
        line = next(y for y, strip in enumerate(shown.draw(*shown.size)) if "conv1 ─" in strip.text)
        x = shown.draw(*shown.size)[line].text.index("conv1 ─")
        await pilot.click(FieldView, offset=(x + shown.styles.gutter.left, line + shown.styles.gutter.top))
        await pilot.pause()
        assert isinstance(app.screen, DebugScreen)
        assert app.screen.session.layer == "conv1"
        assert app.screen.session.index[1:3] in {(row, col) for row in range(3, 7) for col in range(5, 9)}
        app.screen.action_do("map")
        await pilot.pause()
        assert app.screen.query_one(FieldView).field.is_neuron  # the mark is gone with the step


async def test_padding_has_no_later_neurons() -> None:
    app = ConvstepApp(at("layer conv1"))
    async with app.run_test(size=(120, 36)):
        assert isinstance(app.screen, DebugScreen)
        app.screen.action_do("mark -1 7")
        assert app.screen.message.text == "4 neurons of each map see row -1, column 7"
