"""After 5,000 random keys, clicks and resizes over all samples there is no exception, and the frame is correct."""

from __future__ import annotations

import os
import random

import pytest
from textual import events
from textual.binding import Binding

from convstep.debugger import Session
from convstep.opening import open_session
from convstep.spec.samples import bundled
from convstep.tui import ConvstepApp
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.screens.keys import bindings
from convstep.tui.screens.verbs import KEYS

SAMPLES = list(bundled())
EVENTS = int(5_000 * float(os.environ.get("CONVSTEP_FUZZ", "0.25")))
SIZES = [(80, 24), (60, 18), (120, 36), (100, 30), (59, 18), (200, 60), (30, 5)]
TEXT = [
    "step",
    "back",
    "jump",
    "conv1",
    "pool1",
    "fc",
    "0",
    "1",
    "2",
    "3",
    "#",
    "50%",
    "same",
    "valid",
    "stride",
    "break",
    "value",
    ">",
    "<",
    "and",
    "pad",
    "1.5",
    "continue",
    "-",
]


def key_event(name: str) -> events.Key:
    character = {"space": " ", "plus": "+", "minus": "-"}.get(name, name if len(name) == 1 else None)
    return events.Key(name, character)


def click(app: ConvstepApp, x: int, y: int) -> None:
    for kind in (events.MouseMove, events.MouseDown, events.MouseUp):
        button = 0 if kind is events.MouseMove else 1
        app.post_message(kind(None, x, y, 0, 0, button, False, False, False, screen_x=x, screen_y=y))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a completion still on its way
@pytest.mark.parametrize("sample", SAMPLES)
async def test_a_random_walk(sample: str) -> None:
    dice = random.Random(sample)
    app = ConvstepApp(open_session(sample))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        debugger = app.screen_stack[0]
        assert isinstance(debugger, DebugScreen)
        debugger.verbs["quit"] = debugger.verbs["quit"]._replace(effect=lambda session, words: "")
        names = [each.key for each in Binding.make_bindings(bindings(KEYS))]
        keys = [name for name in names if name not in ("q", "ctrl+q", "ctrl+c")] + ["escape"] * 6 + ["enter"] * 3
        for n in range(EVENTS // len(SAMPLES)):
            kind = dice.random()
            if kind < 0.86:
                app.post_message(key_event(dice.choice(keys)))
            elif kind < 0.94:
                width, height = app.size
                click(app, dice.randrange(width), dice.randrange(height))
            elif kind < 0.95:
                await pilot.resize_terminal(*dice.choice(SIZES))
            elif len(app.screen_stack) == 1:
                debugger.action_do(" ".join(dice.choices(TEXT, k=dice.randint(1, 4))))
            if n % 20 == 0:
                await pilot.pause()
        for _ in range(len(app.screen_stack)):
            await pilot.press("escape")
        assert app.screen_stack == [debugger]
        await app.workers.wait_for_complete()
        await pilot.pause()
        debugger.playback.pause()
        debugger.present()
        await app.workers.wait_for_complete()
        await pilot.pause()
        frame = debugger.frame
        assert frame is not None
        if frame.step is not None:
            fresh = Session(frame.network, debugger.session.values.x)
            fresh.go(frame.layer)
            fresh.jump(frame.number)
            assert fresh.frame.output.tobytes() == frame.output.tobytes()
