"""A lesson on the screen: space goes on, backspace goes back, any other key wanders off, one key returns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import ceil
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from convstep.debugger.tour import Tour
from convstep.opening import open_session
from convstep.places import Places
from convstep.report.lessons import done, finish
from convstep.report.scripts import Lesson, lessons
from convstep.tui import ConvstepApp
from convstep.tui.lines.text import cell_len
from convstep.tui.screens.bars import fits
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.screens.gallery import Gallery
from convstep.tui.screens.lesson import Led, LessonPanel

SCRIPT = """\
title A **lesson** \x1b[31m
open tiny
say First, `code` and **bold**.
jump 1 1 0
zoom pixel
say Second.
padding same
ask "How many?" = 63
zoom whole
say 卷积层的神经元。
"""


@asynccontextmanager
async def lesson(
    script: str = SCRIPT, size: tuple[int, int] = (80, 24), auto: bool = False, speed: float = 1.0
) -> AsyncIterator[tuple[Pilot[int], DebugScreen]]:
    session = open_session("photo")
    tour = Tour(session, script, "lesson")
    app = ConvstepApp(session, lesson=Led(tour, "", auto, speed))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        screen = app.screen_stack[0]
        assert isinstance(screen, DebugScreen)
        yield pilot, screen


def caption(screen: DebugScreen) -> str:
    return str(screen.query_one(LessonPanel).visual)


def zoom(screen: DebugScreen) -> str:
    return screen.options.zoom


async def test_through_the_lesson_and_back() -> None:
    async with lesson() as (pilot, screen):
        assert "1/5  space goes on, ⌫ goes back  A **lesson** \\x1b[31m\nFirst, code and bold." in caption(screen)
        assert screen.session.network.title != open_session("photo").network.title
        assert [key.label for key in screen.footer_keys if key.line in ("next", "prev")] == ["go on", "go back"]
        await pilot.press("space")
        assert "2/5" in caption(screen)
        assert zoom(screen) == "pixel"
        assert screen.session.number == 4
        await pilot.press("space")
        assert "space shows it" in caption(screen)
        assert "How many?" in caption(screen)
        assert screen.session.frame.shape == (5, 5, 1)
        await pilot.press("space", "space")
        assert "卷积层的神经元。" in caption(screen)
        assert zoom(screen) == "whole"
        await pilot.press("space")
        assert "this is the end of the lesson" in screen.message.text
        await pilot.press("backspace", "backspace", "backspace")
        assert "2/5" in caption(screen)
        assert screen.options.zoom == "pixel"
        assert screen.session.frame.shape == (3, 3, 1)


async def test_a_question_is_answered() -> None:
    async with lesson() as (pilot, screen):
        await pilot.press("a")
        assert "nothing is asked here" in screen.message.text
        await pilot.press("space", "space")
        assert "a to answer, space shows it, ⌫ goes back" in caption(screen)
        await pilot.press("a", "6", "4", "enter")
        assert "4/5" in caption(screen)
        assert "How many?\n63" in caption(screen)
        assert screen.message.text == "not quite: 64"
        await pilot.press("backspace", "a", "6", "3", "enter")
        assert screen.message.text == "right: 63"
        await pilot.press("space")
        assert "5/5" in caption(screen)


async def test_wandering_off_and_back() -> None:
    async with lesson() as (pilot, screen):
        await pilot.press("space", "z")
        assert "space goes on" in caption(screen)
        await pilot.press("s", "space")
        assert "l returns to the lesson" in caption(screen)
        assert [key.label for key in screen.footer_keys if key.line == "next"] == ["step"]
        assert screen.session.number != 4
        screen.action_do("open mnist")
        await pilot.app.workers.wait_for_complete()
        await pilot.press("l")
        assert "2/5  space goes on" in caption(screen)
        assert screen.session.number == 4
        assert screen.session.frame.shape == (3, 3, 1)
        assert screen.options.zoom == "pixel"


async def test_it_plays_by_itself() -> None:
    async with lesson(auto=True, speed=100) as (pilot, screen):
        for _ in range(100):
            await asyncio.sleep(0.05)
            if "5/5" in caption(screen):
                break
        await pilot.pause()
        assert "5/5" in caption(screen)


async def test_a_lesson_from_the_list_is_kept_when_it_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with ConvstepApp(open_session("tiny")).run_test(size=(100, 50)) as pilot:
        screen = pilot.app.screen_stack[0]
        assert isinstance(screen, DebugScreen)
        await pilot.press("o")
        assert isinstance(pilot.app.screen, Gallery)
        choices = pilot.app.screen.query_one(OptionList)
        choices.highlighted = choices.get_option_index("lesson max-pool")
        await pilot.press("enter")
        await pilot.pause()
        assert caption(screen).startswith("1/")
        assert not done()
        while "this is the end" not in screen.message.text:
            screen.action_do("next")
        assert done() == {"max-pool"}
        screen.action_do("lesson end")
        await pilot.pause()
        assert not screen.query(LessonPanel)
        screen.action_do("next")
        assert screen.session.number == 1
        screen.action_do("lesson maxpool")
        assert "Did you mean 'max-pool'" in screen.message.text


async def test_the_very_first_start_offers_the_lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for is_first in (True, False):
        async with ConvstepApp(open_session("photo"), places=Places()).run_test(size=(60, 18)) as pilot:
            screen = pilot.app.screen_stack[0]
            assert isinstance(screen, DebugScreen)
            assert ("new? space steps, :lesson first-conv explains" in screen.message.text) == is_first
            assert fits(screen.message, 58) or not is_first
        finish("a")


async def test_without_a_lesson_the_verb_says_so() -> None:
    async with ConvstepApp(open_session("tiny")).run_test() as pilot:
        await pilot.press("l")
        screen = pilot.app.screen_stack[0]
        assert isinstance(screen, DebugScreen)
        assert "no lesson is open" in screen.message.text


SHOWN = [(each, (80, 24)) for each in lessons()]
SHOWN += zip(lessons()[::3], [(120, 36), (60, 18), (40, 10)], strict=False)
"""Every lesson where the panel has least room for what it is to show whole; some at other sizes."""


@pytest.mark.parametrize(("each", "size"), SHOWN, ids=lambda part: getattr(part, "name", str(part)))
async def test_every_lesson_is_shown_to_its_end(each: Lesson, size: tuple[int, int]) -> None:
    script = Path(each.path).read_text(encoding="utf-8")
    async with lesson(script, size) as (pilot, screen):
        panel = screen.query_one(LessonPanel)
        total = Tour(open_session("tiny"), script, "again").total
        for number in range(1, total + 1):
            assert not screen.message.wrong, screen.message.text
            if panel.display and size != (60, 18):
                heading, text = caption(screen).split("\n", 1)
                assert heading.startswith(f"{number}/{total}  ")
                width, height = panel.content_size
                lines = sum(ceil(cell_len(part) / (width - 8)) for part in text.split("\n"))
                assert lines < height, text
            screen.action_do("next")
        await pilot.pause()
        assert screen.message.text == "this is the end of the lesson"
