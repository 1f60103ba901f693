"""The screens of contributions, shapes and paddings: their text without an app, their keys with one."""

from __future__ import annotations

import re
from collections.abc import Iterable

import nets
import numpy as np
import pytest

from convstep.answers.contributions import origin_of
from convstep.answers.paddings import compare_paddings
from convstep.answers.shapes import shapes
from convstep.debugger import Session
from convstep.engine.geometry import Padding, Sliding
from convstep.errors import ConvstepError
from convstep.network import Network
from convstep.opening import open_session
from convstep.spec.samples import bundled
from convstep.tui import ConvstepApp
from convstep.tui.lines.canvas import VerbRequested
from convstep.tui.lines.text import Part, width_of
from convstep.tui.maps.model import Layout
from convstep.tui.maps.widgets import InputMap, OutputMap
from convstep.tui.screens.contributions import (
    ContributionsScreen,
    ContributionsView,
    Trail,
    Value,
    page_lines,
    page_of,
    readers,
    uncomputed,
)
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.screens.paddings import PaddingsScreen, frames_of, lockstep_of, shift_text, side_lines
from convstep.tui.screens.shapes import ShapesScreen, Sizes, SizesView, size_lines
from convstep.tui.window.panel import WindowPanel

SIZES = [(72, 20), (94, 30), (96, 34), (40, 10), (10, 3)]
NAMES = list(bundled())


def at(line: str, spec: str) -> Session:
    session = open_session(spec)
    session.begin()
    session.do(line)
    return session


def texts(lines: Iterable[list[Part]]) -> list[str]:
    return ["".join(text for text, _ in parts).rstrip() for parts in lines]


class TestContributions:
    def test_a_page_names_the_largest_with_their_shares(self) -> None:
        session = at("jump dense2 2", "mnist")
        page = page_of(session.values, Trail((Value("dense2", (2,)),)), 0)
        found = origin_of(session.values, "dense2", (2,))
        first, empty, largest, *_ = texts(page_lines(page, 90, 20))
        assert (first, empty) == ("dense2[2] = 1.497 comes from", "")
        assert largest.startswith("▸ +0.1348   9.0%  relu3[779]")
        assert largest.endswith("1.825 × 0.0739")
        assert page.parts == found.largest
        assert texts(page_lines(page, 90, 20))[-2].split()[-2:] == [f"{found.others:,}", "others"]

    def test_the_way_leads_back_to_a_pixel(self) -> None:
        session = at("jump fc 3", "course")
        trail = Trail((Value("fc", (3,)),))
        names = []
        for _ in range(9):
            page = page_of(session.values, trail, 0)
            names.append(trail.last.layer)
            if not page.parts:
                break
            trail = trail.follow(page.parts[page.chosen])
        assert names == ["fc", "pool2", "relu2", "conv2", "pool1", "relu1", "conv1", "input"]
        assert page.note == "a value of the net's input: nothing comes before it"
        assert texts(page_lines(page, 60, 20))[0].startswith("… → ")
        assert trail.back().back().last.layer == "relu1"

    async def test_only_keys_that_do_something_are_offered(self) -> None:
        app = ConvstepApp(at("jump conv1 3 3 0", "course"))
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("w")
            view = app.screen.query_one(ContributionsView)
            assert view.border_subtitle == "↑↓ choose · → follow · ⇥ where it goes · g go · esc"
            await pilot.press("right")
            assert view.border_subtitle == "← back · ⇥ where it goes · esc"

    def test_the_first_value_stays(self) -> None:
        assert Trail((Value("fc", (3,)),)).back().last == Value("fc", (3,))

    def test_forward_it_says_what_the_value_adds_to(self) -> None:
        session = at("jump pool2 1 0 3", "course")
        session.values.output("fc")
        page = page_of(session.values, Trail((Value("pool2", (1, 0, 3)),), forward=True), 0)
        assert {part.layer for part in page.parts} == {"fc"}
        assert "adds most to" in texts(page_lines(page, 80, 20))[0]
        last = page_of(session.values, Trail((Value("fc", (3,)),), forward=True), 0)
        assert last.note == "no neuron takes it"

    def test_a_layer_that_takes_long_is_not_computed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        session = at("layer conv1", "mnist")
        assert readers(session.network, "pool2") == ["flatten", "dense1"]
        monkeypatch.setattr("convstep.tui.screens.contributions.QUICK_MACS", 1000)
        assert uncomputed(session.values, "pool1") == "conv2"
        page = page_of(session.values, Trail((Value("pool1", (0, 0, 0)),), forward=True), 0)
        assert page.note.startswith("conv2 is not computed yet")
        assert not session.values.is_known("conv2")

    @pytest.mark.parametrize("name", NAMES)
    def test_every_layer_at_every_size(self, name: str) -> None:
        session = open_session(name)
        for layer in session.network.names:
            session.do(f"layer {layer}")
            page = page_of(session.values, Trail((_here(session),)), 0)
            for width, height in SIZES:
                lines = page_lines(page, width, height)
                assert len(lines) <= height
                assert all(width_of(parts) <= width for parts in lines)

    async def test_its_keys(self) -> None:
        session = at("jump dense2 2", "mnist")
        app = ConvstepApp(session)
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.press("w")
            screen = app.screen
            assert isinstance(screen, ContributionsScreen)
            view = screen.query_one(ContributionsView)
            await pilot.press("down", "right")
            assert view.page.trail.last == Value("relu3", (223,))
            await pilot.press("right", "right")
            assert view.page.trail.last.layer == "pool2"
            await pilot.press("left")
            assert view.page.trail.last == Value("dense1", (223,))
            await pilot.press("tab")
            assert view.page.trail.forward
            await pilot.press("tab", "g")
            assert isinstance(app.screen, DebugScreen)
            assert (session.layer, session.index) == ("dense1", (0, 0, 0, 223))

    async def test_a_click_follows(self) -> None:
        app = ConvstepApp(at("jump dense2 2", "mnist"))
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.press("w")
            view = app.screen.query_one(ContributionsView)
            await pilot.click(view, offset=(8, 2 + 2 + 2))
            assert view.page.trail.last == Value("relu3", (1003,))

    async def test_clicks_in_quick_succession_do_no_harm(self) -> None:
        app = ConvstepApp(at("jump relu3 2", "mnist"))
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.press("w")
            screen = app.screen
            view = screen.query_one(ContributionsView)
            for line in ("follow 0", "follow 11", "follow 11", "follow 99"):
                view.post_message(VerbRequested(line))
            await pilot.pause()
            assert app.screen is screen


