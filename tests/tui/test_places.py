"""A net opens at the position where it was left, and is reloaded when it is edited."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from terminal import Debugger

from convstep.spec import copy_sample


@pytest.mark.parametrize("leave", [":quit", "SIGTERM"])
def test_it_opens_where_it_was_left(leave: str) -> None:
    with Debugger("tiny") as program:
        program.press("t", "space")
        program.wait_for("h 0 w 1 c 0")
        if leave == "SIGTERM":
            program.signal(signal.SIGTERM)
        else:
            program.press(*([*leave, "enter"] if leave.startswith(":") else [leave]))
        program.must_end(143 if leave == "SIGTERM" else 0)
    with Debugger("tiny", shows="#2 of") as program:
        program.wait_for("this is where you left it")
        program.press("q")
        program.must_end()
    with Debugger("tiny", "--fresh") as program:
        assert not program.shows("where you left it")
        program.press("q")
        program.must_end()
    with Debugger("tiny") as program:
        program.press("q")
        program.must_end()


def test_each_net_of_a_run_is_remembered() -> None:
    with Debugger("tiny") as program:
        program.do("step 4")
        program.type(":open conv1d\r")  # whose message comes when it is open
        program.wait_for("#1 of 9,820")
        program.do("step 2")
        program.type(":open tiny\r")
        program.wait_for("#5 of")
        program.press("q")
        program.must_end()
    with Debugger("--resume", shows="#5 of") as program:
        program.wait_for("this is where you left it")
        program.type(":open conv1d\r")
        program.wait_for("#3 of")
        program.press("q")
        program.must_end()


def test_an_edited_spec_is_read_again(tmp_path: Path) -> None:
    copy_sample("tiny", tmp_path)
    spec = tmp_path / "tiny.yaml"
    text = spec.read_text()
    with Debugger(str(spec), "--watch", "--fresh") as program:
        program.press("space", "space", "space", "space")
        program.wait_for("h 1 w 1 c 0")
        spec.write_text(text.replace("title:", "title: Mine,"))
        program.wait_for("read again: the spec was edited")
        program.wait_for("Mine, Five")
        program.wait_for("h 1 w 1 c 0")
        spec.write_text(text.replace("layers:", "layers"))
        program.wait_for("tiny.yaml:")
        assert program.shows("Mine, Five")
        program.press("space")
        program.wait_for("h 1 w 2 c 0")
        spec.write_text(text.replace("- conv:\n", "- conv:\n      name: edges\n"))
        program.wait_for("conv1 is gone")
        program.press("q")
        program.must_end()


def test_what_cant_be_watched_is_said() -> None:
    with Debugger("-", "--watch", shows="--watch") as program:
        assert program.wait_for_exit() == 2
        assert program.shows("--watch: standard input can't be watched. Give the spec by its name")
