"""The app, driven without a screen: keys, prompt, mouse, sizes."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from nets import conv
from textual.app import App
from textual.events import Key, MouseDown, MouseMove, MouseUp, Paste, Resize
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import OptionList
from textual.worker import WorkerCancelled

from convstep.debugger import Session
from convstep.engine.geometry import Sliding
from convstep.layers import GlobalAvgPool
from convstep.network import Network
from convstep.opening import open_session
from convstep.tui import ConvstepApp
from convstep.tui.maps.model import Layout
from convstep.tui.maps.pixels import outline
from convstep.tui.maps.widgets import MapView
from convstep.tui.screens.bars import StatusBar, fitting_keys
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.screens.gallery import Gallery
from convstep.tui.screens.header import where
from convstep.tui.screens.help import Help
from convstep.tui.screens.palette import entries
from convstep.tui.screens.prompt import Prompt
from convstep.tui.screens.recent import remember


def debugger(pilot: Pilot[int]) -> DebugScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, DebugScreen)
    return screen


async def type_line(pilot: Pilot[int], line: str) -> None:
    await pilot.press("colon")
    debugger(pilot).query_one(Prompt).value = line
    await pilot.press("enter")
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@pytest_asyncio.fixture
async def tiny() -> AsyncIterator[Pilot[int]]:
    async with ConvstepApp(open_session("tiny")).run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        yield pilot


@pytest_asyncio.fixture
async def photo() -> AsyncIterator[Pilot[int]]:
    async with ConvstepApp(open_session("photo")).run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        yield pilot


def place(pilot: Pilot[int]) -> tuple[str, tuple[int, ...]]:
    frame = debugger(pilot).frame
    assert frame is not None
    return frame.layer, frame.index


def texts(pilot: Pilot[int]) -> str:
    """The whole screen as text."""
    app = pilot.app
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines)


async def test_it_opens_on_the_first_window(tiny: Pilot[int]) -> None:
    screen = texts(tiny)
    assert "#1 of 9" in screen
    assert "conv1 3×3×1" in screen
    assert "Z[0,0,0,0] = 9" in " ".join(screen.split())
    assert "np.sum(a*W[...,c]) + b[c]" in screen


MOVES: list[tuple[list[str], object]] = [
    (["space"], ("conv1", (0, 0, 0, 1))),
    (["space", "space", "backspace"], ("conv1", (0, 0, 0, 1))),
    (["right", "down", "down", "left", "up"], ("conv1", (0, 1, 0, 0))),
    (["right_square_bracket", "right_square_bracket", "left_square_bracket"], ("conv1", (0, 0, 0, 1))),
    (["full_stop"], ("conv1", (0, 0, 1, 0))),
    (["pagedown", "pagedown", "pageup"], ("conv1", (0, 1, 0, 0))),
    (["end"], ("conv1", (0, 63, 63, 7))),
    (["end", "home"], ("conv1", (0, 0, 0, 0))),
    (["tab", "tab"], ("pool1", (0, 0, 0, 0))),
    (["tab", "tab", "shift+tab"], ("relu1", (0, 0, 0, 0))),
]
"""Keys, and where they lead from the first neuron."""


async def test_garbage_is_collected_again_after_the_first_frame() -> None:
    gc.disable()
    try:
        async with ConvstepApp(open_session("tiny")).run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert gc.isenabled()
    finally:
        gc.enable()


async def test_keys_move(photo: Pilot[int]) -> None:
    for keys, at in MOVES:
        debugger(photo).action_do("jump conv1 0 0 0")
        assert place(photo) == ("conv1", (0, 0, 0, 0))
        await photo.press(*keys)
        assert place(photo) == at, keys


async def test_same_and_valid(photo: Pilot[int]) -> None:
    await type_line(photo, "jump 63 2 5")
    await photo.press("s")
    assert place(photo) == ("conv1", (0, 60, 2, 5))
    assert "VALID" in texts(photo)
    assert "conv1 61×61×8" in texts(photo)
    said = debugger(photo).message.text
    assert said == (
        "conv1: VALID, 64×64×8 → 61×61×8 · all 3,721 as before, shifted by (−1, −1); 375 at the border are gone"
    )
    model = debugger(photo).query_one("#output", MapView).model
    assert model is not None
    assert model.marked is not None
    assert model.known is not None
    assert not model.marked.any()
    await photo.press("s")
    assert place(photo) == ("conv1", (0, 63, 2, 5))
    assert debugger(photo).message.text.endswith(
        "3,721 of 4,096 as before, shifted by (1, 1); 375 at the border are new"
    )
    model = debugger(photo).query_one("#output", MapView).model
    assert model is not None
    assert model.marked is not None
    assert model.known is not None
    inside = np.zeros((64, 64), bool)
    inside[1:62, 1:62] = True
    assert (model.marked == ~inside & model.known).all()
    assert "SAME" in texts(photo)


async def test_the_prompt_jumps_completes_and_remembers(photo: Pilot[int]) -> None:
    await photo.press("g")
    prompt = debugger(photo).query_one(Prompt)
    assert prompt.value == "jump "
    await photo.press(*"18", "space", *"37", "space", "0", "enter")
    await photo.pause()
    assert place(photo) == ("conv1", (0, 18, 37, 0))
    assert not prompt.display
    await photo.press("colon", "up")
    assert prompt.value == "jump 18 37 0"
    await photo.press("escape", "colon", *"padd")
    await photo.pause()
    await photo.press("right")
    assert prompt.value == "padding"
    await photo.press("escape", "space")
    assert place(photo) == ("conv1", (0, 18, 37, 1))


async def test_what_cant_be_done_is_said_and_nothing_is_lost(photo: Pilot[int]) -> None:
    for line, said in [
        ("stpe", "Did you mean 'step'?"),
        ("jump 99 0 0", "there is no h = 99"),
        ("open nowhere.yaml", "nowhere.yaml: there is no such file"),
        ("stride 0", "got '0'"),
        ("zoom huge", "expected one of whole, pixel, numbers"),
        ("play fastish", "can't read 'fastish'"),
        ("channel 9", "expected next, prev, all or a number below 3"),
    ]:
        await type_line(photo, line)
        bar = debugger(photo).message
        assert said in bar.text
        assert bar.wrong
        assert "\n" not in bar.text
    assert place(photo) == ("conv1", (0, 0, 0, 0))


async def test_a_mismatch_is_something_to_look_at() -> None:
    async with ConvstepApp(open_session("mnist")).run_test(size=(120, 36)) as pilot:
        await type_line(pilot, "padding valid all")
        assert "dense1 ✗" in texts(pilot)
        await type_line(pilot, "layer dense1")
        screen = " ".join(texts(pilot).split())
        assert "3136" in screen
        assert "1024" in screen
        assert "can't run" in screen
        await type_line(pilot, "padding same all")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert place(pilot) == ("dense1", (0, 0, 0, 0))


async def test_a_window_opens_into_its_taps(tiny: Pilot[int]) -> None:
    await tiny.press("enter")
    frame = debugger(tiny).frame
    assert frame is not None
    assert frame.cursor.tap == 0
    assert "tap 1 of 9" in texts(tiny)
    await type_line(tiny, "step 5 mac")
    assert "tap 6 of 9" in texts(tiny)
    await tiny.press("escape")
    assert "tap 6 of 9" not in texts(tiny)


async def test_the_gallery_opens_another_net(photo: Pilot[int]) -> None:
    await photo.press("o")
    assert isinstance(photo.app.screen, Gallery)
    await photo.press("down", "down", "down", "enter")
    await photo.pause()
    await photo.app.workers.wait_for_complete()
    await photo.pause()
    assert debugger(photo).session.network.title == "Five by five, one filter, small whole numbers"
    await photo.press("o", "escape", "space")
    assert place(photo) == ("conv1", (0, 0, 1, 0))


async def test_help_names_every_verb_and_key(photo: Pilot[int]) -> None:
    await photo.press("question_mark")
    assert isinstance(photo.app.screen, Help)
    await photo.press("escape")
    assert isinstance(photo.app.screen, DebugScreen)


@pytest.mark.parametrize("line", ["quit", "exit", "EXIT"])
async def test_leaving_by_a_line(tiny: Pilot[int], line: str) -> None:
    await type_line(tiny, line)
    assert tiny.app.return_value == 0


async def test_quit() -> None:
    app = ConvstepApp(open_session("tiny"))
    async with app.run_test() as pilot:
        await pilot.press("q")
        await asyncio.sleep(0.3)
    assert app.return_value == 0


async def test_play_and_pause(photo: Pilot[int]) -> None:
    screen = debugger(photo)
    await type_line(photo, "play 50")
    await photo.pause(0.3)
    await photo.press("p")
    number = screen.session.number
    assert number > 10
    await photo.pause(0.1)
    assert screen.session.number == number
    await type_line(photo, "play backward 50")
    await photo.pause(0.2)
    await type_line(photo, "play pause")
    assert screen.session.number < number


async def test_play_stops_at_a_breakpoint_that_was_gone_to(photo: Pilot[int]) -> None:
    await type_line(photo, "break value > 0.5")
    await type_line(photo, "play 1")
    assert debugger(photo).message.text == "playing, 1 position a second"
    await photo.press("c")
    await photo.app.workers.wait_for_complete()
    there = place(photo)
    await photo.pause(1.2)
    assert place(photo) == there


async def test_play_stops_at_the_end(tiny: Pilot[int]) -> None:
    await type_line(tiny, "play 1000")
    await tiny.pause(0.3)
    assert place(tiny) == ("pool1", (0, 0, 0, 0))
    assert debugger(tiny).message.text == "this is the end of the net"


async def click_cell(pilot: Pilot[int], name: str, row: int, col: int) -> None:
    layout = debugger(pilot).query_one(f"#{name}", MapView).map_layout
    assert layout is not None
    position = layout.position(row, col)
    assert position is not None
    await pilot.click(f"#{name}", offset=(position[0] + 1, position[1] + 1))
    await pilot.pause()


async def test_the_mouse(photo: Pilot[int]) -> None:
    screen = debugger(photo)
    await type_line(photo, "zoom pixel")
    await click_cell(photo, "output", 4, 10)
    assert place(photo) == ("conv1", (0, 4, 10, 0))
    await click_cell(photo, "input", 5, 7)
    assert screen.message.text.startswith("16 neurons of each map see row 5, column 7; later relu1 16, pool1")
    marked = screen.options.marked
    assert marked is not None
    assert np.argwhere(marked).tolist() == [[h, w] for h in range(3, 7) for w in range(5, 9)]
    await photo.click("#header", offset=(37, 1))
    assert place(photo)[0] == "relu1"
    assert screen.options.marked is None
    number = screen.session.number
    await photo.click("#status", offset=(3, 1))
    assert screen.session.number == number + 1
    await photo.click(offset=(60, 2))
    assert screen.session.number == number + 1


async def test_an_outline_at_the_edge_is_closed(photo: Pilot[int]) -> None:
    await type_line(photo, "jump pool1 2 7 6")
    for name in ("input", "output"):
        panel = debugger(photo).query_one(f"#{name}", MapView)
        model, layout = panel.model, panel.map_layout
        assert isinstance(layout, Layout)
        assert model is not None
        assert model.window is not None
        rows, cols = layout.rows.offsets(model.window[0]), layout.cols.offsets(model.window[1])
        assert outline(model, layout).sum() == 2 * (len(rows) + len(cols)) + 4


async def test_the_timeline_follows_the_mouse_while_it_is_held(photo: Pilot[int]) -> None:
    """A drag continues outside the line, and ends when the button is released."""
    y = debugger(photo).query_one("#timeline").region.y
    await photo.mouse_down(offset=(60, y))
    assert place(photo)[1][1] in (31, 32)
    for x, row, h in [(30, y, 15), (90, y - 5, 48), (119, y - 9, 63), (0, y, 0)]:
        photo.app.post_message(MouseMove(None, x, row, 0, 0, 1, False, False, False, screen_x=x, screen_y=row))
        await photo.pause()
        assert abs(place(photo)[1][1] - h) <= 1
    await photo.mouse_up(offset=(0, y))
    await photo.hover(offset=(60, y))
    assert place(photo)[1][1] == 0


async def test_neurons_that_see_a_value_are_marked_until_the_next_key(photo: Pilot[int]) -> None:
    screen = debugger(photo)
    for line, count in [("mark 0 0", 4), ("mark -1 63", 3), ("mark 65 65", 1), ("mark 30 30", 16)]:
        await type_line(photo, line)
        assert not screen.message.wrong
        assert screen.options.marked is not None
        assert screen.options.marked.sum() == count
    await photo.press("space")
    assert screen.options.marked is None
    for line, said in [("mark 66 0", "rows are -1 to 65"), ("mark 1", "expected a row and a column, got '1'")]:
        await type_line(photo, line)
        assert said in screen.message.text
    await type_line(photo, "layer fc")
    await type_line(photo, "mark 0 0")
    assert "don't look at rows and columns" in screen.message.text


async def test_keys_that_come_at_once_go_where_the_one_before_them_led(photo: Pilot[int]) -> None:
    """The characters of a line arrive all at once, as from another program."""
    for key in ("colon", *"jump", "space", "3", "space", "4", "space", "5", "enter"):
        photo.app.post_message(Key(key, {"space": " "}.get(key, key if len(key) == 1 else None)))
    await photo.pause()
    await photo.pause()
    assert place(photo) == ("conv1", (0, 3, 4, 5))


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (99, 29), (120, 36), (200, 60), (400, 100)])
async def test_every_size_shows_where_we_are(size: tuple[int, int]) -> None:
    async with ConvstepApp(open_session("photo")).run_test(size=size) as pilot:
        for sample, position in (("photo", "h 0  w 0  c 1"), ("tiny", "h 0  w 1  c 0")):
            if sample != "photo":
                await type_line(pilot, f"open {sample}")
            await pilot.press("space")
            await pilot.pause()
            screen = texts(pilot)
            for text in ("#2", position, "slice", "filter"):
                assert text in screen
            assert debugger(pilot).session.number == 1


async def test_too_small_asks_for_room_and_resizing_loses_nothing(photo: Pilot[int]) -> None:
    await type_line(photo, "jump 18 37 0")
    for size in [(40, 10), (59, 36), (120, 17)]:
        await photo.resize_terminal(*size)
        await photo.pause()
        assert "60×18" in texts(photo)
    await photo.resize_terminal(120, 36)
    await photo.pause()
    assert place(photo) == ("conv1", (0, 18, 37, 0))
    assert "h 18" in texts(photo)


async def test_a_large_layer_is_computed_off_the_uis_thread() -> None:
    layers = (conv("conv1", Sliding((3, 3), padding="same"), 64), GlobalAvgPool("mean"))
    network = Network("large", (224, 224, 16), layers, np.dtype(np.float32), start=("mean", (0, 0, 0)))
    session = Session(network, np.random.default_rng(1).standard_normal((1, 224, 224, 16), dtype=np.float32))
    session.begin()
    async with ConvstepApp(session).run_test(size=(120, 36)) as pilot:
        assert debugger(pilot).frame is None
        debugger(pilot).say("conv1  ━━━━  17%")
        screen = texts(pilot)
        assert debugger(pilot).frame is None
        assert "17%" in screen
        assert "quit" in screen
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert place(pilot) == ("mean", (0, 0, 0, 0))


def test_the_top_line_keeps_the_place_whatever_the_width() -> None:
    frame = open_session("photo").frame
    for width in range(60, 220, 7):
        left, right = where(frame, width)
        assert "h " in "".join(text for text, _ in right)
        assert sum(len(text) for text, _ in [*left, *right]) <= width


async def test_recent_specs_are_in_the_gallery(photo: Pilot[int], tmp_path: Path) -> None:
    from convstep.spec import copy_sample

    copy_sample("tiny", tmp_path)
    await type_line(photo, f"open {tmp_path / 'tiny.yaml'}")
    await type_line(photo, "open photo")
    await photo.press("o")
    assert f"open {tmp_path / 'tiny.yaml'}" in [option.id for option in photo.app.screen.query_one(OptionList).options]
    await photo.press("end", "enter")
    await photo.pause()
    await photo.app.workers.wait_for_complete()
    await photo.pause()
    assert debugger(photo).session.network.title == "Five by five, one filter, small whole numbers"


async def test_breakpoints_stop(photo: Pilot[int]) -> None:
    await type_line(photo, "break pad and value > 0.5")
    await photo.press("c")
    await photo.app.workers.wait_for_complete()
    await photo.pause()
    frame = debugger(photo).frame
    assert frame is not None
    assert frame.step is not None
    assert frame.step.pad
    assert frame.step.value > 0.5
    assert debugger(photo).message.text == "breakpoint 1 (pad and value > 0.5), hit 1"
    await photo.press("C")
    await photo.app.workers.wait_for_complete()
    await photo.pause()
    assert debugger(photo).message.text == "no window further back matches"


async def test_long_work_can_be_cancelled() -> None:
    """Escape keeps the frame shown, and keys still work."""
    small = conv("conv1", Sliding((3, 3), padding="same"), 8)
    large = conv("conv2", Sliding((15, 15), padding="same"), 256)
    network = Network("large", (200, 200, 8), (small, large), np.dtype(np.float32))
    session = Session(network, np.ones((1, 200, 200, 8), np.float32))
    async with ConvstepApp(session).run_test(size=(120, 36)) as pilot:
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("space")
        debugger(pilot).action_do("layer next")
        debugger(pilot).action_do("step 7")
        debugger(pilot).action_do("taps close")
        assert debugger(pilot).message.text == "cancelled"
        with suppress(WorkerCancelled):
            await pilot.app.workers.wait_for_complete()
        await pilot.press("space")
        await pilot.pause()
        assert place(pilot) == ("conv1", (0, 0, 0, 2))


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Encode every update as for a terminal, which Textual skips without one."""
    sent = []
    display = App._display

    def encode(app: App[int], screen: Screen[object], update: Any) -> None:
        if update is not None:
            sent.append(update.render_segments(app.console))
        display(app, screen, update)

    monkeypatch.setattr(App, "_display", encode)
    return sent


