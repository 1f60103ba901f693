"""The bundled lessons hold to the last number, in every language, and each says the same."""

from __future__ import annotations

import re
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from convstep.debugger.lesson import play
from convstep.debugger.script import statements
from convstep.debugger.tour import Tour
from convstep.opening import open_session
from convstep.report.captions import reading_seconds
from convstep.report.scripts import ORDER, Folder, lessons
from convstep.spec import load

LESSONS = {lesson.name: lesson for lesson in lessons()}
SAID = ("title", "about", "language", "say")
MOST_CHARACTERS = 220
"""More is not read in a few seconds, and does not fit into a terminal's panel."""


def test_there_are_lessons() -> None:
    assert [name for name in LESSONS if "." not in name] == list(ORDER)
    for name in ("first-conv", "dense-rows"):
        assert {each.about.language for key, each in LESSONS.items() if key.split(".")[0] == name} == {"en", "de", "zh"}


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_holds(name: str) -> None:
    lesson = LESSONS[name]
    folder = Folder(str(Path(lesson.path).parent))
    text = Path(lesson.path).read_text(encoding="utf-8")
    session = open_session(locate=folder.spec)
    began = perf_counter()
    played = list(play(session, text, name, folder.include))
    assert [str(each.error) for each in played if each.error is not None] == []
    assert sum(each.outcome == "right" for each in played) >= 15
    assert perf_counter() - began < 10


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_says_what_it_is_and_is_short(name: str) -> None:
    lesson = LESSONS[name]
    said = lesson.about
    assert said.title
    assert said.about
    assert said.language == (name.split(".")[1] if "." in name else "en")
    captions = [each.rest for each in statements(Path(lesson.path).read_text("utf-8")) if each.verb in ("say", "ask")]
    assert 10 <= len(captions) <= 40
    assert max(map(len, captions)) <= MOST_CHARACTERS
    for caption in captions:
        assert caption.count("**") % 2 == 0
        assert caption.count("`") % 2 == 0


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_takes_at_most_three_minutes(name: str) -> None:
    session = open_session()
    tour = Tour(session, Path(LESSONS[name].path).read_text(encoding="utf-8"), name)
    seconds = 0.0
    while tour.forward():
        seconds += reading_seconds(tour.stop.caption) + tour.stop.seconds
        assert not tour.stop.wrong
    assert tour.at + 1 == tour.total
    assert 60 < seconds <= 180


@pytest.mark.parametrize("name", [name for name in LESSONS if "." in name])
def test_a_translation_does_the_same_and_has_the_same_numbers(name: str) -> None:
    ours = list(statements(Path(LESSONS[name].path).read_text(encoding="utf-8")))
    english = list(statements(Path(LESSONS[name.split(".")[0]].path).read_text(encoding="utf-8")))
    for own, original in zip(ours, english, strict=True):
        assert own.verb == original.verb
        if own.verb == "say" or own.text.startswith('ask "'):
            assert numbers(own.rest) >= numbers(original.rest)
        elif own.verb not in SAID:
            assert own.text == original.text


def numbers(caption: str) -> set[str]:
    """The numbers in a caption, whatever parts its thousands."""
    return set(re.findall(r"\d+", re.sub(r"(?<=\d)[.,](?=\d{3})", "", caption)))


def test_numbers_that_the_captions_name() -> None:
    """From NumPy and by hand, not from the lessons' own expectations."""
    x = load("course")[1]
    assert np.array_equal(x[0], np.random.RandomState(1).randn(2, 64, 64, 3)[0].astype(np.float32))
    assert x[0, 63, 63, 0] == np.float32(-0.52721417)
    assert 64 * 64 * 3 * (64 * 64 * 8) + 64 * 64 * 8 == 402_685_952
    network, digit = load("mnist")
    relu1 = network.forward(digit)["relu1"][0, 18:20, 18:20, 0]
    assert np.array_equal(relu1.round(3), np.array([[0.728, 0.626], [0.666, 0.534]], np.float32))
    network, cat = load("photo")
    maps = network.forward(cat)["conv1"][0]
    assert np.unravel_index(maps[..., 0].argmax(), (64, 64)) == (24, 24)
    assert np.unravel_index(maps[..., 1].argmax(), (64, 64)) == (31, 17)
    assert np.unravel_index(np.abs(maps[..., 1]).argmax(), (64, 64)) == (63, 52)
    assert np.unravel_index(maps[..., 4].argmin(), (64, 64)) == (24, 16)
