"""The help: keys that work here come first, the search finds all entries, and nothing is cut."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from convstep.debugger import VERBS
from convstep.opening import open_session
from convstep.tui import ConvstepApp
from convstep.tui.lines.text import width_of
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.screens.help import GROUPS, LEGEND, Help, HelpText, found, help_lines, help_sections

SECTIONS = help_sections(VERBS, open_session("tiny"))


def text_of(sections: object, width: int = 100) -> str:
    return "\n".join("".join(text for text, _ in parts) for parts in help_lines(sections, width))  # type: ignore[arg-type]


def shown(pilot: Pilot[int]) -> str:
    text = pilot.app.screen.query_one(HelpText)
    return "\n".join(text.render_line(y).text for y in range(text.size.height))


def test_keys_that_work_here_come_first_by_what_they_are_for() -> None:
    titles = [section.title for section in SECTIONS]
    assert tuple(titles[: len(GROUPS)]) == GROUPS
    here = text_of(SECTIONS[: len(GROUPS)])
    later = text_of([section for section in SECTIONS if section.title.startswith("keys that do nothing")])
    for line, place in (("space next", here), ("q quit", here), ("c continue", later), ("e example next", later)):
        assert line in place
        assert line not in (here if place is later else later)
    look = next(section for section in SECTIONS if section.title == "look")
    assert "z zoom" in text_of([look])
    assert "space next" not in text_of([look])


def test_while_a_layer_is_computed_most_keys_do_nothing() -> None:
    sections = help_sections(VERBS, open_session("tiny"), working=True)
    here = text_of(sections[: len(GROUPS)])
    assert "q quit" in here
    assert "space next" not in here


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("padding", ["padding next", ":padding same|valid", "cells outside the input"], ["space next"]),
        ("ORANGE", ["a positive number"], ["a negative number"]),
        ("jump end", ["end jump end", ":jump"], ["tab follow"]),
        ("move space", ["space next"], ["tab follow"]),
        ("mouse", ["click a layer"], ["space next"]),
        ("no such thing", [], ["space next"]),
        ("", ["space next", "click a layer", ":say TEXT"], []),
    ],
)
def test_typing_narrows(query: str, there: list[str], gone: list[str]) -> None:
    text = text_of(found(SECTIONS, query))
    assert [each for each in there if each not in text] == []
    assert [each for each in gone if each in text] == []


@pytest.mark.parametrize("width", [1, 20, 50, 64, 92, 200])
def test_nothing_is_cut(width: int) -> None:
    lines = help_lines(SECTIONS, width)
    words = set(" ".join(text for parts in lines for text, _ in parts).split())
    for verb in VERBS.values():
        assert set(f":{verb.usage} {verb.summary}".split()) <= words
    assert {mark for (mark, _), _ in LEGEND if " " not in mark} <= words
    if width >= 64:
        assert max(map(width_of, lines)) <= max(width, max(len(verb.usage) + 4 for verb in VERBS.values()))


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_it_is_searched_scrolled_and_closed(size: tuple[int, int]) -> None:
    async with ConvstepApp(open_session("photo")).run_test(size=size) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Help)
        assert "space next" in shown(pilot)
        first = shown(pilot)
        await pilot.press("pagedown", "down")
        await pilot.pause()
        assert size[1] > 50 or shown(pilot) != first
        await pilot.press(*"orange")
        await pilot.pause()
        assert "positive number" in shown(pilot)
        assert "space next" not in shown(pilot)
        assert pilot.app.screen.query_one(HelpText).max_scroll_x == 0
        await pilot.press(*"zzz")
        await pilot.pause()
        assert "Nothing here matches 'orangezzz'" in shown(pilot)
        assert pilot.app.screen.query_one(Input).value == "orangezzz"
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, DebugScreen)
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, Help)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, DebugScreen)
        await pilot.press("f1")
        assert isinstance(pilot.app.screen, Help)
        await pilot.click(offset=(0, 0))
        assert isinstance(pilot.app.screen, DebugScreen)
