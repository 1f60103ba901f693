"""Text from specs and pastes is shown literally: no control character reaches the terminal."""

from __future__ import annotations

from pathlib import Path
from unicodedata import category

import numpy as np
import pytest
from nets import conv
from textual.events import Paste
from textual.pilot import Pilot

from convstep.debugger import Session
from convstep.engine.geometry import Sliding
from convstep.layers import Dense, Relu
from convstep.network import Network
from convstep.printable import printable
from convstep.spec import load
from convstep.tui import ConvstepApp
from convstep.tui.screens.debug import DebugScreen
from convstep.tui.screens.prompt import Prompt
from convstep.tui.screens.recent import remember

HOSTILE = {
    "escapes, override and zero width": "\x1b]52;c;aGk=\x07\x1b[2J\u202eabc\u200bb\u2060c",
    "controls and lines": "\x9b2J\x07\x08\x7fa\nb\u2028c\x85d\re",
}


def hostile(text: str) -> Session:
    """A session on a net that no spec could describe: specs have no such names."""
    layers = (
        conv(f"conv {text}", Sliding((3, 3)), 2, filter_names=(f"one {text}", f"two {text}")),
        Relu(f"relu {text}"),
        Dense(f"fc {text}", units=2, inputs=5),
    )
    network = Network(f"title {text}", (6, 6, 2), layers, np.dtype(np.float32))
    return Session(network, np.ones((1, 6, 6, 2), np.float32), opener=load)


def shown(pilot: Pilot[int]) -> str:
    """Return the text of the screen, after checking that each line is safe."""
    lines = ["".join(segment.text for segment in strip) for strip in pilot.app.screen._compositor.render_strips()]
    for line in lines:
        unsafe = {character for character in line if category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
        assert not unsafe, line
    return "\n".join(lines)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_nothing_hostile_reaches_the_screen(text: str, tmp_path: Path) -> None:
    path = tmp_path / f"net {text}.yaml"
    path.write_bytes(b"")
    remember(str(path))
    async with ConvstepApp(hostile(text)).run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, DebugScreen)
        assert f"title {printable(text)}" in shown(pilot)
        for line in ("filter 1", "layer next", "layer next", "layer prev", "taps open"):
            screen.action_do(line)
            await pilot.pause()
            shown(pilot)
        for line in (f"say {text}", f"{text}", f"jump {text}", f"layer {text}", f"break {text} > 1", f"open {text}"):
            screen.action_do(line)
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()
            assert text not in shown(pilot)
        pilot.app.post_message(Paste(f"say {text}"))
        await pilot.pause()
        shown(pilot)
        await pilot.press("enter", "colon", "up")
        await pilot.pause()
        assert screen.query_one(Prompt).value.isprintable()
        shown(pilot)
        await pilot.press("escape", "o")
        await pilot.pause()
        shown(pilot)
        await pilot.press("escape", "ctrl+p")
        pilot.app.post_message(Paste(text))
        await pilot.pause(0.1)
        shown(pilot)
        await pilot.press("escape")
