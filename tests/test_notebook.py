"""Notebooks show a session as the debugger's screen, and a lesson as a page."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from convstep import ConvstepError, Lesson, Session, load


def test_a_session_is_a_picture_of_its_screen() -> None:
    session = Session(*load("photo"))
    session.do("jump pool1 2 3 4")
    before = session.state
    shown = session._repr_mimebundle_()
    picture = Image.open(BytesIO(b64decode(shown["image/png"])))
    assert picture.width > picture.height > 500
    assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 20
    assert "pool1" in shown["text/plain"]
    assert "h 2  w 3  c 4" in shown["text/plain"]
    assert session.state.equals(before)
    session.do("padding valid")
    assert session._repr_mimebundle_()["image/png"] != shown["image/png"]


def test_where_a_loop_runs_already() -> None:
    """As in a notebook's kernel."""

    async def cell() -> dict[str, str]:
        return Session(*load("tiny"))._repr_mimebundle_()

    assert "conv1" in asyncio.run(cell())["text/plain"]


def test_a_net_that_cant_work() -> None:
    session = Session(*load("mnist"))
    session.do("padding valid all")
    session.do("layer dense1")
    assert "can't work" in session._repr_mimebundle_()["text/plain"]


class Frame(HTMLParser):
    """Keeps the attributes of the first element."""

    found: dict[str, str | None] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found = self.found or {"tag": tag, **dict(attrs)}


def test_a_lesson_is_a_page_in_a_frame(tmp_path: Path) -> None:
    script = tmp_path / "a.steps"
    script.write_text('title A "<b>\x1b\nopen tiny\nsay One <i> & **two**.\nstep\nsay Three.\n')
    shown = Lesson(str(script))._repr_mimebundle_()
    frame = Frame()
    frame.feed(shown["text/html"])
    assert frame.found is not None
    assert (frame.found["tag"], frame.found["sandbox"]) == ("iframe", "allow-scripts")
    page = frame.found["srcdoc"] or ""
    assert page.startswith("<!")
    assert "test(location.protocol)" in page  # a frame's location.replace("#1") loads the notebook itself
    assert "One &lt;i&gt; &amp; <strong>two</strong>." in page
    assert "\x1b" not in shown["text/plain"]
    assert 'A "&lt;b&gt;\\x1b' in page.replace("&quot;", '"')
    assert shown["text/html"].count("<") == 2


def test_lessons_by_name() -> None:
    assert Lesson("max-pool").path.endswith("max-pool.steps")
    with pytest.raises(ConvstepError, match="Did you mean 'max-pool'"):
        Lesson("max-poll")