def _here(session: Session) -> Value:
    _, h, w, c = session.index
    axes = len(session.network.shape_of(session.layer))
    return Value(session.layer, {3: (h, w, c), 2: (h, c)}.get(axes, (c,)))


class TestShapes:
    def test_columns_are_left_out_before_numbers_are_cut(self) -> None:
        for name in NAMES:
            network = open_session(name).network
            for width in (52, 60, 72, 94):
                lines = texts(size_lines(Sizes(network, shapes(network), 0), width, 40))
                assert not any("…" in line for line in lines), (name, width, lines)

    def test_the_chosen_layer_is_told_in_sentences(self) -> None:
        network = open_session("course").network
        lines = texts(size_lines(Sizes(network, shapes(network), 0), 94, 30))
        assert lines[2].startswith("▸ conv1    64×64×8  1 2 1 2   32,768         392  1,572,864  4×4")
        assert "⌊(64 + 1 + 2 − 4)/1⌋ + 1 = 64" in lines
        assert "padding 1 above, 2 below, 1 left, 2 right" in lines
        assert "32,768 neurons, each with 48 weights and a bias: 1,572,864 multiply-accumulates" in lines
        assert "402,685,952 as a dense layer between the same input and output" in lines

    def test_paddings_side_by_side(self) -> None:
        network = open_session("mnist").network
        sizes = Sizes(network, shapes(network), 3, compare_paddings(network))
        wide, narrow = texts(size_lines(sizes, 94, 30)), texts(size_lines(sizes, 70, 30))
        assert wide[5].replace("  ", " ").startswith("▸ conv2")
        assert "14×14×64 (2 2 2 2)  14×14×64 (2 2 2 2)  8×8×64      14×14×64 (2 2 2 2)" in wide[5]
        assert narrow[5].split() == ["▸", "conv2", "14×14×64", "14×14×64", "8×8×64", "14×14×64"]
        assert "  VALID: 4·4·64 = 1,024 arrive, which does not fit" in wide

    @pytest.mark.parametrize("name", NAMES)
    def test_every_layer_at_every_size(self, name: str) -> None:
        network = open_session(name).network
        rows, columns = shapes(network), compare_paddings(network)
        for chosen in range(len(rows)):
            for width, height in SIZES:
                for sizes in (Sizes(network, rows, chosen), Sizes(network, rows, chosen, columns)):
                    lines = size_lines(sizes, width, height)
                    assert len(lines) <= height
                    assert any(text.startswith("▸ ") for text in texts(lines))

    def test_a_net_that_cannot_run_says_why(self) -> None:
        session = open_session("mnist")
        session.do("padding valid all")
        rows = shapes(session.network)
        lines = texts(size_lines(Sizes(session.network, rows, 7), 94, 30))
        assert any("its weights were made for 3136 inputs" in text for text in lines)

    async def test_its_keys(self) -> None:
        session = at("layer conv1", "mnist")
        app = ConvstepApp(session)
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.press("i")
            assert isinstance(app.screen, ShapesScreen)
            view = app.screen.query_one(SizesView)
            await pilot.press("down", "down", "c")
            assert view.sizes.columns is not None
            await pilot.press("enter")
            assert session.layer == "pool1"
            await pilot.press("i")
            await pilot.click(app.screen.query_one(SizesView), offset=(8, 2 + 6))
            assert session.layer == "relu2"


