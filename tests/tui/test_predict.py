"""What is asked is hidden on the screen until it is answered."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from convstep.opening import open_session
from convstep.tui import ConvstepApp
from convstep.tui.maps.of_frame import output_map
from convstep.tui.screens.bars import filter_parts
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.screens.header import Header, net_parts
from convstep.tui.window.panel import window_rows


def screen_of(pilot: Pilot[int]) -> DebugScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, DebugScreen)
    return screen


def test_shapes_are_hidden_in_the_header_from_the_one_that_is_asked() -> None:
    session = open_session("mnist")
    session.do("predict shape")
    text = "".join(text for (text, _), _ in net_parts(session.frame, 400))
    assert "relu1 28×28×32" in text
    assert "pool1 ?" in text
    assert "conv2 ?" in text
    assert "14×14" not in text
    session.do("predict shape 14x14x32")
    assert "pool1 14×14×32" in "".join(text for (text, _), _ in net_parts(session.frame, 400))


@pytest.mark.parametrize("net", ["mnist", "course", "conv1d", "residual", "lenet5", "tiny"])
def test_the_window_panel_shows_what_goes_in_and_hides_what_comes_out(net: str) -> None:
    session = open_session(net)
    for name in session.network.names:
        session.do(f"layer {name}")
        session.do("jump start")
        if session.shape[1:] == (1, 1, 1):
            continue
        session.do("predict value")
        for width, height in ((60, 30), (30, 12), (16, 5), (10, 3)):
            rows = window_rows(session.frame, width, height)
            assert [row.cell_length for row in rows] == [width] * height
        text = "\n".join(row.text for row in window_rows(session.frame, 60, 30))
        assert "value ?" in text
        session.do("predict skip")
        assert "value ?" not in "\n".join(row.text for row in window_rows(session.frame, 60, 30))


def test_the_map_and_the_strip_hide_the_value() -> None:
    session = open_session("mnist")
    session.do("jump conv1 9 9 0")
    session.do("predict value")
    frame = session.frame
    i, h, w, c = frame.index
    model = output_map(frame)
    assert model is not None
    assert model.known is not None
    assert (model.values[h, w], model.known[h, w], model.known[h, w - 1]) == (0, False, True)
    strip = "".join(text for (text, _), _ in filter_parts(frame, 100))
    assert f"{float(str(frame.value)):.2f}".replace("-", "−") not in strip
    assert "?" in strip
    session.do("predict skip")
    shown = output_map(session.frame)
    assert shown is not None
    assert shown.known is not None
    assert (shown.values[h, w], shown.known[h, w]) == (frame.output[i, h, w, c], True)


async def test_the_command_line_asks() -> None:
    app = ConvstepApp(open_session("mnist"))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        screen.action_do("predict shape")
        await pilot.pause()
        prompt = screen.query_one(Input)
        assert (prompt.value, prompt.display) == ("predict shape ", True)
        header = screen.query_one(Header)
        assert "Which shape comes out of pool1? 28×28×32 goes in" in header.render_line(2).text
        prompt.value += "14x14x32"
        await pilot.press("enter")
        await pilot.pause()
        assert screen.message.text.startswith("right: pool1 gives 14×14×32")
        assert not prompt.display
        screen.action_do("predict value")
        await pilot.pause()
        assert screen.frame is not None
        assert screen.frame.hides_value
        await pilot.press("escape")
        screen.action_do("predict skip")
        assert screen.frame is not None
        assert not screen.frame.hides_value


@pytest.mark.parametrize(
    ("asked", "refused", "shown"),
    [("shape", "mi", "wv"), ("value", "wv", "mi"), ("window", "v", "miw")],
)
async def test_screens_that_would_tell_what_is_asked_wait(asked: str, refused: str, shown: str) -> None:
    session = open_session("mnist")
    session.do("jump conv1 9 9 0")
    session.do(f"predict {asked}")
    async with ConvstepApp(session).run_test(size=(120, 36)) as pilot:
        for key in refused:
            await pilot.press(key)
            assert pilot.app.screen is screen_of(pilot)
            assert "that would tell what is asked" in screen_of(pilot).message.text
        for key in shown:
            await pilot.press(key)
            assert pilot.app.screen is not screen_of(pilot)
            await pilot.press("escape")
        session.do("predict skip")
        await pilot.press(refused[0])
        assert pilot.app.screen is not screen_of(pilot)
