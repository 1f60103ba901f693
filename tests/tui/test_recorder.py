"""A script filmed on the screen: what a terminal would show, when, and written as all that it can be written as."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyte
import pytest
from chromium import chromium
from PIL import Image
from rich.cells import cell_len

from convstep.opening import open_session
from convstep.report.film import Film, Screen, cells
from convstep.report.film.cast import cast
from convstep.report.film.formats import exporting, notes, target
from convstep.report.film.page import page
from convstep.report.film.pictures import gif, png, webp
from convstep.report.film.svg import svg
from convstep.report.film.text import text
from convstep.report.scripts import Folder
from convstep.tui.recorder import FilmApp, film_of, still
from convstep.tui.screens.capture import capture
from convstep.tui.screens.debug import DebugScreen

SCRIPT = """\
title A <lesson> & more
about It is "short".
language de
open tiny
say First, `a < b` and **bold**.
step 3
say Second: 卷积层。
padding same
jump 0 0 0
ask "How many?" = 63 [x](y)
zoom pixel
say The end.
"""
SIZE = (80, 24)
CELL = (9, 18)
MARGIN = 9


def filmed(script: str, **options: Any) -> Film:
    return film_of(script, "s.steps", Folder("."), **{"size": SIZE, **options})


@pytest.fixture(scope="module")
def film() -> Film:
    return filmed(SCRIPT)


def test_captions_with_what_leads_to_them(film: Film) -> None:
    captions = [shot.caption for shot in film.shots]
    first, second = "First, `a < b` and **bold**.", "Second: 卷积层。"
    assert captions == [first, None, None, second, None, "How many?", "63 [x](y)", "The end."]
    assert [shot.seconds for shot in film.shots[1:3]] == [0.125, 0.125]
    assert film.shots[0].seconds == 1.5 + len("First, a < b and bold.") / 20
    assert film.shots[3].seconds == 1.5 + (8 + 4 * 2) / 20
    assert [shot.is_answer for shot in film.shots].index(True) == captions.index("63 [x](y)")
    assert film.about == ("A <lesson> & more", 'It is "short".', "de")
    numbers = [re.search(r"window #(\d)", shot.words[1]) for shot in film.shots]
    assert [found and found[1] for found in numbers] == ["1", "2", "3", "4", "6", "1", "1", "1"]
    assert ":padding same" in film.shots[4].screen.text
    assert "Second: 卷积层。" in film.shots[4].screen.text
    for shot in film.shots:
        assert {cell_len("".join(run.text for run in row)) for row in shot.screen.rows} == {80}
        assert len(shot.screen.rows) == 24
        assert "space" not in shot.screen.text


def test_the_screen_is_what_textual_draws() -> None:
    """Compared with the texts and colours in the screenshot that Textual exports."""

    async def both() -> tuple[Screen, str]:
        app = FilmApp(open_session("photo"))
        async with app.run_test(size=(100, 30)) as pilot:
            screen = app.screen_stack[0]
            assert isinstance(screen, DebugScreen)
            screen.action_do("jump 20 30 2")
            screen.say("a long message " * 20, wrong=True)
            await pilot.pause()
            return capture(screen), app.export_screenshot()

    screen, picture = asyncio.run(both())
    assert "a long message a long" in screen.text
    drawn = ElementTree.fromstring(picture)
    styles = dict(re.findall(r"\.([\w-]+-r\d+) \{[^}]*?fill: (#\w+)", picture))
    ours = [list(cells(row)) for row in screen.rows]
    seen = 0
    for element in drawn.iter("{http://www.w3.org/2000/svg}text"):
        if (line := re.search(r"line-(\d+)\)", element.get("clip-path", ""))) is None:
            continue
        x, colour = round(float(element.get("x", "")) / 12.2), styles[element.get("class", "")]
        for character in (element.text or "").replace("\u00a0", " ").rstrip("\n"):
            shown, look = ours[int(line[1])][x]
            assert shown.replace("\u00a0", " ") == character
            if character != " ":
                assert f"#{look.colour:06x}" == colour
                seen += 1
            x += 1
    assert seen > 1000


def test_colour_settings_of_the_terminal_make_no_difference(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")
    assert filmed(SCRIPT) == film
    light = filmed("say x", theme="light", speed=2)
    assert light.shots[0].seconds == round((1.5 + 1 / 20) / 2, 3)
    assert light.plain.background == 0xF6F7F9
    assert {look.background for _, look in light.shots[0].screen.rows[0]} & {0xF6F7F9}


def test_a_script_that_says_nothing_is_a_film_of_its_moves() -> None:
    film = filmed("open tiny\nstep\nstep 2\npadding same\n", fps=4)
    assert [shot.seconds for shot in film.shots] == [0.7, 0.7, 0.25, 0.7, 0.7]
    assert {shot.caption for shot in film.shots} == {None}
    assert "1/0" not in film.shots[0].screen.text
    assert len(film.stills) == 5


def test_a_script_that_fails_says_so_in_its_film() -> None:
    film = filmed("open tiny\nsay a\nexpect number 7\nsay b\njmp\nsay c\n")
    assert "s.steps:3: conv1 (0, 0, 0): expected number 7, got 1" in " ".join(film.stills[1].screen.text.split())
    assert film.stills[-1].caption is not None
    assert "unknown verb 'jmp'" in film.stills[-1].caption


def test_a_still_leaves_the_session_as_it_is() -> None:
    session = open_session("tiny")
    session.do("jump 1 1 0")
    session.notes.append("a note")
    state = session.state
    shot = still(session, size=(60, 18)).shots[0]
    assert "#5 of 9" in shot.screen.text
    assert (session.state, session.notes) == (state, ["a note"])

    async def inside() -> str:
        return still(session, size=(60, 18)).shots[0].screen.text

    assert asyncio.run(inside()) == shot.screen.text


# As a cast


def replayed(lines: list[str]) -> Iterator[tuple[str, pyte.Screen]]:
    """The labels of the markers, each with the terminal's screen then; at the end "" with the last screen."""
    header, *events = map(json.loads, lines)
    assert (header["version"], header["width"], header["height"]) == (2, *SIZE)
    terminal = pyte.Screen(*SIZE)
    stream = pyte.Stream(terminal)
    for (before, *_), (after, *_) in pairwise(events):
        assert before <= after
    for _, kind, data in events:
        if kind == "m":
            yield data, terminal
        else:
            assert kind == "o"
            stream.feed(data)
    yield "", terminal


