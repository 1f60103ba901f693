"""The weight whose uses are marked: on the maps' models, and by its key as by its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from textual.pilot import Pilot

from convstep.answers.weight import weight_use
from convstep.debugger import Session
from convstep.opening import open_session
from convstep.tui import ConvstepApp
from convstep.tui.maps.of_frame import input_map, marks_of, output_map
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.window.panel import window_rows


def at(*lines: str) -> Session:
    session = open_session("photo")
    for line in lines:
        session.do(line)
    return session


def test_both_maps_mark_what_the_weight_joins() -> None:
    frame = at("open tiny").frame
    inputs, outputs = marks_of(frame, weight_use(frame.stage, (2, 1, 0), 0))
    model = input_map(frame, None, inputs)
    assert model is not None
    assert model.marked is not None
    assert np.argwhere(model.marked).tolist() == [[h, w] for h in (2, 3, 4) for w in (1, 2, 3)]
    output = output_map(frame, outputs)
    assert output is not None
    assert output.marked is not None
    assert output.marked.all()


def test_in_a_vector_one_value_and_one_neuron_are_marked() -> None:
    frame = at("layer fc", "step 2").frame
    inputs, outputs = marks_of(frame, weight_use(frame.stage, (0, 0, 40), 2))
    assert (inputs.shape, np.flatnonzero(inputs).tolist()) == ((1, 64), [40])
    model, output = input_map(frame, None, inputs), output_map(frame, outputs)
    assert model is not None
    assert model.marked is not None
    assert np.flatnonzero(model.marked).tolist() == [40]
    assert output is not None
    assert output.marked is not None
    assert output.marked.shape == (6, 1)  # a short vector goes downwards
    assert np.flatnonzero(output.marked).tolist() == [2]


def test_a_length_is_marked_from_left_to_right() -> None:
    frame = at("open conv1d").frame
    model = input_map(frame, None, marks_of(frame, weight_use(frame.stage, (9, 0, 0), 0))[0])
    assert model is not None
    assert model.marked is not None
    assert model.marked.shape == model.values.shape == (1, 500)
    assert np.flatnonzero(model.marked).tolist() == list(range(9, 500))


@pytest.mark.parametrize("size", [(28, 40), (60, 20), (40, 12)])
def test_the_picked_weight_is_marked_in_slice_filter_and_products(size: tuple[int, int]) -> None:
    frame = at("open tiny").frame
    before, after = ([strip.text for strip in window_rows(frame, *size, picked=picked)] for picked in (None, (1, 2, 0)))
    assert "▸" not in "".join(before)
    assert sum(line.count("▸") for line in after) == 3
    assert [line.replace("▸", " ") for line in after] == before


def test_in_a_large_window_the_numbers_are_those_around_the_picked_weight() -> None:
    frame = at("open wide").frame
    lines = [strip.text.rstrip() for strip in window_rows(frame, 42, 26, picked=(4, 77, 0))]
    assert "row 4, cols 74–79" in lines
    assert sum(line.count("▸") for line in lines) == 3


async def on_screen(pilot: Pilot[int]) -> DebugScreen:
    await pilot.pause()
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, DebugScreen)
    return screen


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def marks(screen: DebugScreen) -> tuple[list[list[int]], list[list[int]], int | None]:
    inputs, outputs = screen.options.marked_inputs, screen.options.marked
    assert inputs is not None
    assert outputs is not None
    return inputs.tolist(), outputs.tolist(), screen.options.channel


def lens_marks(screen: DebugScreen) -> list[str]:
    return [name for name in ("marked_inputs", "picked", "channel") if getattr(screen.options, name) is not None]


async def test_the_key_does_what_its_line_does() -> None:
    async with ConvstepApp(at("jump conv1 9 9 1")).run_test(size=(120, 36)) as pilot:
        screen = await on_screen(pilot)
        await pilot.press("x")
        by_key, said = marks(screen), screen.message.text
        assert "is used 4,096 times" in said
        await pilot.press("x")
        assert (screen.options.marked_inputs, screen.options.marked, screen.options.channel) == (None, None, None)
        await pilot.press("colon", *"weight", "enter")
        await pilot.pause()
        assert (marks(screen), screen.message.text) == (by_key, said)


async def test_the_marks_stay_from_step_to_step_and_end_with_escape_or_the_layer() -> None:
    async with ConvstepApp(at("jump conv1 9 9 1")).run_test(size=(120, 36)) as pilot:
        screen = await on_screen(pilot)
        screen.action_do("weight 0 3 2")
        inputs = screen.options.marked_inputs
        assert inputs is not None
        assert not inputs[:, :2].any()
        assert (screen.options.channel, screen.options.picked) == (2, (0, 3, 2))
        await pilot.press("space", "full_stop")
        assert screen.options.marked_inputs is inputs  # equal ones are kept, so that nothing is drawn again
        await pilot.press("escape")
        assert not lens_marks(screen)
        screen.action_do("weight 0 3 2")
        screen.action_do("layer conv2")
        assert not lens_marks(screen)
        screen.action_do("layer conv1")
        assert screen.options.marked_inputs is None


async def test_another_padding_moves_the_marks_and_marking_neurons_ends_them() -> None:
    async with ConvstepApp(at("open tiny")).run_test(size=(120, 36)) as pilot:
        screen = await on_screen(pilot)
        screen.action_do("weight 0 0")
        before = marks(screen)[0]
        screen.action_do("padding same")
        after = marks(screen)[0]
        assert (sum(map(sum, before)), sum(map(sum, after))) == (9, 16)
        screen.action_do("mark 2 2")
        assert screen.options.marked_inputs is None
        assert screen.options.marked is not None
        assert screen.options.marked.sum() == 9


async def test_a_layer_without_weights_says_so() -> None:
    async with ConvstepApp(at("layer relu1")).run_test(size=(120, 36)) as pilot:
        screen = await on_screen(pilot)
        await pilot.press("x")
        assert screen.message.text.startswith("relu1 has no weights")
        assert screen.message.wrong