class TestPaddings:
    def test_the_same_neuron_looks_at_another_place(self) -> None:
        state = lockstep_of(at("jump conv1 0 9 1", "mnist"))
        assert [side.name for side in state.choices] == ["SAME", "VALID"]
        assert shift_text(state) == "neuron (0, 9, 1): with SAME 2 rows further up, 2 columns further left"
        left, right = frames_of(state, 2)
        assert left is not None
        assert right is not None
        assert left.step is not None
        assert right.step is not None
        assert (left.step.rows, right.step.rows) == (range(-2, 3), range(5))
        assert left.step.cols.start + 2 == right.step.cols.start == 9
        assert texts(side_lines(state, 0)) == ["SAME  2 on every side", "output 28×28×32, 10 of 25 in padding"]
        assert texts(side_lines(state, 1)) == ["VALID  no padding", "output 24×24×32, all inside"]

    def test_it_goes_as_far_as_the_larger_output(self) -> None:
        state = lockstep_of(at("jump conv1 0 9 1", "mnist")).move(99, 99)
        assert state.neuron == (0, 27, 27, 1)
        assert frames_of(state, 2)[1] is None
        assert texts(side_lines(state, 1))[1] == "output 24×24×32: no neuron (27, 27, 1)"
        assert state.next(1) == state
        assert state.next(-1).neuron == (0, 27, 26, 1)
        assert state.move(0, -99).next(-1).neuron == (0, 26, 27, 1)
        assert state.filter(-2).neuron == (0, 27, 27, 31)

    def test_an_even_window_has_three_paddings(self) -> None:
        state = lockstep_of(at("jump conv1 9 9 0", "photo"))
        assert [(side.name, side.padding) for side in state.choices] == [
            ("SAME", Padding(1, 2, 1, 2)),
            ("VALID", Padding(0, 0, 0, 0)),
            ("p = (f − 1)//2", Padding(1, 1, 1, 1)),
        ]
        other = state.other(right=True)
        assert other.sides[1].name == "p = (f − 1)//2"
        assert shift_text(other).endswith("the window lies where it lies with p = (f − 1)//2")
        assert other.other(right=True).sides[1].name == "VALID"
        assert state.other(right=False).sides[0].name == "p = (f − 1)//2"

    def test_along_a_length_places_have_one_number(self) -> None:
        state = lockstep_of(at("jump conv1d 400 3", "conv1d"))
        assert shift_text(state) == "neuron (400, 3): with VALID 4 places further right"

    def test_the_values_are_those_of_the_net_with_that_padding(self) -> None:
        session = at("jump conv2 3 4 5", "mnist")
        _, right = frames_of(lockstep_of(session), 2)
        session.do("padding valid")
        assert right is not None
        assert float(right.value) == float(session.frame.value)  # type: ignore[arg-type]

    def test_other_layers_are_refused(self) -> None:
        with pytest.raises(ConvstepError, match="relu1 has no padding"):
            lockstep_of(at("layer relu1", "mnist"))
        with pytest.raises(ConvstepError, match="all add nothing to pool1"):
            lockstep_of(at("layer pool1", "mnist"))

    @pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60), (20, 8)])
    async def test_its_keys(self, size: tuple[int, int]) -> None:
        session = at("jump conv1 9 9 0", "photo")
        app = ConvstepApp(session)
        async with app.run_test(size=size) as pilot:
            await pilot.press("v")
            screen = app.screen
            assert isinstance(screen, PaddingsScreen)
            await pilot.press("right", "down", "space", "right_square_bracket", "s")
            assert screen.state.neuron == (0, 10, 11, 1)
            assert screen.state.sides[1].name == "p = (f − 1)//2"
            await pilot.press("enter")
            assert session.index == (0, 10, 11, 1)

    async def test_a_key_where_there_is_none_says_so(self) -> None:
        session = at("layer pool1", "mnist")
        app = ConvstepApp(session)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("v")
            assert isinstance(app.screen, DebugScreen)
            assert "all add nothing to pool1" in app.screen.message.text

    async def test_slice_filter_and_products_of_5x5_are_whole_at_120_columns(self) -> None:
        app = ConvstepApp(at("jump conv1 9 9 0", "mnist"))
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.press("v")
            for number in (0, 1):
                panel = app.screen.query_one(f"#window{number}", WindowPanel)
                lines = [panel.render_line(y).text.split() for y in range(panel.size.height)]
                assert sum(len(line) == 5 and all("." in word for word in line) for line in lines) == 15

    def test_a_padding_that_cannot_be_changed_is_not_denied(self) -> None:
        network = nets.branching()
        session = Session(network, nets.x(*network.input_shape))
        session.do(f"layer {next(layer.name for layer in network.layers if layer.kind == 'conv_transpose')}")
        with pytest.raises(ConvstepError, match="can't be changed here"):
            lockstep_of(session)

    async def test_both_sides_show_the_same_channel(self) -> None:
        app = ConvstepApp(at("jump conv1 0 0 0", "course"))
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("v")
            for key in ("right_square_bracket", "down", "right", "right_square_bracket"):
                titles = [app.screen.query_one(f"#input{number}", InputMap).render_line(0).text for number in (0, 1)]
                windows = [app.screen.query_one(f"#window{n}", WindowPanel).render_line(1).text for n in (0, 1)]
                channels = [re.findall(r"ch(?:annel)? (\d)", text) for text in (*titles, *windows)]
                assert len(channels[0]) == 1
                assert channels == [channels[0]] * 4
                await pilot.press(key)

    async def test_both_sides_show_pixels_where_the_numbers_of_one_alone_would_fit(self) -> None:
        layer = nets.conv("conv", Sliding((3, 3), padding=Padding(1, 1, 1, 1)), 2)
        network = Network("one", (6, 9, 2), (layer,), np.dtype(np.float32))
        app = ConvstepApp(Session(network, nets.x(6, 9, 2)))
        async with app.run_test(size=(200, 60)) as pilot:
            await pilot.press("v")
            for size, own in (((200, 60), False), ((360, 70), True), ((200, 60), False)):
                await pilot.resize_terminal(*size)
                await pilot.pause()
                layouts = [app.screen.query_one(f"#output{number}", OutputMap).map_layout for number in (0, 1)]
                assert [isinstance(each, Layout) and each.numbers for each in layouts] == [own, own]


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("map", "open tiny"),
        ("contributions", "padding valid all"),
        ("shapes", "open tiny"),
        ("paddings", "padding valid all"),
    ],
)
async def test_a_screen_about_a_net_that_is_replaced_is_closed(line: str, change: str) -> None:
    app = ConvstepApp(at("jump conv1 1 1 0", "photo"))
    async with app.run_test(size=(120, 36)) as pilot:
        debugger = app.screen
        assert isinstance(debugger, DebugScreen)
        debugger.action_do(line)
        await pilot.pause()
        assert app.screen is not debugger
        debugger.action_do(change)  # as a line chosen elsewhere, or an edited spec, that comes late
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.resize_terminal(100, 40)
        await pilot.pause()
        assert isinstance(app.screen, DebugScreen)
        debugger.action_do(line)
        await pilot.pause()
        assert app.screen is not debugger


@pytest.mark.parametrize("line", ["map", "contributions", "shapes", "paddings"])
async def test_a_screen_that_is_closed_before_it_is_shown(line: str) -> None:
    app = ConvstepApp(at("jump conv1 1 1 0", "photo"))
    async with app.run_test(size=(120, 36)) as pilot:
        debugger = app.screen
        assert isinstance(debugger, DebugScreen)
        debugger.action_do(line)
        debugger.action_do("padding valid all")
        await pilot.pause()
        assert isinstance(app.screen, DebugScreen)
