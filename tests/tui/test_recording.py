"""What is done on the screen is recorded: keys, searches and nets that are opened in the background."""

from __future__ import annotations

import signal
from pathlib import Path

from terminal import Debugger
from textual.pilot import Pilot

from convstep.debugger import Session
from convstep.debugger.lesson import play
from convstep.opening import open_session
from convstep.places import Places
from convstep.spec import load
from convstep.tui import ConvstepApp
from convstep.tui.screens.debug import DebugScreen


async def type_lines(pilot: Pilot[int], *lines: str) -> None:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, DebugScreen)
    for line in lines:
        screen.action_do(line)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


def message(pilot: Pilot[int]) -> str:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, DebugScreen)
    return screen.message.text


def assert_replays(session: Session, file: Path) -> list[str]:
    again = open_session("tiny")
    text = file.read_text(encoding="utf-8")
    for played in play(again, text, file.name):
        assert played.error is None
    assert (again.cursor, again.network.title) == (session.cursor, session.network.title)
    assert [str(stage) for stage in again.network.stages] == [str(stage) for stage in session.network.stages]
    return text.splitlines()


def test_a_run_that_is_killed_while_a_key_is_held(tmp_path: Path) -> None:
    file = tmp_path / "a.steps"
    with Debugger("mnist", "--fresh", "--record", str(file)) as program:
        first = program.number
        for _ in range(5):
            program.send(b" " * 20)
        program.wait_until(lambda: program.number == first + 100, "100 steps")
        program.press("p")
        program.wait_until(lambda: program.number > first + 200, "it to play")
        program.press("p")
        program.wait_for("paused")
        last = program.number
        program.signal(signal.SIGKILL)
        program.wait_for_exit()
    again = open_session("tiny")
    text = file.read_text(encoding="utf-8")
    for _ in play(again, text, file.name):
        pass
    assert (again.network.title, again.number + 1) == (load("mnist")[0].title, last)
    assert len(text.splitlines()) <= 5


async def test_a_session_on_the_screen_is_recorded(tmp_path: Path) -> None:
    session = open_session("photo")
    session.begin()
    file = tmp_path / "a.steps"
    async with ConvstepApp(session, places=Places(fresh=True)).run_test() as pilot:
        await type_lines(pilot, "record stop")
        assert "nothing is recorded" in message(pilot)
        await type_lines(pilot, f"record {file}", "break pad and c == 3")
        await pilot.press(*["space"] * 5, "s", "z", "b", "]", "m", "escape")
        await type_lines(pilot, "continue", "open mnist", "play 100", "play pause", "B", "continue")
        await pilot.press("tab", "tab", "u", "enter", "space")
        assert_replays(session, file)
        await type_lines(pilot, f"record {tmp_path / 'b.steps'}")
        assert "is recorded already" in message(pilot)
        await type_lines(pilot, "record stop", "jump start")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert "open mnist" in lines
    assert lines.count("continue") <= 2
    assert not any(line.startswith(("play", "record", "undo")) for line in lines)
    assert not (tmp_path / "b.steps").exists()


async def test_of_a_lesson_what_it_leads_to_is_recorded(tmp_path: Path) -> None:
    session = open_session("tiny")
    session.begin()
    file = tmp_path / "a.steps"
    async with ConvstepApp(session).run_test() as pilot:
        await type_lines(pilot, f"record {file}", "lesson dense-rows", *["next"] * 3, "answer 32", *["next"] * 3)
        assert session.question is not None
        await type_lines(pilot, "answer 14x14x64", "next", "step", "lesson return", "next", "lesson prev")
        lines = assert_replays(session, file)
        assert not any(line.startswith(("say", "expect", "ask", "answer", "lesson")) for line in lines)
        await type_lines(pilot, "lesson max-pool", *["next"] * 9, *["prev"] * 5)
        assert session.network.title == load("tiny")[0].title
        lines = assert_replays(session, file)
        assert [line for line in lines if line.startswith("open")] == [
            f"open {name}" for name in ("tiny", "mnist", "tiny", "mnist", "tiny")
        ]
