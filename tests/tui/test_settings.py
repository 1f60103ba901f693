"""What the user's settings do to the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import Debugger
from textual.pilot import Pilot

from convstep.debugger import VERBS
from convstep.errors import VerbError
from convstep.opening import open_session
from convstep.settings import Settings, settings_in
from convstep.tui import ConvstepApp
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.screens.keys import key_name, remapped
from convstep.tui.screens.palette import entries

MINE = settings_in('[keys]\nnext = "n"\n"filter next" = ["f", "c"]\n"zoom numbers" = "9"\n', "config.toml")


def screen_of(pilot: Pilot[int]) -> DebugScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, DebugScreen)
    return screen


def test_lines_have_the_keys_that_are_set_and_no_others() -> None:
    verbs, notes = remapped(VERBS, MINE.keys)
    assert [(key.key, key.label) for key in verbs["next"].keys if key.line == "next"] == [("n", "step")]
    assert [(key.key, key.label) for key in verbs["filter"].keys] == [("f", "filter"), ("c", ""), ("[", "")]
    assert not verbs["continue"].keys
    assert ("9", "zoom numbers") in [(key.key, key.line) for key in verbs["zoom"].keys]
    assert notes == ["c is now 'filter next', no longer 'continue'"]
    keys = [key.key for verb in verbs.values() for key in verb.keys]
    assert len(keys) == len(set(keys))


def test_a_verb_that_there_is_not_is_said_with_its_line() -> None:
    with pytest.raises(VerbError) as caught:
        ConvstepApp(open_session("tiny"), settings_in('[keys]\n"stpe" = "n"', "config.toml"))
    assert str(caught.value) == "config.toml:2: there is no verb 'stpe'. Did you mean 'step'?"


async def test_keys_do_what_is_set() -> None:
    async with ConvstepApp(open_session("photo"), MINE).run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        assert screen.message.text == "c is now 'filter next', no longer 'continue'"
        await pilot.press("n", "n", "space")
        assert screen.session.index == (0, 0, 0, 2)
        await pilot.press("f", "c", "right_square_bracket", "left_square_bracket")
        assert screen.session.index == (0, 0, 0, 3)
        await pilot.press("9")
        assert screen.options.zoom == "numbers"
        assert "n" in [key_name(key.key) for key in screen.footer_keys]
        assert {"next", "filter next", "zoom numbers"} <= {line for line, _ in entries(screen.verbs, screen.session)}
        await pilot.press("colon", *"step", "enter", "n")
        await pilot.pause()
        assert screen.session.index == (0, 0, 0, 5)


async def test_how_things_are_shown_at_first() -> None:
    settings = Settings(theme="light", zoom="numbers", speed=50, decimals=1)
    async with ConvstepApp(open_session("photo"), settings).run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        assert not pilot.app.current_theme.dark
        assert screen.options.zoom == "numbers"
        assert screen.session.decimals == 1
        await pilot.press("p")
        assert screen.message.text == "playing, 50 positions a second"


def test_the_file_is_read_by_the_debugger(state_home: Path) -> None:
    file = state_home / "config" / "convstep" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[keys]\nnext = 'n'\n")
    with Debugger("tiny") as program:
        assert program.shows("n step")
        program.press("n")
        program.wait_for("#2 of")
        program.press("ctrl+q")
        program.must_end()
    file.write_text("\ntheem = 'light'\n")
    with Debugger("tiny", shows="theem") as program:
        assert program.wait_for_exit() == 2
        said = "".join(program.text.split())  # a long path is broken anywhere
        assert ":2:unknownsetting'theem'.Didyoumean'theme'?" in said
        assert not program.shows("Traceback")