async def test_a_resize_between_a_verb_and_its_paint_does_no_harm(encoded: list[str], photo: Pilot[int]) -> None:
    """A region may lie outside the terminal by the time it is repainted."""
    screen = debugger(photo)
    sizes = [(200, 60), (60, 18), (120, 36), (80, 24), (199, 59), (61, 19)]
    for n in range(30):
        size = Size(*sizes[n % len(sizes)])
        photo.app.post_message(Resize(size, size))
        for _ in range(4):
            await asyncio.sleep(0.003)
            screen.action_do("step row")
        await asyncio.sleep(0.001 * (n % 10))
    await photo.pause()
    assert "h " in texts(photo)
    assert len(encoded) > 30


async def test_play_goes_on_while_the_window_is_dragged(encoded: list[str], photo: Pilot[int]) -> None:
    dice = random.Random(1)
    await type_line(photo, "play 60")
    width, height = 120, 36
    for _ in range(15):
        width = max(60, min(200, width + dice.choice([-3, -2, -1, 1, 2, 3])))
        height = max(18, min(60, height + dice.choice([-1, 0, 1])))
        photo.app.post_message(Resize(Size(width, height), Size(width, height)))
        await asyncio.sleep(0.01)
    await type_line(photo, "play pause")
    assert debugger(photo).session.number > 0
    assert encoded


