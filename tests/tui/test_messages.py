"""A verb's message is shown in full, however long it is."""

from __future__ import annotations

import asyncio

import pytest
from textual.geometry import Size
from textual.pilot import Pilot

from convstep.opening import open_session
from convstep.tui import ConvstepApp
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.screens.message import LongMessage

SHORT = "a few words"
LONG = "there is no verb 'x'. " + "It may be one of [these] or of those. " * 9 + "And that is the end"
UNBROKEN = "/a/path" * 40 + "/end"
CHINESE = "卷积神经网络" * 30 + "层"


def screen_of(pilot: Pilot[int]) -> DebugScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, DebugScreen)
    return screen


def shown(pilot: Pilot[int]) -> str:
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).strip() for strip in strips)


def letters(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 36), (200, 60)])
@pytest.mark.parametrize("text", [LONG, UNBROKEN, CHINESE], ids=["long", "unbroken", "chinese"])
async def test_a_long_message_is_shown_whole_until_the_next_key(text: str, size: tuple[int, int]) -> None:
    if text == CHINESE and size == (120, 36):
        pytest.skip("Textual leaves out a wide character that lies over the edge of a widget below")
    async with ConvstepApp(open_session("photo")).run_test(size=size) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        for line in (f"say {text}", "say", f"say {text}", "zoom", f"say {text}", f"say {SHORT}"):
            screen.action_do(line)
            await pilot.pause()
            assert (letters(text) in letters(shown(pilot))) == (text in line)
        assert SHORT in shown(pilot)
        assert not screen.query_one(LongMessage).display
        screen.action_do(f"say {text}")
        await pilot.pause()
        await pilot.press("space")
        await pilot.pause()
        assert letters(text) not in letters(shown(pilot))
        assert screen.session.number == 1


@pytest.mark.parametrize("how", ["a key of no verb", "a click"])
async def test_anything_closes_it(how: str) -> None:
    async with ConvstepApp(open_session("photo")).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        screen.action_do(f"say {LONG}")
        await pilot.pause()
        await (pilot.press("j") if how == "a key of no verb" else pilot.click(LongMessage))
        await pilot.pause()
        assert not screen.query_one(LongMessage).display
        assert screen.message.text == ""


async def test_a_message_that_fits_a_wider_terminal_goes_back_to_its_line() -> None:
    text = "word " * 22
    async with ConvstepApp(open_session("photo")).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        screen.action_do(f"say {text.strip()}")
        for width, open_ in ((80, True), (140, False), (90, True), (59, False), (200, False)):
            await pilot.resize_terminal(width, 30)
            await pilot.pause()
            assert screen.query_one(LongMessage).display == open_
            if width >= 60:
                assert letters(text) in letters(shown(pilot))


async def test_messages_and_sizes_in_any_order_do_no_harm() -> None:
    async with ConvstepApp(open_session("photo")).run_test(size=(80, 24)) as pilot:
        screen = screen_of(pilot)
        for n, size in enumerate([(20, 1), (200, 60), (1, 1), (60, 18), (0, 0), (80, 24)] * 3):
            screen.action_do(f"say {(LONG, SHORT, UNBROKEN)[n % 3]}")
            await pilot.resize_terminal(*Size(*size))
            await asyncio.sleep(0.001 * (n % 4))
        await pilot.pause()
        assert letters(UNBROKEN) in letters(shown(pilot))


async def test_a_screen_that_is_too_small_shows_that_alone() -> None:
    async with ConvstepApp(open_session("photo")).run_test(size=(50, 15)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert [widget.id for widget in screen.children if widget.display and widget.region.area] == ["too-small"]
        await pilot.resize_terminal(120, 36)
        await pilot.pause()
        assert "too-small" not in [widget.id for widget in screen.children if widget.display]
