"""Keys, clicks, pastes and resizes in any order, as fast as possible, raise no exception."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from terminal import Debugger, bytes_of

EVENTS, RESIZES = 280, 80
KEYS = [*"..,,[]sScCgpPp+-e{}zot:?umivx", "space", "space", "backspace", "up", "down", "left", "right", "tab"]
KEYS += ["shift+tab", "enter", "enter", "home", "end", "pageup", "pagedown", "f1", "delete"]
LINES = [
    ":step 3\r",
    ":jump 50%\r",
    ":padding valid all\r",
    ":stride 2\r",
    ":dilation 3\r",
    ":break value > 0\r",
    ":mark 1 1\r",
    ":play 200\r",
    ":jmp\r",
    ":jump \x1b[2J\r",
    "é中",
    "\x1b",
    "\x10\x1b\x1b\x1b",
    "\x10zoom\r\r\x1b\x1b\x1b",
    "\x10\x1b[<0;2;35M\x1b[<0;2;35m\x1b[<0;2;35M\x1b[<0;2;35m\x1b\x1b",
]
"""The keys; the last ones open the palette and close it twice, as an open one would offer to quit."""
PASTES = ["paste me\n:step", "q\rq\r", ":open tiny", "\x1b[31m"]
WIDTHS, HEIGHTS = (1, 2, 20, 59, 60, 80, 99, 120, 200), (1, 2, 10, 17, 18, 24, 36, 60)


def something(debugger: Debugger, dice: random.Random) -> None:
    """Do one random action."""
    kind = dice.random()
    if kind < 0.7:
        debugger.send(bytes_of(dice.choice(KEYS)))
    elif kind < 0.8:
        debugger.click(dice.randrange(120), dice.randrange(36), times=dice.choice([1, 1, 2]))
    elif kind < 0.86:
        debugger.send(dice.choice(LINES).encode())
    elif kind < 0.9:
        debugger.paste(dice.choice(PASTES))
    else:
        debugger.resize(dice.choice(WIDTHS), dice.choice(HEIGHTS))


def leaves(debugger: Debugger) -> None:
    """Check that the debugger ends as it should, once what lies over it has been closed."""
    debugger.resize(120, 36)
    for _ in range(20):
        debugger.press("escape", "escape", "q")
        with suppress(AssertionError):
            debugger.wait_for_exit(1)
            break
    debugger.must_end()


@pytest.mark.parametrize("colours", ["truecolor", "256"])
@pytest.mark.parametrize("sample", ["photo", "mnist"])
def test_a_storm(sample: str, colours: str) -> None:
    dice = random.Random(f"{sample} {colours}")
    with Debugger(sample, colours=colours) as debugger:
        for number in range(EVENTS):
            something(debugger, dice)
            debugger.read(0.02 if number % 7 == 0 else 0.002)
            debugger.must_be_well()
            assert debugger.running, f"it ended at event {number}:\n{debugger.text}"
        leaves(debugger)


@pytest.mark.parametrize(("sample", "colours"), [("photo", "truecolor"), ("mnist", "256")])
def test_play_while_the_window_is_dragged(sample: str, colours: str) -> None:
    dice = random.Random(sample)
    with Debugger(sample, colours=colours) as debugger:
        debugger.type("p++++")
        columns, rows = 120, 36
        for number in range(RESIZES):
            columns = min(max(columns + dice.randint(-3, 3), 58), 200)
            rows = min(max(rows + dice.randint(-1, 1), 17), 60)
            debugger.resize(columns, rows)
            debugger.read(0.01)
            debugger.must_be_well()
            assert debugger.running, f"it ended at resize {number}:\n{debugger.text}"
        leaves(debugger)