async def test_the_palette_can_be_closed_twice(photo: Pilot[int]) -> None:
    for key in ("escape", "enter"):
        await photo.press("ctrl+p", "t", "a", "p", "s")
        await photo.pause(0.2)
        for _ in range(3):
            photo.app.post_message(Key(key, None))
        await photo.pause(0.2)
    await photo.press("ctrl+p")
    for _ in range(3):
        await photo.click(offset=(1, 30))
    await photo.pause()
    assert isinstance(photo.app.screen, DebugScreen)


@pytest.mark.parametrize("keys", [("ctrl+p",), ("o",)])
async def test_page_keys_and_clicks_where_a_list_has_no_room(photo: Pilot[int], keys: tuple[str, ...]) -> None:
    await photo.press(*keys)
    await photo.pause(0.2)
    for size in ((20, 1), (1, 1), (10, 5)):
        photo.app.post_message(Resize(Size(*size), Size(*size)))
        for key in ("pagedown", "pageup", "down", "end", "home"):
            photo.app.post_message(Key(key, None))
        for kind in (MouseDown, MouseUp):
            photo.app.post_message(kind(None, 17, 3, 0, 0, 1, False, False, False, screen_x=17, screen_y=3))
        await photo.pause()
    await photo.press("escape")


async def test_paste_is_lines_and_never_keys(photo: Pilot[int]) -> None:
    screen = debugger(photo)
    photo.app.post_message(Paste(":step 3\n# a comment\r\nstep 2\n"))
    await photo.pause()
    await photo.pause()
    assert place(photo) == ("conv1", (0, 0, 0, 5))
    prompt = screen.query_one(Prompt)
    assert (prompt.display, prompt.value) == (True, "")
    photo.app.post_message(Paste("quit\x1b[2J"))
    await photo.pause()
    assert prompt.value == "quit\\x1b[2J"
    await photo.press("escape")
    photo.app.post_message(Paste("step\nno such verb\nstep\n"))
    await photo.pause()
    await photo.pause()
    assert place(photo) == ("conv1", (0, 0, 0, 6))
    assert "there is no verb 'no'" in screen.message.text


