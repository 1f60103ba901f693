"""A tour stops at each caption, goes back to what was shown there, and returns from wherever the viewer went."""

from __future__ import annotations

from pathlib import Path

import pytest
from shown import contents

from convstep.debugger.tour import Tour, judged
from convstep.errors import ConvstepError, VerbError
from convstep.opening import Session, open_session
from convstep.report.scripts import Lesson, lessons

SCRIPT = """\
title Short
open tiny
say one
jump 1 1 0
expect number 9
say two
padding same
ask shape
open mnist
break value > 0
continue
say three
wait 2.5
ask "How many?" = 63
"""
CAPTIONS = [
    "one",
    "two",
    "Which shape comes out of pool1? 5×5×1 goes in",
    "Which shape comes out of pool1? 5×5×1 goes in\n⌊(5 − 2)/2⌋ + 1 = 2 gives 2×2×1",
    "three",
    "How many?",
    "How many?\n63",
]


@pytest.fixture
def session() -> Session:
    return open_session("photo")


def test_captions_in_order_and_back_with_equal_frames(session: Session) -> None:
    tour = Tour(session, SCRIPT, "lesson")
    assert (tour.total, tour.about.title) == (7, "Short")
    frames = []
    for number, caption in enumerate(CAPTIONS):
        assert not tour.finished
        assert tour.forward()
        assert (tour.at, tour.stop.caption) == (number, caption)
        frames.append((contents(session.frame), session.network.title, session.breakpoints, session.question))
    assert tour.finished
    assert not tour.forward()
    assert [stop.is_question for stop in tour._stops] == [False, False, True, False, False, True, False]
    assert tour.stop.seconds == 0
    assert "expected number 9, got 5" in tour._stops[1].wrong
    for number in reversed(range(len(CAPTIONS) - 1)):
        assert tour.backward()
        assert tour.stop.caption == CAPTIONS[number]
        now = (contents(session.frame), session.network.title, session.breakpoints, session.question)
        assert now == frames[number]
    assert not tour.backward()
    for number in range(1, len(CAPTIONS)):
        assert tour.forward()
        assert contents(session.frame) == frames[number][0]


def test_wandering_off_and_back(session: Session) -> None:
    tour = Tour(session, SCRIPT, "lesson")
    tour.forward()
    tour.forward()
    before = contents(session.frame)
    for line in ("padding same", "jump pool1 0 0 0", "open course", "step 1 layer"):
        session.do(line)
    tour.come_back()
    assert contents(session.frame) == before
    session.do("open course")
    tour.forward()
    assert tour.stop.caption == CAPTIONS[2]


def test_what_is_wrong_is_told_where_it_is(session: Session) -> None:
    tour = Tour(session, "say a\njmp 3\nsay b", "lesson")
    assert tour.forward()
    assert tour.forward()
    assert tour.stop.wrong.startswith("lesson:2:1: unknown verb 'jmp'")
    assert not tour.forward()
    with pytest.raises(ConvstepError, match="it says nothing"):
        Tour(session, "step\n", "lesson")


def test_a_lesson_writes_no_files_and_may_be_silent(session: Session) -> None:
    tour = Tour(session, "say a\nshot b.png\nsay c", "lesson")
    assert [tour.forward(), tour.forward(), tour.forward()] == [True, True, False]
    assert not tour.stop.wrong
    silent = Tour(session, "step\nshot a.txt\n", "lesson", silent=True)
    assert [silent.forward(), silent.forward()] == [True, False]
    assert (silent.total, silent.at, silent.stop.caption, silent.stop.wrong, session.number) == (0, 0, "", "", 1)


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.name)
def test_every_lesson_is_a_tour(lesson: Lesson, session: Session) -> None:
    path = Path(lesson.path)
    tour = Tour(session, path.read_text(encoding="utf-8"), path.name)
    while tour.forward():
        assert tour.stop.caption
        assert not tour.stop.wrong
    assert tour.finished
    assert tour.at + 1 == tour.total


def test_the_learner_answers(session: Session) -> None:
    tour = Tour(session, SCRIPT, "lesson")
    for _ in range(3):
        tour.forward()
    assert tour.answer("5x5x1").startswith("not quite: ")
    assert tour.stop.caption == CAPTIONS[3]
    assert tour.backward()
    assert tour.answer("2, 2, 1") == "right: pool1 gives 2×2×1, ⌊(5 − 2)/2⌋ + 1 = 2 (1 of 2 predicted right)"
    assert session.question is None
    with pytest.raises(VerbError, match="nothing is asked here"):
        tour.answer("63")
    tour.backward()
    with pytest.raises(VerbError):
        session.do("answer")
    assert session.do("answer 2x2x1").startswith("right: ")
    tour.come_back()
    for _ in range(3):
        tour.forward()
    assert tour.answer("63") == "right: 63"
    assert tour.finished


@pytest.mark.parametrize(
    ("text", "expected", "said"),
    [
        ("63", "63", "right"),
        (" Half  of it.", "half of it", "right"),
        ("64", "63", "not quite"),
        ("it is 14", "⌈28 / 2⌉", "your answer"),
        ("14 rows", "14", "right"),
        ("-1.5", "−1.5", "right"),
        ("12", "3 rows of 4 columns, 12", "your answer"),
        ("", "63", "not quite"),
    ],
)
def test_an_answer_in_words_is_judged_if_it_can_be(text: str, expected: str, said: str) -> None:
    assert judged(text, expected).partition(":")[0] == said
