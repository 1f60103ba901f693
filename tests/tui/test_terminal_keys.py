"""Every key of the verb table has its effect in a real terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal import HELP, Debugger

from convstep.tui.screens.verbs import KEYS

NET = """\
title: keys
input: {shape: [2, 12, 12, 3], random: {distribution: normal, seed: 1}}
layers:
  - conv: {filters: 4, kernel: 3, padding: same}
  - relu
  - max_pool: {kernel: 3, stride: 3, padding: same}
"""
START, AT_START = "jump conv1 0 5 6 1", "conv1 window #266 of 1,152"
"""The position at which every key is tried, and the text shown there."""
ENOUGH = 4
"""The test stops after so many keys without effect, as each costs the whole time limit."""

Effect = Callable[[Debugger, str], None]


def shows(text: str, *before: str, after: str = "") -> Effect:
    """Return a check that a key shows a text; the lines `before` and `after` are entered around it."""

    def effect(debugger: Debugger, key: str) -> None:
        if before:
            debugger.do(*before)
        assert not debugger.shows(text), f"'{text}' is there already"
        debugger.press(key)
        debugger.wait_for(text)
        if after:
            debugger.do(after)

    return effect


def opens(text: str) -> Effect:
    """Return a check that a key opens an overlay with a text, which escape closes."""

    def effect(debugger: Debugger, key: str) -> None:
        debugger.press(key)
        debugger.wait_for(text)
        debugger.press("escape")
        debugger.wait_until_gone(text)

    return effect


def opens_the_command_line(typed: str, text: str) -> Effect:
    """Return a check that a key opens the command line, and that a line entered there shows a text."""

    def effect(debugger: Debugger, key: str) -> None:
        debugger.press(key, *typed, "enter")
        debugger.wait_for(text)

    return effect


def plays(direction: int) -> Effect:
    """Return a check that a key starts playing, and stops it when pressed again."""

    def effect(debugger: Debugger, key: str) -> None:
        start = debugger.number
        debugger.press(key)
        debugger.wait_until(lambda: (debugger.number - start) * direction >= 2, "two windows to go by")
        debugger.press(key)
        debugger.wait_for("paused")

    return effect


def changes_the_rate(direction: int) -> Effect:
    """Return a check that a key changes the rate of playing each time."""

    def rate(debugger: Debugger) -> int:
        found = re.search(r"(\d+) positions? a second", debugger.text)
        return int(found[1]) * direction if found else -sys.maxsize

    def effect(debugger: Debugger, key: str) -> None:
        debugger.press(key)
        debugger.wait_for("a second")
        before = rate(debugger)
        debugger.press(key)
        debugger.wait_until(lambda: rate(debugger) > before, "another rate")

    return effect


def closes_taps(debugger: Debugger, key: str) -> None:
    debugger.do("taps open")
    assert debugger.shows(", so far")
    debugger.press(key)
    debugger.wait_until_gone(", so far")


def changes_the_ground(debugger: Debugger, key: str) -> None:
    """The key switches from dark to light, and back."""
    dark = debugger.cell(0, 0).bg
    debugger.press(key)
    debugger.wait_until(lambda: debugger.cell(0, 0).bg != dark, "a light ground")
    debugger.press(key)
    debugger.wait_until(lambda: debugger.cell(0, 0).bg == dark, "a dark ground")


def leaves(debugger: Debugger, key: str) -> None:
    debugger.press(key)
    debugger.must_end()


STOP = "break c == 3"

EFFECTS: dict[str, Effect] = {
    "next": shows("h 5 w 6 c 2"),
    "next position": shows("h 5 w 7 c 1"),
    "step row": shows("h 6 w 6 c 1"),
    "prev": shows("h 5 w 6 c 0"),
    "prev position": shows("h 5 w 5 c 1"),
    "back row": shows("h 4 w 6 c 1"),
    "move up": shows("h 4 w 6 c 1"),
    "move down": shows("h 6 w 6 c 1"),
    "move left": shows("h 5 w 5 c 1"),
    "move right": shows("h 5 w 7 c 1"),
    "filter next": shows("h 5 w 6 c 2"),
    "filter prev": shows("h 5 w 6 c 0"),
    "jump start": shows("h 0 w 0 c 0"),
    "jump end": shows("h 11 w 11 c 3"),
    "follow": shows("relu1 value #266 of"),
    "follow back": shows("conv1 window #", "layer relu1"),
    "source 1": shows("conv1 window #", "layer relu1"),
    "source 2": shows("relu1 has no input 2", "layer relu1"),
    "source 3": shows("relu1 has no input 3", "layer relu1"),
    "source 4": shows("relu1 has no input 4", "layer relu1"),
    "example next": shows("i 1 h 5 w 6 c 1"),
    "taps open": shows(", so far", after="taps close"),
    "taps close": closes_taps,
    "padding next": shows("relu1 10×10×4 › pool1 4×4×4", after="padding same all"),
    "undo": shows("took back", "step 3"),
    "redo": shows("did again", "step 3", "undo"),
    "padding next all": shows("relu1 10×10×4 › pool1 3×3×4", after="padding same all"),
    "continue": shows("h 5 w 6 c 3", STOP, after="clear"),
    "reverse": shows("h 5 w 5 c 3", STOP, after="clear"),
    "play": plays(1),
    "play backward": plays(-1),
    "play faster": changes_the_rate(1),
    "play slower": changes_the_rate(-1),
    "prompt": opens_the_command_line("step 2", "h 5 w 6 c 3"),
    "prompt jump": opens_the_command_line("7 8 2", "h 7 w 8 c 2"),
    "channel next": shows("─ channel 1 ·", "channel 0"),
    "channel prev": shows("─ channel 2 ·", "channel 0"),
    "map": opens("neuron (5, 6, 1) of conv1"),
    "contributions": opens("where it comes from"),
    "shapes": opens("compare paddings"),
    "paddings": opens("no padding"),
    "zoom": shows("zoom pixel"),
    "copy numbers": shows("as NumPy code: sent to"),
    "copy screen": shows("the screen as text: sent to"),
    "weight": shows("weights instead of", after="weight"),
    "mark here": shows("back to here returns here"),
    "back to": shows("h 5 w 6 c 1", "mark here", "step 3"),
    "lesson return": shows("no lesson is open"),
    "answer": shows("nothing is asked here"),
    "gallery": opens("lenet32"),
    "theme": changes_the_ground,
    "help": opens(HELP),
    "quit": leaves,
}
"""For each line that has a key: a check of its effect at the start."""


def go_to_start(debugger: Debugger) -> None:
    if not debugger.shows(AT_START):
        debugger.type(f":{START}\r")
        debugger.wait_for(AT_START)


COLOURFUL = ("theme", "zoom", "map", "contributions", "weight", "padding next", "taps open")
LEAVING = [key.key for key in KEYS if key.line == "quit"]


@pytest.fixture
def net(tmp_path: Path) -> str:
    """A small net with several examples, an RGB input, and layers with padding."""
    path = tmp_path / "keys.yaml"
    path.write_text(NET)
    return str(path)


def test_every_key_has_an_effect_here() -> None:
    """A new key needs a line in `EFFECTS`."""
    assert {key.line for key in KEYS} == set(EFFECTS)


@pytest.mark.parametrize("colours", ["truecolor", "256"])
def test_every_key(colours: str, net: str) -> None:
    """With fewer colours, keys whose effect is drawn in colours."""
    failures: list[str] = []
    with Debugger(net, colours=colours) as debugger:
        debugger.patience = 3
        for key, line in ((each.key, each.line) for each in KEYS):
            if line == "quit" or len(failures) == ENOUGH or (colours == "256" and line not in COLOURFUL):
                continue
            try:
                go_to_start(debugger)
                EFFECTS[line](debugger, key)
            except AssertionError as error:
                failures.append(f"{key} ({line}): {error}".partition("\n")[0])
        assert not failures, "\n".join(failures)
        debugger.press("escape")  # q right after a letter may be part of a word
        leaves(debugger, LEAVING[0])


@pytest.mark.parametrize("key", LEAVING[1:])
def test_every_key_that_leaves(key: str) -> None:
    with Debugger("tiny") as debugger:
        leaves(debugger, key)
