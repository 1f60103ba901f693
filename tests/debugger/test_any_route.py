"""Any route, the same state: whatever verbs led to a cursor, its frame is the one that a new session jumps to."""

from __future__ import annotations

from contextlib import suppress

import nets
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from shown import contents

from convstep.debugger import Session
from convstep.errors import VerbError
from convstep.network import Network

EVERY_KIND, BRANCHING = nets.every_kind(), nets.branching()
LAYERS = sorted({*EVERY_KIND.names, *BRANCHING.names})
UNITS = ("mac", "window", "position", "row", "layer")


class AnyRoute(RuleBasedStateMachine):
    network: Network

    def __init__(self) -> None:
        super().__init__()
        self.x = nets.x(2, *self.network.input_shape)
        self.session = Session(self.network, self.x)

    def do(self, line: str) -> None:
        with suppress(VerbError):
            self.session.do(line)

    @rule(verb=st.sampled_from(["step", "back"]), count=st.integers(1, 400), unit=st.sampled_from(UNITS))
    def step(self, verb: str, count: int, unit: str) -> None:
        self.do(f"{verb} {count} {unit}")

    @rule(verb=st.sampled_from(["step", "back"]))
    def one(self, verb: str) -> None:
        self.do(verb)

    @rule(layer=st.sampled_from(LAYERS), h=st.integers(0, 5), w=st.integers(0, 7), c=st.integers(0, 36))
    def jump(self, layer: str, h: int, w: int, c: int) -> None:
        self.do(f"jump {layer} {h} {w} {c}")

    @rule(number=st.integers(1, 300))
    def jump_to_number(self, number: int) -> None:
        self.do(f"jump #{number}")

    @rule(percent=st.integers(0, 100))
    def jump_by_percent(self, percent: int) -> None:
        self.do(f"jump {percent}%")

    @rule(direction=st.sampled_from(["up", "down", "left", "right"]), count=st.integers(1, 4))
    def move(self, direction: str, count: int) -> None:
        self.do(f"move {direction} {count}")

    @rule(verb=st.sampled_from(["filter", "layer", "example"]), word=st.sampled_from(["next", "prev"]))
    def cycle(self, verb: str, word: str) -> None:
        self.do(f"{verb} {word}")

    @rule(word=st.sampled_from(["", "1", "2", "conv1", "pool1"]))
    def source(self, word: str) -> None:
        self.do(f"source {word}")

    @rule(word=st.sampled_from(["open", "close"]))
    def taps(self, word: str) -> None:
        self.do(f"taps {word}")

    @rule(
        value=st.sampled_from(["same", "valid", "toggle", "1", "0 1 2 0", "5"]),
        where=st.sampled_from(["", "all", "conv1", "pool1", "conv2", "pool2"]),
    )
    def padding(self, value: str, where: str) -> None:
        self.do(f"padding {value} {where}")

    @rule(
        verb=st.sampled_from(["stride", "dilation"]),
        value=st.sampled_from(["1", "2", "1 2", "3"]),
        where=st.sampled_from(["", "conv1", "pool1", "conv2"]),
    )
    def slide(self, verb: str, value: str, where: str) -> None:
        self.do(f"{verb} {value} {where}")

    @rule(
        line=st.sampled_from(
            ["break pad and value > 0", "break clips", "break tie or h == w", "break layer == fc", "clear", "clear 1"]
        )
    )
    def set_breakpoint(self, line: str) -> None:
        self.do(line)

    @rule(verb=st.sampled_from(["continue", "reverse"]), count=st.integers(1, 30))
    def to_breakpoint(self, verb: str, count: int) -> None:
        self.do(f"{verb} {count}")

    @rule(line=st.sampled_from(["next", "next position", "prev", "prev position", "follow", "follow back"]))
    def go_on(self, line: str) -> None:
        self.do(line)

    @rule(line=st.sampled_from(["undo", "redo", "reset", "kernel 2", "kernel 3 2 pool1", "padding next"]))
    def change(self, line: str) -> None:
        self.do(line)

    @rule()
    def there_and_back(self) -> None:
        """Stepping and stepping back, and padding to and fro, lead to the same frame."""
        cursor, before = self.session.cursor, contents(self.session.frame)
        if before["fault"] != "None":
            return
        if self.session.number + 1 < self.session.frame.output.size and cursor.tap is None:
            self.session.do("step")
            self.session.do("back")
            assert contents(self.session.frame) == before
        network = self.session.network
        self.do("padding 3 conv1")
        self.session.change_windows(("conv1",), padding=network.layers[0].sliding.padding)  # type: ignore[attr-defined]  # conv1
        assert contents(self.session.frame) == before

    @invariant()
    def is_where_a_new_session_jumps_to(self) -> None:
        frame = self.session.frame
        fresh = Session(frame.network, self.x)
        fresh.go(frame.layer)
        if frame.step is not None:
            fresh.jump(frame.number)
            if frame.cursor.tap is not None:
                fresh.taps(opened=True)
                fresh.step(frame.cursor.tap, "mac")
        assert contents(fresh.frame) == contents(frame)


class AnyRouteThroughBranches(AnyRoute):
    network = BRANCHING


class AnyRouteThroughEveryKind(AnyRoute):
    network = EVERY_KIND


TestBranches, TestEveryKind = AnyRouteThroughBranches.TestCase, AnyRouteThroughEveryKind.TestCase
TestBranches.settings = TestEveryKind.settings = settings(deadline=None, max_examples=60, stateful_step_count=25)