async def test_a_key_whose_verb_cant_be_done_now_says_why(photo: Pilot[int]) -> None:
    screen = debugger(photo)
    assert screen.check_action("do", ("continue",)) is None
    await photo.press("c")
    assert "no breakpoints are set" in screen.message.text
    assert screen.check_action("do", ("step",)) is True
    await photo.press("colon")
    assert screen.check_action("do", ("step",)) is False


async def test_no_verb_looks_at_values_while_they_are_computed() -> None:
    layers = (conv("conv1", Sliding((3, 3), padding="same"), 64), GlobalAvgPool("mean"))
    network = Network("large", (224, 224, 16), layers, np.dtype(np.float32), start=("mean", (0, 0, 0)))
    session = Session(network, np.ones((1, 224, 224, 16), np.float32))
    session.begin()
    async with ConvstepApp(session).run_test(size=(120, 36)) as pilot:
        screen = debugger(pilot)
        before = session.cursor
        assert screen.working
        for line in (
            "channel next",
            "mark 1 1",
            "step",
            "jump 50%",
            "padding valid all",
            "expect value 1",
            "layer prev",
        ):
            assert not screen.action_do(line)
            assert "still being computed" in screen.message.text
        assert session.cursor == before
        for line in ("zoom numbers", "theme light", "theme dark", "say hello"):
            assert screen.action_do(line)
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, Help)
        await pilot.press("escape")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert screen.action_do("channel next")


