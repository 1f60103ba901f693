"""For every verb, its key, palette entry, command line and script lead to the same frame."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from convstep.debugger import VERBS, Session
from convstep.debugger.verbs.screen import VERBS_OF_SCREENS
from convstep.errors import ConvstepError
from convstep.opening import open_session
from convstep.tui import ConvstepApp
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.screens.help import help_lines, help_sections
from convstep.tui.screens.palette import entries, found
from convstep.tui.screens.prompt import Prompt
from convstep.tui.screens.verbs import KEYS

START = ["jump conv1 1 1 0", "taps open", "step 2 mac", "break c == 5"]
LINES = {
    "step": "step 2",
    "layer": "layer conv1",
    "kernel": "kernel 2",
    "reset": "reset",
    "decimals": "decimals 3",
    "stride": "stride 2",
    "dilation": "dilation 2",
    "open": "open lenet32",
    "expect": "expect layer conv1",
    "say": "say hello",
    "why": "why 3x3x1",
    "predict": "predict value",
    "break": "break value > 0",
    "clear": "clear all",
    "emit": "emit torch",
    "ask": 'ask "how many?" = 63',
    "wait": "wait 1",
    "shot": "shot picture.txt",
    "include": "include other.steps",
    "title": "title A lesson",
    "about": "about What it is about",
    "language": "language en",
}
"""What to try of verbs that have no key."""


def lines() -> list[tuple[str, str | None]]:
    """Every line of the table that changes a session, with the key that stands for it."""
    found: list[tuple[str, str | None]] = []
    for verb in VERBS.values():
        if verb.name in VERBS_OF_SCREENS:
            continue
        found += [(key.line, key.key) for key in verb.keys]
        if not verb.keys:
            found.append((LINES[verb.name], None))
    return found


def shown(session: Session) -> tuple[object, ...]:
    frame = session.frame
    step = frame.step
    assert step is not None
    network = frame.network
    return (frame.cursor, network.title, [str(stage) for stage in network.stages], step.output.tobytes())


def by_script(line: str) -> tuple[object, ...]:
    session = open_session("tiny")
    for each in [*START, line]:
        if each == line:
            with suppress(ConvstepError):
                session.do(each)
        else:
            session.do(each)
    return shown(session)


async def on_screen(pilot: Pilot[int]) -> DebugScreen:
    await pilot.pause()
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, DebugScreen)
    for line in START:
        screen.action_do(line)
    await pilot.pause()
    return screen


async def begin_anew(pilot: Pilot[int], screen: DebugScreen) -> None:
    screen.action_do("open tiny")
    await pilot.app.workers.wait_for_complete()
    for line in START:
        screen.action_do(line)
    await pilot.pause()


async def by_command_line(pilot: Pilot[int], screen: DebugScreen, line: str) -> None:
    await pilot.press("colon")
    screen.query_one(Prompt).value = line
    await pilot.press("enter")
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def by_palette(pilot: Pilot[int], line: str) -> None:
    await pilot.press("ctrl+p")
    await pilot.pause()
    pilot.app.screen.query_one(Input).value = line
    await pilot.pause()
    await pilot.press("enter")
    await pilot.pause()


@pytest.mark.parametrize("part", range(4))
async def test_all_routes_lead_to_the_same_frame(part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # shot writes a file
    wrong = []
    async with ConvstepApp(open_session("tiny")).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen_stack[0]
        assert isinstance(screen, DebugScreen)
        for line, key in lines()[part::4]:
            expected = by_script(line)
            await begin_anew(pilot, screen)
            await by_command_line(pilot, screen, line)
            routes = {"command line": shown(screen.session)}
            if key is not None:
                await begin_anew(pilot, screen)
                await pilot.press(key)
                await pilot.pause()
                routes["key"] = shown(screen.session)
                await begin_anew(pilot, screen)
                offered = [entry for entry, _ in entries(screen.verbs, screen.session)].count(line)
                assert offered == screen.verbs[line.split()[0]].available(screen.session), line
                if offered:
                    await by_palette(pilot, line)
                    routes["palette"] = shown(screen.session)
            wrong += [f"{line}: by {route}" for route, found in routes.items() if found != expected]
    assert not wrong


async def test_the_palette_and_the_help_have_every_verb() -> None:
    async with ConvstepApp(open_session("tiny")).run_test() as pilot:
        screen = await on_screen(pilot)
        sections = help_sections(screen.verbs, screen.session)
        text = "\n".join("".join(part for part, _ in parts) for parts in help_lines(sections, 400))
        offered = {line.split()[0] for line, _ in entries(screen.verbs, screen.session)}
        available = {name for name, verb in screen.verbs.items() if verb.available(screen.session)}
        assert offered == available - {"quit"}
        assert set(screen.verbs) - available == {"example", "source"}
        for verb in screen.verbs.values():
            assert f":{verb.usage}" in text
            assert verb.summary in text
            for key in verb.keys:
                assert key.line in text


async def test_footer_and_palette_offer_only_what_can_be_done() -> None:
    async with ConvstepApp(open_session("tiny")).run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen_stack[0]
        assert isinstance(screen, DebugScreen)
        for line, there in (("break pad", True), ("clear all", False)):
            screen.action_do(line)
            assert ("continue" in {key.line for key in screen.footer_keys}) is there
            assert ("continue" in {line for line, _ in entries(screen.verbs, screen.session)}) is there


def test_no_key_stands_for_two_lines() -> None:
    names = [key.key for key in KEYS]
    assert len(names) == len(set(names))


def test_what_is_searched_for_is_found_first() -> None:
    table = [("padding toggle", "Change the padding."), ("jump end", "Go to a neuron."), ("play", "Step by itself.")]
    assert found(table, "") == table
    assert found(table, "play")[0] == ("play", "Step by itself.")
    assert found(table, "neuron") == [("jump end", "Go to a neuron.")]
    assert found(table, "xyz") == []