def assert_same(terminal: pyte.Screen, screen: Screen) -> None:
    for y, row in enumerate(screen.rows):
        for x, (character, look) in enumerate(cells(row)):
            cell = terminal.buffer[y][x]
            assert (cell.data, cell.bg) == (character, f"{look.background:06x}")
            if character.strip():
                assert (cell.fg, cell.bold, cell.italics) == (f"{look.colour:06x}", look.bold, look.italic)


def test_a_cast_replays_to_the_same_screens(film: Film) -> None:
    lines = list(cast(film))
    stills = [*film.stills, film.shots[-1]]
    for (label, terminal), shot in zip(replayed(lines), stills, strict=True):
        assert_same(terminal, shot.screen)
        assert label in ("", "First, a < b and bold.", shot.caption)
    assert json.loads(lines[-1])[0] == round(sum(shot.seconds for shot in film.shots), 3)
    assert len(lines[3]) < len(lines[1]) / 3  # only what has changed
    assert json.loads(lines[0])["theme"]["bg"] == "#11151c"


# As pictures


def pixels_are_right(image: Image.Image, screen: Screen, scale: int = 1) -> set[str]:
    """Blanks have their background, and ▀ its two colours, in the middle of each half of a cell."""
    pixels = np.asarray(image.convert("RGB")).astype(int)
    packed = pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2]
    width, height, margin = (each * scale for each in (*CELL, MARGIN))
    assert packed.shape == (24 * height + 2 * margin, 80 * width + 2 * margin)
    found = set()
    for y, row in enumerate(screen.rows):
        for x, (character, look) in enumerate(cells(row)):
            left, top = margin + x * width, margin + y * height
            if character in (" ", "▀"):
                upper = look.colour if character == "▀" else look.background
                assert set(packed[top : top + height // 2, left : left + width].ravel()) == {upper}
                assert set(packed[top + height // 2 : top + height, left : left + width].ravel()) == {look.background}
            elif character.isalnum():
                cell = packed[top : top + height, left : left + width * cell_len(character)]
                assert len(set(cell.ravel())) > 1, f"nothing is drawn for {character}"
            found.add(character)
    return found


def test_a_gif_and_a_webp_have_the_screens_their_colours_and_times(film: Film) -> None:
    shots = film.shots
    assert gif(film) == gif(film)
    for data, unit in ((gif(film), 10), (webp(film), 1)):
        with Image.open(BytesIO(data)) as image:
            assert getattr(image, "n_frames", 0) == len(shots)
            for number, shot in enumerate(shots):
                image.seek(number)
                image.load()
                assert abs(image.info["duration"] - shot.seconds * 1000) <= unit
                if number in (0, 2, 7):
                    assert ("▀" in pixels_are_right(image, shot.screen)) == (number == 7)
            assert image.info["loop"] == 0
    assert len(gif(film)) < 150_000


def test_unchanged_pixels_of_a_gif_are_transparent(film: Film) -> None:
    data = gif(film)
    assert data.count(b"\x21\xf9\x04") == len(film.shots)
    flags = [data[at + 3] for at in (match.start() for match in re.finditer(rb"\x21\xf9\x04", data))]
    assert [flag & 1 for flag in flags] == [0] + [1] * (len(flags) - 1)


def test_a_png_and_an_svg(film: Film) -> None:
    shot = film.shots[7]
    with Image.open(BytesIO(png(shot.screen, film.plain.background, 2))) as image:
        pixels_are_right(image, shot.screen, 2)
    picture = "\n".join(svg(shot.screen, film.plain, "A <title>", "a & b"))
    root = ElementTree.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    assert (root.get("width"), root.get("height")) == ("738", "450")
    assert [root.findtext(f"{space}{name}") for name in ("title", "desc")] == ["A <title>", "a & b"]
    assert "://" not in picture.replace("http://www.w3.org/2000/svg", "")
    words = {element.text: element for element in root.iter(f"{space}text")}
    assert words["The end."].get("textLength") == str(8 * 9)
    chinese = "".join(svg(film.shots[3].screen, film.plain))
    assert f'textLength="{16 * 9}" lengthAdjust="spacingAndGlyphs" fill="#d7dce5">Second: 卷积层。<' in chinese
    rectangles = {(element.get("x"), element.get("y")): element.get("fill") for element in root.iter(f"{space}rect")}
    for y, row in enumerate(shot.screen.rows):
        line = cells(row)
        for x, (character, look) in enumerate(line):
            if character == "▀" and (line[x - 1][0], line[x - 1][1].colour) != (character, look.colour):
                assert rectangles[str(x * 9), str(y * 18)] == f"#{look.colour:06x}"


def test_chinese_without_a_font_for_it_is_told(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    from convstep.report.film import fonts

    fonts._wide.cache_clear()
    monkeypatch.setattr(fonts, "wide_font", lambda: None)
    try:
        (note,) = notes(film, target("film.gif"))
        assert "no font was found for 。卷层积" in note
        assert notes(film, target("film.cast")) == []
        pixels_are_right(Image.open(BytesIO(png(film.shots[3].screen, film.plain.background, 1))), film.shots[3].screen)
    finally:
        fonts._wide.cache_clear()


# As text and pages


def test_a_text_has_each_caption_and_what_the_screen_shows(film: Film) -> None:
    blocks = "\n".join(text(film)).split("\n\n")
    assert blocks[0] == 'A <lesson> & more\nIt is "short".'
    assert blocks[1] == "1/5\nFirst, a < b and bold."
    assert "conv1 window #1 of 9" in blocks[2]
    assert "adds up" in blocks[2] or "add up" in blocks[2]
    assert blocks[3] == "2/5\nSecond: 卷积层。"
    assert "▀" not in "".join(blocks)


class Reader(HTMLParser):
    """What a page loads, and its captions."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.captions: list[str] = []
        self.tags: set[str] = set()
        self._inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loaded += [value or "" for name, value in attributes if name in ("src", "href", "data", "action")]
        if tag == "li":
            self._inside = True
            self.captions.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "li"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.captions[-1] += data


def test_a_page_needs_nothing_from_elsewhere_and_has_the_captions(film: Film) -> None:
    written = "".join(page(film))
    reader = Reader()
    reader.feed(written)
    assert reader.loaded == []
    assert not {"img", "link", "iframe"} & reader.tags
    outside = set(re.findall(r"https?://([\w.-]+)", re.sub(r"<pre>.*?</pre>", "", written, flags=re.DOTALL)))
    assert outside <= {"www.w3.org", "localhost"}
    assert "url(" not in written.split("<script")[0].replace("url(data:", "")
    assert reader.captions == ["First, a < b and bold.", "Second: 卷积层。", "How many?", "63 [x](y)", "The end."]
    assert '<html lang="de">' in written
    assert "<title>A &lt;lesson&gt; &amp; more</title>" in written
    assert "Apache License" in written
    assert re.search(r'http-equiv="Content-Security-Policy" content="default-src \'none\'', written)


def test_a_page_in_a_browser(film: Film, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("".join(page(film)), encoding="utf-8")
    place = "document.getElementById('place') && document.getElementById('place').textContent"
    current = "document.querySelector('[aria-current]').textContent"
    screen = "document.querySelector('.ap-term').textContent.replace(/\\u00a0/g, ' ')"
    with chromium(tmp_path / "profile") as browser:
        browser.open(path)
        browser.wait_for(place, "1 / 5")
        browser.press("ArrowRight", 39)
        browser.wait_for(place, "2 / 5")
        assert browser.value(current) == "Second: 卷积层。"
        browser.wait_for(f"{screen}.includes('#4 of')", True)
        browser.press("ArrowRight", 39)
        browser.wait_for(place, "3 / 5")
        hidden = "getComputedStyle(document.querySelector('.answer span')).display"
        assert browser.value(hidden) == "none"
        browser.press("ArrowRight", 39)
        browser.wait_for(place, "4 / 5")
        assert browser.value(hidden) == "inline"
        for number in (3, 2, 1, 1):
            browser.press("ArrowLeft", 37)
            browser.wait_for(place, f"{number} / 5")
        browser.wait_for(f"{screen}.includes('#1 of')", True)
        browser.press("End", 35)
        browser.wait_for(current, "The end.")
        frame = tmp_path / "frame.html"
        frame.write_text(f'<iframe id="f" srcdoc="{escape(path.read_text("utf-8"))}"></iframe>', encoding="utf-8")
        browser.open(frame)
        inside = "document.getElementById('f').contentDocument.getElementById('place')"
        browser.wait_for(f"document.getElementById('f') && {inside} && {inside}.textContent", "1 / 5")
        browser.value("document.getElementById('f').contentDocument.getElementById('on').click()")
        browser.wait_for(f"{inside}.textContent", "2 / 5")
        assert set(browser.requests) <= {path.as_uri(), frame.as_uri(), "about:srcdoc"}
        assert browser.errors == []


def test_a_page_in_markdown_with_its_pictures(film: Film, tmp_path: Path) -> None:
    with exporting(target(str(tmp_path / "a b.md"))) as write:
        write(film, lambda done, total: None)
    written = (tmp_path / "a b.md").read_text(encoding="utf-8")
    assert written.startswith('# A \\<lesson\\> \\& more\n\nIt is "short".\n\nFirst, `a < b` and **bold**.\n\n![')
    assert "63 \\[x\\](y)" in written
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", written)
    assert pictures == [f"a%20b_files/{number:02}.png" for number in range(1, 6)]
    for number in (1, 5):
        with Image.open(tmp_path / "a b_files" / f"{number:02}.png") as image:
            pixels_are_right(image, film.stills[number - 1].screen)


def test_folders_of_screens(film: Film, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    for name, ending in (("new.svg/", "svg"), ("new/", "png"), ("taken", "png")):
        with exporting(target(f"{tmp_path}/{name}", force=True)) as write:
            write(film, lambda done, total: None)
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == [f"0{n}.{ending}" for n in range(1, 6)]


# Hostile text

HOSTILE = "\x1b[2J \x9b31m \u202e \x07 </script><script>alert(1)</script> <img src=x> ]]> & \" ' {{cast}} `code` **b**"

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u200b\u2028]")


def test_hostile_captions_reach_nothing_unescaped(tmp_path: Path) -> None:
    film = filmed(f"title {HOSTILE}\nabout {HOSTILE}\nopen tiny\nsay {HOSTILE}\nstep\nsay é\u0301\u200b 卷\n")
    assert isinstance(film.shots[0].caption, str)
    for _, kind, data in map(json.loads, list(cast(film))[1:]):
        if kind == "o":
            data = re.sub(r"\x1b\[(\?25[lh]|2J|[0-9;]*[mH])", "", data)
        assert not CONTROL.search(data)
    written = "".join(page(film))
    reader = Reader()
    reader.feed(written)
    assert "img" not in reader.tags
    assert "<script>alert" not in written
    assert "{{cast}}" in reader.captions[0]
    for name in ("a.txt", "a.md", "a.svg", "a.html", "a.cast"):
        path = tmp_path / name
        with exporting(target(str(path))) as write:
            write(film, lambda done, total: None)
        content = path.read_text(encoding="utf-8")
        assert not CONTROL.search(content.split("<script>")[0].replace("\n", "")), name
    ElementTree.parse(tmp_path / "a.svg")


async def test_the_debugger_s_own_screen_is_written(tmp_path: Path) -> None:
    app = FilmApp(open_session("photo"))
    async with app.run_test(size=(100, 30)) as pilot:
        screen = app.screen_stack[0]
        assert isinstance(screen, DebugScreen)
        screen.action_do("jump 20 30 2")
        await pilot.pause()
        assert screen.action_do(f"shot {tmp_path / 'a.png'}")
        assert screen.message.text == f"written to {tmp_path / 'a.png'}"
        assert screen.action_do(f"shot {tmp_path / 'a.txt'}")
        assert not screen.action_do(f"shot {tmp_path / 'a.bmp'}")
        assert ".bmp" in screen.message.text
        assert not screen.action_do(f"shot {tmp_path / 'none' / 'a.png'}")
        assert not screen.action_do("shot")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (102 * 18, 31 * 36)
    assert "h 20  w 30  c 2" in (tmp_path / "a.txt").read_text()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.png", "a.txt"]
