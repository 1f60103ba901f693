"""Undo and redo: any sequence of lines and of undos ends where it should."""

from __future__ import annotations

from contextlib import suppress

import nets
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from shown import contents

from convstep.debugger import Session
from convstep.debugger.history import MOST
from convstep.errors import VerbError

LINES = [
    "step",
    "step 7",
    "back 2 position",
    "next",
    "prev",
    "move down",
    "jump 2 1 1",
    "jump pool2 1 0 2",
    "jump end",
    "layer next",
    "layer prev",
    "follow",
    "follow back",
    "filter next",
    "example next",
    "taps open",
    "taps close",
    "padding same",
    "padding next",
    "padding next all",
    "padding valid conv1",
    "stride 2 1",
    "stride 1",
    "dilation 2",
    "kernel 2 pool1",
    "reset",
    "source",
    "say hello",
    "decimals 3",
]


class Undoing(RuleBasedStateMachine):
    """Undo and redo are compared with a stack of what frames showed before."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(nets.branching(), nets.x(2, 5, 4, 2))
        self.past: list[dict[str, object]] = []
        self.future: list[dict[str, object]] = []

    def shown(self) -> dict[str, object]:
        frame = self.session.frame
        return contents(frame) | {"layers": frame.network.layers, "places": self.session.state.visited}

    @rule(line=st.sampled_from(LINES))
    def do(self, line: str) -> None:
        before = self.shown()
        with suppress(VerbError):
            self.session.do(line)
        if self.shown() != before:
            self.past.append(before)
            self.future.clear()

    @rule(count=st.integers(1, 5))
    def undo(self, count: int) -> None:
        for _ in range(count):
            now, said = self.shown(), self.session.do("undo")
            if not self.past:
                assert said == "there is nothing to take back"
                assert self.shown() == now
                return
            assert said.startswith("took back '")
            self.future.append(now)
            assert self.shown() == self.past.pop()

    @rule(count=st.integers(1, 3))
    def redo(self, count: int) -> None:
        for _ in range(count):
            now, said = self.shown(), self.session.do("redo")
            if not self.future:
                assert said == "there is nothing to do again"
                assert self.shown() == now
                return
            assert said.startswith("did again '")
            self.past.append(now)
            assert self.shown() == self.future.pop()


TestUndoing = Undoing.TestCase
TestUndoing.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)


def test_lines_of_one_gesture_are_taken_back_together() -> None:
    session = Session(nets.branching(), nets.x(1, 5, 4, 2))
    session.do("step")
    drag, play = object(), object()
    for part in ("10%", "20%", "30%"):
        session.do(f"jump {part}", gesture=drag)
    for _ in range(3):
        session.do("step 2", gesture=play)
    assert session.number == 30
    session.do("undo")
    assert session.number == 24
    session.do("undo")
    assert session.number == 1
    session.do("redo")
    assert session.number == 24
    session.do("undo")
    session.do("undo")
    assert session.number == 0


def test_another_net_begins_a_history_of_its_own() -> None:
    session = Session(
        nets.branching(),
        nets.x(1, 5, 4, 2),
        opener=lambda spec: (nets.residual(), nets.x(1, *nets.residual().input_shape)),
    )
    session.do("step")
    session.do("open residual")
    assert session.do("undo") == "there is nothing to take back"


def test_a_run_remembers_the_last_thousand() -> None:
    session = Session(nets.branching(), nets.x(2, 5, 4, 2))
    for _ in range(MOST + 5):
        session.do("step")
    said = [session.do("undo") for _ in range(MOST + 1)]
    assert said[-2:] == ["took back 'step'", "there is nothing to take back"]
