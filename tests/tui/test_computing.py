"""A layer of which only a window is computed yet: the window is shown at once, and the rest is computed behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from cones import NET, TALL, open_net, poison, shrink_blocks
from nets import F32, conv, conv1d
from textual.pilot import Pilot

from convstep.debugger import Session
from convstep.engine.conv import Conv
from convstep.engine.geometry import Padding, Sliding
from convstep.engine.steps import Array
from convstep.layers import GlobalAvgPool, Layer, Sigmoid
from convstep.loading import load
from convstep.network import Network
from convstep.tui import ConvstepApp
from convstep.tui.maps.model import layout
from convstep.tui.maps.of_frame import input_map, output_map, shows_parts
from convstep.tui.maps.strips import cells_of, layout_of, render_rows
from convstep.tui.maps.titles import input_title, legend, output_title
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.window.panel import window_rows


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink_blocks(monkeypatch)


def text_of(session: Session) -> str:
    """The window panel and the maps, in numbers and whole, of a session whose frame is no more than a window."""
    frame = session.window_frame
    maps = [model for model in (input_map(frame), output_map(frame)) if model is not None]
    rows = [row for model in maps for row in render_rows(model, layout_of(model, 60, 20, "numbers"))]
    rows += [row for model in maps for row in render_rows(model, layout_of(model, 24, 12))]
    seen, made = maps
    titles = map(str, (input_title(frame, None, legend(seen)), output_title(frame, legend(made))))
    return "\n".join([*(row.text for row in [*window_rows(frame, 56, 24), *rows]), *titles])


@pytest.mark.usefixtures("small_blocks")
def test_nothing_is_shown_that_is_not_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is computed there is NaN in one session and 0 in the other: nothing that is shown differs."""
    network, x = open_net(tmp_path, NET)
    parts = 0
    for name in network.names:
        shape = (len(x), *(1,) * (3 - len(network.shape_of(name))), *network.shape_of(name))
        index = (1, *(size * 2 // 3 for size in shape[1:]))
        session, poisoned, whole = (Session(network, x) for _ in range(3))
        for each in (session, poisoned, whole):
            each.jump(index, name)  # type: ignore[arg-type]  # four of them
        assert shows_parts(network, name)
        with monkeypatch.context() as patched:
            poison(patched)
            text = text_of(poisoned)
        assert text == text_of(session)
        assert "nan" not in text.lower(), name
        frame, part = whole.frame, session.window_frame
        parts += not part.is_whole
        assert np.asarray(part.value).tobytes() == np.asarray(frame.value).tobytes()
        assert session.frame.is_whole
        assert session.frame.output.tobytes() == frame.output.tobytes()
    assert parts > 10


@pytest.mark.usefixtures("small_blocks")
def test_a_window_in_padding_alone_needs_nothing() -> None:
    layers: tuple[Layer, ...] = (Sigmoid("s"), conv("a", Sliding((2, 1), padding=Padding(3, 3, 0, 0)), 2))
    session = Session(Network("outside", (30, 50, 1), layers, F32), np.ones((1, 30, 50, 1), np.float32))
    session.do("layer a")
    assert "computing…" in text_of(session)
    assert not session.window_frame.is_whole
    assert session.values.work("s") == 30 * 50


@pytest.mark.usefixtures("small_blocks")
def test_the_maps_show_what_is_known_and_their_colours_are_of_that_alone(tmp_path: Path) -> None:
    network, x = open_net(tmp_path, TALL)
    session = Session(network, x)
    session.do("jump c 40 3 1")
    frame = session.window_frame
    seen, made = input_map(frame, 2), output_map(frame)
    assert seen is not None
    assert made is not None
    assert seen.known is not None
    assert made.known is not None
    whole = Session(network, x)
    b, c = whole.values.output("b")[0], whole.values.output("c")[0]
    rows = np.flatnonzero(seen.known.all(axis=1))
    assert set(range(39, 42)) <= set(rows.tolist()) <= set(range(30, 52))
    np.testing.assert_array_equal(seen.values[seen.known], b[:, :, 2][seen.known])
    known = session.window_frame.step.known  # type: ignore[union-attr]  # it works
    assert known is not None
    assert known.inputs[0] is not None
    everywhere = np.stack([known.inputs[0].of_map(0, channel) for channel in range(4)], axis=-1)
    assert (seen.low, seen.high) == (b[everywhere].min(), b[everywhere].max())
    assert (seen.low, seen.high) != (b.min(), b.max())
    done = made.known.nonzero()
    assert set(done[0].tolist()) == {40}
    np.testing.assert_array_equal(made.values[done], c[:, :, 1][done])
    assert (made.low, made.high) == (c[40].min(), c[40].max())
    place = layout(seen, 12, 90)  # two rows a character
    cells = cells_of(seen, place)
    for row in (10, 44, 100, 150):
        at = place.position(row, 3)
        assert at is not None
        assert (cells[at[1], 0, at[0]] == ord("·")) == (not seen.known[row, 3]), row
    for title in (input_title(frame), output_title(frame)):
        assert title[1].count("computing…") == 1
    for title in (input_title(session.frame), output_title(session.frame)):
        assert "computing…" not in title[1]


@pytest.mark.usefixtures("small_blocks")
def test_a_curve_has_no_points_that_are_not_computed() -> None:
    layers: tuple[Layer, ...] = (conv("a", Sliding((3, 3), padding="same"), 2), Sigmoid("s"))
    network = Network("curve", (30, 5, 1), layers, F32)
    session = Session(network, np.full((1, 30, 5, 1), 3.0, np.float32))
    session.do("jump s 12 2 0")
    part = "\n".join(row.text for row in window_rows(session.window_frame, 56, 30))
    assert not session.window_frame.is_whole
    whole = "\n".join(row.text for row in window_rows(session.frame, 56, 30))
    dots = [sum(0x2800 < ord(char) < 0x2900 for char in text) for text in (part, whole)]
    assert 0 < dots[0] <= dots[1]


def test_lines_wait_for_all_of_their_layer() -> None:
    network = Network("length", (50, 2), (conv1d("a", Sliding((3, 1)), 4),), F32)
    assert not shows_parts(network, "a")


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Of a convolution, all rows from 100 on wait for the gate to be opened."""
    opened, computer = threading.Event(), Conv.computer

    def gated(self: Conv, Z: Array) -> Callable[[int, int], None]:
        compute, row = computer(self, Z), Z[0, 0].size

        def waiting(first: int, end: int) -> None:
            if first >= 100 * row:
                assert opened.wait(20)
            compute(first, end)

        return waiting

    monkeypatch.setattr(Conv, "computer", gated)
    yield opened
    opened.set()


def large(start: str = "conv2") -> Session:
    """A net with small layers before and after two of 460 million multiply-accumulates; blocks have 4 rows."""
    layers: tuple[Layer, ...] = (
        conv("small", Sliding((1, 1), (4, 4)), 2),
        conv("conv1", Sliding((3, 3), padding="same"), 64, sources=("input",)),
        conv("conv2", Sliding((3, 3), padding="same"), 16),
        GlobalAvgPool("mean"),
    )
    network = Network("large", (224, 224, 16), layers, F32, start=(start, (20, 3, 1)))
    x = np.random.default_rng(1).standard_normal((1, 224, 224, 16), dtype=np.float32)
    session = Session(network, x, opener=load)
    session.begin()
    return session


def screen_of(pilot: Pilot[int]) -> DebugScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, DebugScreen)
    return screen


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    for _ in range(1500):
        if holds():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came")


async def test_a_window_is_shown_before_the_rest_which_follows(gate: threading.Event) -> None:
    session = large()
    async with ConvstepApp(session).run_test(size=(120, 36)) as pilot:
        screen = screen_of(pilot)
        await until(pilot, lambda: screen.frame is not None)
        frame = screen.frame
        assert frame is not None
        assert not frame.is_whole
        assert screen.behind is not None
        assert not screen.working
        assert not session.values.is_known("conv1")
        assert frame.index == (0, 20, 3, 1)
        for line in ("step", "step row", "move down 3", "filter next", "taps open", "taps close", "channel next"):
            assert screen.action_do(line), screen.message.text
            assert screen.frame is not frame
            assert screen.frame is not None
            frame = screen.frame
            assert not frame.is_whole
        assert frame.index == session.index == (0, 24, 3, 3)
        assert screen.options.channel is not None
        for line in ("map", "contributions", "mark 1 1", "expect value 1"):
            assert not screen.action_do(line)
            assert "the rest of conv2 is still being computed" in screen.message.text
        for line in ("theme light", "theme dark", "zoom pixel", "say hello"):
            assert screen.action_do(line)
        for line, padding in (("padding valid", 0), ("undo", 1)):
            assert screen.action_do(line), screen.message.text
            await until(pilot, lambda: not screen.working)
            assert screen.frame is not None
            assert not screen.frame.is_whole
            assert screen.frame.step.operation.geometry.rows.before == padding  # type: ignore[union-attr]  # it works
        assert screen.action_do("say hello")
        assert screen.behind is not None
        part = screen.frame
        gate.set()
        await until(pilot, lambda: screen.frame is not part and screen.behind is None)
        assert screen.frame is session.frame
        assert session.frame.is_whole
        assert screen.message.text == "hello"
        assert screen.action_do("map")


async def test_a_layer_that_is_left_is_not_computed_any_more(gate: threading.Event) -> None:
    session = large()
    async with ConvstepApp(session).run_test(size=(120, 36)) as pilot:
        screen = screen_of(pilot)
        await until(pilot, lambda: screen.frame is not None)
        assert screen.action_do("layer small")
        assert screen.frame is session.frame
        assert screen.behind is None
        assert screen.action_do("expect index 0 0 0")
        gate.set()
        await until(pilot, lambda: not any(each.is_running for each in pilot.app.workers))
        assert screen.frame is session.frame
        assert not session.values.is_known("conv2")


async def test_escape_returns_from_a_cone_that_takes_long_to_the_window_before(gate: threading.Event) -> None:
    session = large()
    async with ConvstepApp(session).run_test(size=(120, 36)) as pilot:
        screen = screen_of(pilot)
        await until(pilot, lambda: screen.frame is not None)
        assert screen.action_do("layer mean")  # which looks at everything
        assert screen.working
        assert not screen.action_do("step")
        assert screen.action_do("taps close")
        assert screen.message.text == "cancelled"
        assert session.layer == "conv2"
        assert screen.frame is not None
        assert screen.frame.index == (0, 20, 3, 1)
        assert screen.behind is not None
        gate.set()
        await until(pilot, lambda: screen.frame is session.frame and session.values.is_known("conv2"))
        assert screen.behind is None


async def test_the_rest_is_computed_if_another_net_could_not_be_opened(gate: threading.Event) -> None:
    session = large()
    async with ConvstepApp(session).run_test(size=(120, 36)) as pilot:
        screen = screen_of(pilot)
        await until(pilot, lambda: screen.frame is not None)
        screen.action_do("open nowhere.yaml")
        await until(pilot, lambda: "nowhere.yaml" in screen.message.text and not screen.working)
        assert screen.message.wrong
        assert screen.behind is not None
        gate.set()
        await until(pilot, lambda: screen.frame is session.frame and session.values.is_known("conv2"))
