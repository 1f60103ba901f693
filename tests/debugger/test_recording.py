"""Whatever was done in a session, its recording replays to an equal frame."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import nets
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from convstep.debugger import Session
from convstep.debugger.lesson import play
from convstep.debugger.recording import Recorder
from convstep.errors import ConvstepError, VerbError
from convstep.opening import open_session

LINES = """next; next; prev; step; step 7; step row; step 2 layer; step 9 mac; back 3; back row; back 2 mac; move down
move left 2; filter next; filter 1; example next; next position; prev position; jump start; jump end; jump 50%; jump #3
jump conv1 1 2 0; jump pool1 1 1 0; layer next; layer prev; layer conv1; follow; follow back; source; taps open
taps close; padding same; padding valid all; padding 2 1 0 1; padding next; stride 2; stride 1 2; kernel 2 3; dilation 2
undo; undo; undo; redo; reset; reset all; decimals 3; break value > 0; break pad; clear; continue; continue 3; reverse
mark here; mark there; back to here; back to; mark 1 1; zoom pixel; map; say a caption; weight; predict value
predict value 1; predict window; predict shape; predict skip; answer 1; answer 3 4; open other; help
quit""".replace("\n", "; ").split("; ")
NETS = {
    "every": (nets.every_kind(), nets.x(2, 9, 7, 2)),
    "branching": (nets.branching(), nets.x(1, 5, 4, 2)),
    "other": (nets.averaged(), nets.x(1, 6, 4, 3)),
}


class Script:
    """A recording in memory."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._last = 0

    def write(self, lines: list[str], replacing: bool) -> None:
        if not lines:
            return
        if replacing:
            del self.lines[self._last :]
        self._last = len(self.lines)
        self.lines += lines


def session_on(name: str) -> Session:
    session = Session(
        *NETS[name], opener=lambda spec: (replace(NETS[spec][0]), NETS[spec][1])
    )  # a new net, as from a file
    session.spec = name
    return session


def assert_replays(session: Session, script: Script) -> None:
    again = session_on("other")
    text = "\n".join(script.lines)
    for played in play(again, text, "recording"):
        assert played.error is None
    assert again.cursor == session.cursor, text
    assert again.network == session.network, text
    assert again.decimals == session.decimals
    assert [each.text for each in again.breakpoints] == [each.text for each in session.breakpoints]
    one, other = session.frame, again.frame
    assert one.question == other.question
    if one.step is not None and other.step is not None:
        assert one.step.output.tobytes() == other.step.output.tobytes()


@settings(max_examples=60, deadline=None)
@example("every", ["open other", "predict window", "open other"], 0)
@example("every", ["jump end", "padding valid", "next", "undo", "padding same", "next"], 0)
@example("every", ["padding 2 1 0 1", "jump end", "padding valid", "next", "undo", "undo"], 0)
@given(st.sampled_from(["every", "branching"]), st.lists(st.sampled_from(LINES), max_size=25), st.integers(0, 5))
def test_a_recording_replays_to_an_equal_frame(name: str, lines: list[str], before: int) -> None:
    session, script = session_on(name), Script()
    session.begin()
    for line in lines[:before]:
        with suppress(ConvstepError):
            session.do(line)
    session.question = None
    recorder = Recorder(session, script.write)
    recorder.begin()
    session.observers.append(recorder.observe)
    for line in lines[before:]:
        with suppress(ConvstepError):
            session.do(line)
    recorder.finish()
    assert_replays(session, script)


def test_a_key_that_is_held_down_is_a_jump() -> None:
    session, script = session_on("every"), Script()
    recorder = Recorder(session, script.write)
    recorder.begin()
    session.observers.append(recorder.observe)
    for _ in range(50):
        session.do("next")
    for number in range(5, 80):
        session.do(f"jump #{number}")
    session.do("taps open")
    for _ in range(5):
        session.do("step 2 mac")
    session.do("say done")
    assert script.lines == [
        "open every",
        "jump conv1 0 1 5 2",
        "jump conv1 0 2 5 2",
        "taps open",
        *script.lines[4:-1],
        "say done",
    ]
    assert len(script.lines) <= 8
    assert_replays(session, script)


def test_what_no_line_did_is_recorded_with_the_next_line() -> None:
    session, script = session_on("branching"), Script()
    recorder = Recorder(session, script.write)
    recorder.begin()
    session.observers.append(recorder.observe)
    session.go("conv2")
    session.jump((0, 2, 1, 3))
    session.do("step")
    session.do("undo")
    session.do("open every")
    session.go("fc")
    recorder.finish()
    assert script.lines[:3] == ["open branching", "jump conv2 0 2 1 3", "step"]
    assert_replays(session, script)


def test_a_single_step_stays_a_step() -> None:
    session, script = open_session("tiny"), Script()
    recorder = Recorder(session, script.write)
    recorder.begin()
    session.observers.append(recorder.observe)
    for line in ("step", "padding same", "step row", "undo"):
        session.do(line)
    with pytest.raises(VerbError):
        session.do("jump 99 99 99")
    assert script.lines[:4] == ["open tiny", "step", "padding same", "step row"]
    assert script.lines[4].startswith("jump conv1 0 ")
