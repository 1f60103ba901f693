"""On every kind of terminal the debugger does its work, in that terminal's colours, and leaves it as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from commands import PROGRAM
from terminal import HELP, PROFILES, Debugger

TRUECOLOR, PALETTE, SIXTEEN = "truecolor", "256", "16"
CAN_SHOW = {"truecolor": {TRUECOLOR, PALETTE, SIXTEEN}, "256": {PALETTE, SIXTEEN}, "16": {SIXTEEN}}


def colours_in(output: bytearray) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the colours in a program's output: what kind, and which."""
    for parameters in re.findall(rb"\x1b\[([\d;]*)m", output):
        numbers = iter([int(number or 0) for number in parameters.split(b";")])
        for number in numbers:
            if number in (38, 48):
                truecolor = next(numbers) == 2
                yield TRUECOLOR if truecolor else PALETTE, tuple(next(numbers) for _ in range(3 if truecolor else 1))
            elif 30 <= number % 60 < 48 and number not in (39, 49):
                yield SIXTEEN, (number,)


def is_grey(kind: str, colour: tuple[int, ...]) -> bool:
    if kind == TRUECOLOR:
        return len(set(colour)) == 1
    if kind == PALETTE:
        return colour[0] >= 232 or colour[0] in (0, 7, 8, 15, 16, 59, 102, 145, 188, 231)
    return colour[0] % 10 in (0, 7)


def assert_it_can_show(colours: str, output: bytearray) -> None:
    sent = set(colours_in(output))
    if colours in CAN_SHOW:
        assert {kind for kind, _ in sent} <= CAN_SHOW[colours]
        assert not all(is_grey(kind, colour) for kind, colour in sent)
    else:
        assert [colour for colour in sent if not is_grey(*colour)] == []


@pytest.mark.parametrize("colours", PROFILES)
def test_a_walk(colours: str) -> None:
    with Debugger("course", command=PROGRAM, colours=colours) as debugger:
        assert_it_can_show(colours, debugger.output)
        debugger.press("space")
        debugger.wait_for("h 0 w 0 c 1")
        debugger.do("jump conv1 18 37 0")
        debugger.wait_for("h 18 w 37 c 0")
        debugger.press("s")
        debugger.wait_for("conv1 61×61×8")
        debugger.press("z")
        debugger.wait_for("zoom pixel")
        debugger.press("?")
        debugger.wait_for(HELP)
        debugger.press("escape")
        debugger.wait_until_gone(HELP)
        debugger.press(*":step 2", "enter")
        debugger.wait_for("h 18 w 37 c 2")
        debugger.press("q")
        debugger.must_end()
        assert_it_can_show(colours, debugger.output)
