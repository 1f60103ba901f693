"""The screen of `diff`: two nets, or a net and saved outputs, at the same neuron side by side."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from differing import IN_DUMPS, IN_NETS, P, X, framework, net, network
from terminal import Debugger
from textual.pilot import Pilot

from convstep.answers.diff import Net, Saved, Side, lockstep
from convstep.layers import Conv
from convstep.layers.weights import Given
from convstep.network import Network, Values
from convstep.report.answers.diff import headline, why
from convstep.tui import ConvstepApp
from convstep.tui.lines.canvas import Canvas, ViewOptions
from convstep.tui.lines.text import width_of
from convstep.tui.maps.model import MapModel
from convstep.tui.screens.copying import text_of
from convstep.tui.screens.diff import Comparing, DiffScreen, panes_of, session_of
from convstep.tui.screens.diff_panels import (
    figure_lines,
    layer_parts,
    map_height,
    on_scale_of_both,
    said_lines,
    title_lines,
)

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SIZES = [(60, 18), (80, 24), (120, 36), (200, 60)]
CHANGED = P["W2"].copy()
CHANGED[2, 1, 4, 3] += 0.5


@asynccontextmanager
async def opened(
    a: Side, b: Side, size: tuple[int, int] = (120, 36), notes: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Pilot[int], DiffScreen]]:
    comparing = Comparing(lockstep(a, b), notes)
    app = ConvstepApp(session_of(comparing), comparing=comparing)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        screen = app.screen_stack[0]
        assert isinstance(screen, DiffScreen)
        yield pilot, screen


def drawn(screen: DiffScreen, name: str) -> str:
    canvas = screen.query_one(f"#{name}", Canvas)
    return "\n".join(strip.text for strip in canvas.draw(*canvas.content_size)) if canvas.display else ""


def shown(screen: DiffScreen) -> str:
    return " ".join(text_of(screen.query(Canvas)).split())


def plain(lines: list[list[tuple[str, str]]]) -> str:
    return " ".join("".join(text for text, _ in parts) for parts in lines)


# What is planted


@pytest.mark.parametrize("name", [*IN_DUMPS, *(f"net: {name}" for name in IN_NETS)])
def test_every_difference_that_is_known_opens_and_is_said(name: str) -> None:
    if name.startswith("net: "):
        wrong, layer, _ = IN_NETS[name.removeprefix("net: ")]
        other: Side = net("b", **wrong)
    else:
        wrong, layer, _, _ = IN_DUMPS[name]
        other = Saved("b", framework(**wrong))
        layer = "flat" if name == "flatten" else layer
    both = lockstep(net("a"), other)
    said = plain(said_lines(both, 100, 9))
    assert f"{layer} is the first layer that differs" in said
    assert (
        all(cause.words in " ".join(said.split()) for cause in both.found.first.causes) if both.found.first else False
    )
    session = session_of(Comparing(both))
    one, two = panes_of(both, session.frame, ViewOptions())
    assert (one.layer, one.name, two.name) == (layer, "a", "b")
    assert one.figures is not None
    assert two.figures is not None
    assert one.figures.value != two.figures.value
    assert one.differs
    assert "✗" in plain(figure_lines((one, two), 0, 60))
    assert two.saved == isinstance(other, Saved)


# The screen


@pytest.mark.parametrize("size", SIZES)
async def test_both_are_there_at_every_size(size: tuple[int, int]) -> None:
    async with opened(net("left"), net("right", p=P | {"W2": CHANGED}), size) as (_, screen):
        text, (i, h, w, c) = shown(screen), screen.session.index
        assert "conv2 is the first layer that differs" in text
        assert "Why: conv2 of left gives the numbers of right" in text
        ours, theirs = (float(framework(**each)["conv2"][i, h, w, c]) for each in ({}, {"W2": CHANGED}))
        for side, value in enumerate((ours, theirs)):
            assert f"{value:.4g}".replace("-", "−") in drawn(screen, f"figures{side}"), value
            assert "[2,1,4]" in drawn(screen, f"figures{side}")
            assert "✗" in drawn(screen, f"figures{side}")
            assert "conv2" in drawn(screen, f"title{side}")
        assert "left" in drawn(screen, "title0")
        assert "right" in drawn(screen, "title1")
        for canvas in screen.query(Canvas):
            if canvas.display and canvas.size:
                assert all(
                    strip.cell_length <= canvas.content_size.width for strip in canvas.draw(*canvas.content_size)
                )
        assert screen.query_one("#figures1").region.bottom <= size[1]
        assert screen.query_one("#window0").region.height >= 5
        apart = np.abs(framework()["conv2"] - framework(W2=CHANGED)["conv2"])[i, :, :, c] > 1e-4
        count = np.count_nonzero(apart)
        for side in (0, 1):
            if size[0] >= 120:
                assert f"• {count} of {apart.size} differ" in drawn(screen, f"output{side}")
                assert "▸" in drawn(screen, f"window{side}")
                assert screen.query_one(f"#output{side}").region.height >= 6


async def test_keys_move_both() -> None:
    async with opened(net("left"), net("right", p=P | {"W2": CHANGED})) as (pilot, screen):

        def places() -> list[tuple[str, object, int | None]]:
            frames = [pane.frame for pane in screen.panes]
            return [(each.layer, each.index, each.cursor.tap) for each in frames if each is not None]

        first = screen.session.index
        for key in ("right", "space", "down", "]", ".", "left", ",", "backspace"):
            await pilot.press(key)
            assert places() == [(screen.session.layer, screen.session.index, None)] * 2
        apart = np.argwhere(np.abs(framework()["conv2"] - framework(W2=CHANGED)["conv2"]) > 1e-4).tolist()
        screen.session.jump(first)
        await pilot.press("c", "c")
        assert list(screen.session.index) == apart[2]
        assert f"difference 3 of {len(apart):,}" in drawn(screen, "status")
        await pilot.press("C")
        assert list(screen.session.index) == apart[1]
        await pilot.press("enter", "space", "space")
        assert [tap for _, _, tap in places()] == [2, 2]
        slice_ = screen.session.frame.step
        assert slice_ is not None
        assert "tap [0,0,2]" in drawn(screen, "figures0")
        assert "tap [0,0,2]" in drawn(screen, "figures1")
        await pilot.press("escape", "tab")
        assert places()[0][0] == places()[1][0] == "pool1"
        assert "neurons differ in pool1, as what arrives does" in drawn(screen, "status")
        await pilot.press("shift+tab", "shift+tab")
        assert places()[1][0] == "act1"
        assert "act1 is the same in both" in drawn(screen, "status")
        assert "none differ" in drawn(screen, "output0")
        assert "=" in drawn(screen, "figures0")
        await pilot.press("c")
        assert "act1 is the same in both" in drawn(screen, "status")
        for key, said in (("s", "can't be changed here"), ("v", "can't be changed here"), ("o", "two nets are open")):
            await pilot.press(key)
            assert said in drawn(screen, "status")
        await pilot.press("home", "shift+tab", "shift+tab")
        assert screen.session.layer == "conv1"
        await pilot.press("shift+tab")
        assert "this is the first layer that both have" in drawn(screen, "status")


async def test_clicks_go_to_layers_and_neurons() -> None:
    async with opened(net("left"), net("right", act1=None)) as (pilot, screen):
        assert "act1" not in drawn(screen, "header").splitlines()[0]
        x = drawn(screen, "header").splitlines()[0].index("pool1") + 2
        await pilot.click("#header", offset=(x, 0))
        assert screen.session.layer == "pool1"
        screen.action_do("layer act1")
        await pilot.pause()
        assert "right has no layer like it." in drawn(screen, "note1")
        assert drawn(screen, "window1") == ""
        assert "act1" in drawn(screen, "title0")
        screen.action_do("layer conv2")
        await pilot.pause()
        before = screen.session.index
        output = screen.query_one("#output1")
        await pilot.click("#output1", offset=(output.size.width // 2, output.size.height // 2))
        assert screen.session.index != before
        assert screen.panes[1].frame is not None
        assert screen.panes[1].frame.index == screen.session.index
        assert "differ" in drawn(screen, "output1")
        screen.action_do("weight 2 1 4")
        assert "differ" not in drawn(screen, "output1")
        assert screen.panes[1].options.marked is not None
        screen.action_do("weight")
        assert "differ" in drawn(screen, "output1")


async def test_of_other_sizes_each_side_has_its_own() -> None:
    padding = IN_NETS["valid"][0]
    async with opened(net("same"), net("valid", **padding)) as (pilot, screen):
        assert "conv1 is the first layer that differs: 6×8×6 in same, 4×5×6 in valid." in shown(screen)
        assert "6×8×6" in drawn(screen, "title0")
        assert "4×5×6" in drawn(screen, "title1")
        count = int(screen.lockstep.differs("conv1")[0, :, :, screen.session.index[3]].sum())
        for side in (0, 1):  # not all of the larger one were compared
            assert f"• {count} differ" in drawn(screen, f"output{side}")
        await pilot.press("end")
        assert "valid has no conv1[5,7,5]: its output is 4×5×6." in " ".join(drawn(screen, "note1").split())
        assert drawn(screen, "output1") == ""
        assert "✗" not in drawn(screen, "figures0")
        await pilot.press("home", "tab", "tab")
        assert screen.panes[1].frame is not None
        screen.action_do("layer fc")
        await pilot.pause()
        assert "none differ" not in drawn(screen, "output0")
        assert "valid can't run fc: " in drawn(screen, "note1")
    async with opened(net("valid", **padding), net("same")) as (pilot, screen):
        screen.action_do("layer fc")
        await pilot.pause()
        assert "valid can't run fc: there is nothing to compare." in drawn(screen, "note1")
        assert screen.panes[0].figures is None
        assert "valid can't run fc" in drawn(screen, "status")


async def test_saved_outputs_show_their_values_alone() -> None:
    outputs = framework(first=True, epsilon=1e-5)
    for turned in (False, True):
        sides: tuple[Side, ...] = (net("net"), Saved("dump.npz", outputs))
        a, b = sides[::-1] if turned else sides
        net_side, saved_side = int(turned), int(not turned)
        async with opened(a, b) as (pilot, screen):
            i, h, w, c = screen.session.index
            assert screen.session.layer == "bn1"
            value = float(outputs["bn1"][i, c, h, w])
            assert f"{value:.4g}".replace("-", "−") in drawn(screen, f"figures{saved_side}")
            assert "saved outputs" in drawn(screen, f"title{saved_side}")
            assert "Only its outputs were saved" in drawn(screen, f"note{saved_side}")
            assert drawn(screen, f"window{saved_side}") == drawn(screen, f"input{saved_side}") == ""
            assert "differ" in drawn(screen, f"output{saved_side}")
            assert drawn(screen, f"window{net_side}")
            await pilot.press("tab", "space", "enter", "space")
            assert screen.panes[saved_side].frame is not None


async def test_where_nothing_differs_it_says_so_and_opens_at_the_first_layer() -> None:
    note = "a note"
    async with opened(net("a"), Net("b", Values(replace(network(), dtype=np.dtype(np.float64)), X)), notes=(note,)) as (
        pilot,
        screen,
    ):
        assert "a and b agree in 8 layers, up to float32's rounding." in shown(screen)
        assert note in drawn(screen, "status")
        assert (screen.session.layer, screen.session.index) == ("conv1", (0, 0, 0, 0))
        assert "✗" not in shown(screen)
        assert "×" not in drawn(screen, "timeline")
        await pilot.press("c")
        assert "conv1 is the same in both, up to float32's rounding" in drawn(screen, "status")
        await pilot.press("tab")
        assert screen.session.layer == "bn1"


async def test_inputs_that_differ_are_marked() -> None:
    x = X.copy()
    x[0, 3, 4, 1] += 0.5
    async with opened(net("a"), net("b", x=x), (200, 60)) as (pilot, screen):
        assert "The inputs differ first: 1 value of 528 do." in shown(screen)
        for side in (0, 1):
            assert "• 1 of 88 differ" in drawn(screen, f"input{side}")
        assert screen.lockstep.differs("conv1")[screen.session.index]
        await pilot.press("question_mark")
        assert len(screen.app.screen_stack) == 2


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_storm_of_keys_and_sizes(seed: int) -> None:
    keys = [
        *("space", "backspace", "full_stop", "comma", "up", "down", "left", "right", "right_square_bracket", "c", "C"),
        *("left_square_bracket", "tab", "shift+tab", "enter", "escape", "home", "end", "pageup", "pagedown", "e", "t"),
        *("z", "s", "v", "o", "m", "w", "i", "u", "U", "x", "question_mark", "right_curly_bracket", "B", "colon"),
    ]
    pairs: list[tuple[Side, Side]] = [
        (net("a"), net("b", **IN_NETS["valid"][0])),
        (Saved("a", framework(chw=True)), net("b")),
    ]
    random = Random(seed)
    async with opened(*pairs[seed - 1]) as (pilot, screen):
        for _ in range(4):
            await pilot.resize_terminal(random.randint(40, 210), random.randint(12, 62))
            await pilot.press(*random.choices(keys, k=8))
        while len(screen.app.screen_stack) > 1:
            await pilot.press("escape")
        await pilot.press("escape")
        await pilot.resize_terminal(120, 36)
        screen.action_do("jump start")
        await pilot.pause()
        assert screen.panes[0].figures is not None
        assert drawn(screen, "title0")


async def test_hostile_names_and_values_never_reach_the_screen() -> None:
    name = "\x1b[31m卷\u202e積"
    outputs = {name: framework()["conv1"].copy()}
    outputs[name][0, 0, 0, 0], outputs[name][0, 1, 1, 1], outputs[name][0, 0, 1, 0] = np.nan, np.inf, 1e38
    for size in SIZES[:2]:
        async with opened(net(name), Saved(name, outputs), size) as (pilot, screen):
            for key in ("space", "c", "tab", "end"):
                await pilot.press(key)
                assert not set(text_of(screen.query(Canvas))) & {"\x1b", "\u202e"}


def test_tiny_and_flat_nets_open() -> None:
    made = Conv("conv", filters=1, kernel=(1, 1), weights=Given(np.ones((1, 1, 1, 1))))
    x = np.ones((1, 1, 1, 1), np.float32)
    one, other = (
        Net(name, Values(Network("n", (1, 1, 1), (each,), np.dtype(np.float32)), x))
        for name, each in (("a", made), ("b", replace(made, weights=Given(np.full((1, 1, 1, 1), 2.0)))))
    )
    both = lockstep(one, other)
    session = session_of(Comparing(both))
    panes = panes_of(both, session.frame, ViewOptions())
    assert [pane.figures and pane.figures.value for pane in panes] == ["1", "2"]
    assert [pane.figures and pane.figures.product for pane in panes] == ["1 × 1 = 1", "1 × 2 = 2"]


# The panels without a screen


def test_lines_fit_whatever_the_width() -> None:
    both = lockstep(net("a" * 60), net("b" * 60, **IN_NETS["padding"][0]))
    session = session_of(Comparing(both))
    panes = panes_of(both, session.frame, ViewOptions())
    for width in (20, 40, 78, 200):
        for height in range(1, 8):
            lines = said_lines(both, width, height)
            assert 1 <= len(lines) <= height
        for layer in (*both.layers, "fc"):
            parts = layer_parts(both, layer, width)
            assert width_of([part for part, _ in parts]) <= width or len({name for _, name in parts if name}) == 1
        assert len(title_lines(panes[0], width, 2)) == 2
        assert all(width_of(parts) <= width for parts in figure_lines(panes, 0, width)) or width < 30
    said = plain(said_lines(both, 300, 9))
    assert (headline(both.found) in said, why(both.found) in said) == (True, True)
    short = plain(said_lines(both, 60, 2))
    assert short.endswith("…")


def test_both_maps_have_one_scale_unless_one_side_is_far_larger() -> None:
    values = np.zeros((2, 3))
    small, large = (
        MapModel(values, "sequential", 0.0, 2.0, decimals=2),
        MapModel(values, "signed", -9.0, 1.0, decimals=1),
    )
    for model, other in ((small, large), (large, small)):
        found = on_scale_of_both(model, other)
        assert found is not None
        assert (found.colouring, found.low, found.high, found.decimals) == ("signed", -9.0, 2.0, 1)
    assert on_scale_of_both(small, large._replace(low=-900.0)) is small
    assert on_scale_of_both(small._replace(colouring="grey"), large) == small._replace(colouring="grey")
    assert on_scale_of_both(small, None) is small


def test_maps_get_the_room_that_the_numbers_leave() -> None:
    assert map_height(15, 12) == 0  # 80×24: the numbers come first
    assert map_height(15, 18) == 6  # which don't fit anyway
    assert map_height(27, 15) == 12
    assert map_height(50, 15) == 22
    assert map_height(9, 15) == 0
    assert map_height(26, 24) == 10


# In a terminal


def test_in_a_terminal_it_looks_as_the_readme_shows() -> None:
    block = next(text for text in README.split("```text\n") if text.startswith("$ convstep diff")).partition("```")[0]
    command, *lines = block.splitlines()
    with Debugger(*shlex.split(command)[2:], shows="9 of 9 neurons do", size=(96, 29)) as debugger:
        debugger.press("c")
        debugger.wait_for("difference 2 of 9")
        expected = [line.strip() for line in lines]
        debugger.wait_until(lambda: [line.strip() for line in debugger.lines[: len(lines)]] == expected, "that screen")
        debugger.press("ctrl+q")
        debugger.must_end(1)
