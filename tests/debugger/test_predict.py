"""Predictions: asked, hidden, answered and counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import convstep

from convstep.debugger import Session
from convstep.errors import VerbError
from convstep.opening import open_session
from convstep.report.explain import caption, code_lines, sentence, sum_text
from convstep.report.text import position

TINY = "tiny"
"""5x5x1, a 3x3 filter with stride 1, VALID: whole numbers."""


def after(name: str, *lines: str) -> Session:
    session = open_session(name)
    for line in lines:
        session.do(line)
    return session


def test_a_right_shape_is_praised_with_its_arithmetic() -> None:
    session = after("mnist")
    assert session.do("predict shape") == "which shape comes out of pool1? 28×28×32 goes in"
    assert session.do("predict shape 14x14x32") == (
        "right: pool1 gives 14×14×32, ⌈28 / 2⌉ = 14 (1 of 1 predicted right)"
    )
    assert session.question is None


def test_a_wrong_shape_is_answered_by_why() -> None:
    session = after("mnist", "layer conv2")
    said = session.do("predict shape 4x4x64")
    assert said.startswith(
        "not quite: 4x4x64 comes from VALID in both convolutions and both pools: 28 → 24 → 12 → 8 → 4."
    )
    assert said.endswith("so pool2 is 7x7x64 = 3,136. (0 of 1 predicted right)")
    assert session.do("predict shape conv1 28x28x32").startswith("right: conv1 gives 28×28×32")
    assert "As a shape, conv1 gives 28×28×32" in session.do("predict shape conv1 28x28")
    assert session.do("predict score") == "1 of 3 predicted right"


def test_the_next_shape_is_that_of_a_layer_that_changes_it() -> None:
    assert "of flatten?" in after("mnist", "layer pool2").do("predict shape")
    assert "of dense2?" in after("mnist", "layer dense1").do("predict shape")
    with pytest.raises(VerbError, match="no layer after dense2 changes the shape"):
        after("mnist", "layer dense2").do("predict shape")


def test_a_shape_is_hidden_until_it_is_answered() -> None:
    session = after("mnist", "predict shape")
    assert session.frame.hidden_from == session.network.position("pool1")
    session.do("next")
    assert session.frame.hidden_from is not None  # wherever one looks
    session.do("predict shape 1x1x1")
    assert session.frame.hidden_from is None
    session.do("predict shape")
    assert session.do("predict skip") == "0 of 1 predicted right"
    assert session.frame.hidden_from is None


def test_a_value_is_hidden_where_it_is_asked() -> None:
    session = after(TINY, "jump start")
    assert session.do("predict value") == "which value comes out here?"
    frame = session.frame
    assert (frame.number, frame.hides_value) == (1, True)
    value = f"{float(str(frame.value)):g}"
    for text in (position(frame), sum_text(frame), sentence(frame), caption(frame)):
        assert value not in text.partition("= ")[2]
    assert "?" in position(frame)
    assert [line.value for line in code_lines(frame) if line.current] == ["?"]
    session.do("next")
    assert not session.frame.hides_value
    session.do("prev")
    assert session.frame.hides_value
    said = session.do(f"predict value {value}")
    assert said.startswith("right: ")
    assert said.endswith("(1 of 1 predicted right)")
    assert not session.frame.hides_value
    assert value in sum_text(session.frame)


def test_an_answer_somewhere_else_is_for_what_comes_next_there() -> None:
    session = after(TINY, "jump start", "predict value", "jump 2 0 0")
    assert not session.frame.hides_value
    session.do("predict value 100")
    assert session.frame.index == (0, 2, 1, 0)
    session = after("mnist", "predict shape", "predict shape conv2 14x14x64")
    assert str(session.score) == "1 of 1 predicted right"


def test_a_value_is_right_as_it_is_shown() -> None:
    session = after("course", "layer fc")  # the next value is 0.0977...
    session.do("predict value")
    exact = float(session.frame.value)  # type: ignore[arg-type]
    assert session.do(f"predict value {round(exact, 2)}").startswith("right: ")
    session.do("predict value")
    exact = float(session.frame.value)  # type: ignore[arg-type]
    assert session.do(f"predict value {exact + 0.02}").startswith("not quite: ")
    assert str(session.score) == "1 of 2 predicted right"
    with pytest.raises(VerbError, match="expected a number, got 'much'"):
        session.do("predict value much")


def test_where_the_next_window_begins() -> None:
    session = after("course", "jump conv1 0 0 3")  # SAME 1 2 1 2: the next one begins at row 0 - 1, column 1 - 1
    assert session.do("predict window") == "at which row and which column does the next window begin?"
    assert session.frame.index == (0, 0, 0, 3)
    assert session.do("predict window -1 0").startswith(
        "right: it begins at row 0 · 1 − 1 = −1 and column 1 · 1 − 1 = 0"
    )
    assert session.frame.index == (0, 0, 1, 3)
    said = session.do("predict window 5 5")
    assert said.startswith("not quite: it begins at row 0 · 1 − 1 = −1 and column 2 · 1 − 1 = 1")
    session.do("jump conv1 0 63 0")
    assert session.do("predict window (0, -1)").startswith("right: ")
    with pytest.raises(VerbError, match="expected a row and a column, got '1'"):
        session.do("predict window 1")
    with pytest.raises(VerbError, match="last place"):
        after("course", "jump conv1 63 63 0").do("predict window")
    with pytest.raises(VerbError, match="no window that slides"):
        after("course", "layer fc").do("predict window 3")


def test_along_a_length_a_window_begins_at_one_place() -> None:
    session = after("conv1d", "jump start")
    assert session.do("predict window").startswith("at which place ")
    assert session.do("predict window 1").startswith("right: it begins at place 1 · 1 = 1")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("predict colour", "can't predict 'colour'"),
        ("predict shap", "Did you mean 'shape'?"),
        ("predict score 3", "expected nothing after 'score'"),
        ("predict shape much", "is no shape"),
    ],
)
def test_what_can_not_be_read_counts_for_nothing(line: str, message: str) -> None:
    session = after("mnist")
    with pytest.raises(VerbError, match=message.replace("?", r"\?")):
        session.do(line)
    assert session.score is None


def test_another_net_asks_nothing_but_keeps_the_score() -> None:
    session = after("mnist", "predict shape 14x14x32", "predict shape", "open tiny")
    assert session.question is None
    assert session.do("predict") == "1 of 1 predicted right"


def test_a_script_without_a_viewer_goes_on(tmp_path: Path) -> None:
    script = tmp_path / "lesson.steps"
    lines = ["open mnist", "predict shape", "layer pool1", "predict value", "predict shape conv2 14x14x64", "say Done."]
    script.write_text("\n".join(lines))
    done = convstep("replay", str(script))
    assert (done.returncode, done.stderr) == (0, "")
    *_, said, score = done.stdout.splitlines()
    assert (said, score) == ("Done.", "1 of 1 predicted right")