async def test_names_with_blanks_and_quotes_open_from_the_gallery(photo: Pilot[int], tmp_path: Path) -> None:
    from convstep.spec import copy_sample

    copy_sample("tiny", tmp_path)
    path = (tmp_path / "tiny.yaml").rename(tmp_path / """it's "mine" too.yaml""")
    remember(str(path))
    await photo.press("o", "end", "enter")
    await photo.pause()
    await photo.app.workers.wait_for_complete()
    await photo.pause()
    assert debugger(photo).session.network.title == "Five by five, one filter, small whole numbers"


async def test_a_click_or_a_search_does_not_quit(photo: Pilot[int]) -> None:
    screen = debugger(photo)
    bar = screen.query_one("#status", StatusBar)
    verbs = {bar.verb_at(x, 1) for x in range(bar.size.width)}
    assert {"next", "help"} <= verbs
    assert "quit" not in verbs
    assert "quit" not in {line for line, _ in entries(screen.verbs, screen.session)}
    await photo.press("ctrl+c")
    assert photo.app.return_value == 0


async def test_memory_that_runs_out_in_the_thread_is_said(photo: Pilot[int]) -> None:
    def greedy() -> Iterator[tuple[str, int, int]]:
        yield "conv1", 0, 1
        raise MemoryError

    screen = debugger(photo)
    screen.work_through(greedy(), lambda _: None)  # type: ignore[arg-type]  # it never returns anything
    await photo.app.workers.wait_for_complete()
    await photo.pause()
    assert screen.message.text == "there is not enough memory for this"
    assert not screen.working
    await photo.press("space")
    assert place(photo) == ("conv1", (0, 0, 0, 1))


