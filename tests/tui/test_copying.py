"""Copying: the text sent to the terminal, and the error if there is no clipboard."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
from terminal import Debugger
from textual.pilot import Pilot

from convstep.errors import VerbError
from convstep.opening import open_session
from convstep.tui import ConvstepApp
from convstep.tui.screens.copying import check_size, check_terminal, copied_message
from convstep.tui.screens.debug import DebugScreen


def screen_of(pilot: Pilot[int]) -> DebugScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, DebugScreen)
    return screen


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 36), (200, 60)])
async def test_numbers_and_screen(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    async with ConvstepApp(open_session("photo")).run_test(size=size) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        await pilot.press("y")
        assert screen.message.text.startswith("the slice, 4×4×3, as NumPy code: sent to")
        names: dict[str, object] = {}
        exec(pilot.app.clipboard, names)
        assert screen.frame is not None
        assert screen.frame.step is not None
        assert np.array_equal(np.asarray(names["a"]), screen.frame.step.input_slice)
        await pilot.press("space")
        await pilot.pause()
        strips = pilot.app.screen._compositor.render_strips()
        there = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
        await pilot.press("Y")
        assert screen.message.text.startswith("the screen as text: sent to")
        assert pilot.app.clipboard.split("\n")[: len(there) - 3] == there[:-3]


async def test_a_wrong_word_and_nothing_to_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    async with ConvstepApp(open_session("mnist")).run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        for line, what in (
            ("copy", "expected one of numbers, screen, got ''"),
            ("copy it", "expected one of numbers, screen, got 'it'"),
        ):
            assert not screen.action_do(line)
            assert what in screen.message.text
        for line in ("padding valid all", "layer dense1", "copy numbers"):
            screen.action_do(line)
        assert "no numbers to copy" in screen.message.text
        assert screen.message.wrong


def test_terminals_without_a_clipboard_are_named() -> None:
    for environment in ({"TERM": "linux"}, {"TERM": "dumb"}, {"TERM": "xterm", "TERM_PROGRAM": "Apple_Terminal"}):
        with pytest.raises(VerbError, match="lets no program write to the clipboard"):
            check_terminal(environment)
    check_terminal({"TERM": "xterm-256color"})
    assert "set-clipboard" in copied_message("x", {"TMUX": "1"})
    assert "OSC 52" in copied_message("x", {})


def test_too_much_is_refused() -> None:
    check_size("x" * 74_994, "it")
    with pytest.raises(VerbError, match="it has 74,996 bytes"):
        check_size("×" * 37_498, "it")


def test_a_terminal_is_sent_the_sequence() -> None:
    with Debugger("tiny") as program:
        program.press("y")
        program.wait_for("as NumPy code: sent to")
        (sent,) = re.findall(rb"\x1b\]52;c;([^\a]*)\a", bytes(program.output))
        assert base64.b64decode(sent).decode().startswith("import numpy as np")
        program.press("ctrl+q")
        program.must_end()
    with Debugger("tiny", colours="dumb") as program:
        program.press("y")
        program.wait_for("lets no program write to the clipboard")
        assert b"\x1b]52" not in program.output
        program.press("ctrl+q")
        program.must_end()


async def test_the_call_of_a_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    async with ConvstepApp(open_session("photo")).run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        await pilot.press("colon", *"emit tensorflow", "enter")
        await pilot.pause()
        assert pilot.app.clipboard == 'x = tf.nn.conv2d(x, W, 1, "SAME") + b\n'
        assert screen.message.text.startswith("the call of conv1, as code: sent to")
        assert not screen.action_do("emit caffe")
        assert "there is no framework 'caffe'" in screen.message.text