@pytest.mark.parametrize(
    ("keys", "leaves"),
    [
        (["q"], True),
        (["space", "q"], True),
        (["space", "full_stop", "right", "q"], True),
        (["x", "q"], False),
        ([*"seq"], False),
        ([*"sequel"], False),
        ([*"quit"], False),
        ([*"quantile"], False),
        (["q", "q"], True),
        (["q", "space"], False),
        ([*"xq", "q"], True),
        ([*"xq", "space", "q"], True),
        ([*"x", "space", "q"], True),
        ([*"xqxq"], False),
        ([*"xq", "ctrl+q"], True),
        ([*"xq", "ctrl+c"], True),
    ],
)
async def test_a_word_that_is_typed_without_a_colon_does_not_quit(keys: list[str], leaves: bool) -> None:
    app = ConvstepApp(open_session("tiny"))
    async with app.run_test() as pilot:
        await pilot.pause()
        for key in keys:
            app.post_message(Key(key, key if len(key) == 1 else None))
        await asyncio.sleep(0.3)
        await pilot.pause()
        if not leaves:
            assert app.return_value is None
            assert (debugger(pilot).message.text == "press q once more to quit") == (keys[-1] == "q")
    assert (app.return_value == 0) == leaves


async def test_q_quits_when_the_letter_before_it_is_some_time_ago() -> None:
    app = ConvstepApp(open_session("tiny"))
    async with app.run_test() as pilot:
        await pilot.press("x")
        await asyncio.sleep(0.45)
        await pilot.press("q")
        await asyncio.sleep(0.3)
    assert app.return_value == 0


async def test_a_chosen_channel_is_that_of_one_layer(photo: Pilot[int]) -> None:
    screen = debugger(photo)
    for line in ("layer conv2", "channel 5", "step"):
        assert screen.action_do(line)
    assert screen.options.channel == 5
    screen.action_do("layer fc")
    assert screen.options.channel is None


async def test_the_key_that_closes_the_taps_is_in_the_footer_at_80_columns(photo: Pilot[int]) -> None:
    await photo.press("enter")
    labels = [key.label for key in fitting_keys(debugger(photo).footer_keys, 78)]
    assert labels[:3] == ["next tap", "finish", "tap back"]
    assert "close" in labels
