"""Input other than single keys: invalid UTF-8, pastes, several clicks at once."""

from __future__ import annotations

from contextlib import suppress

import pytest
from terminal import HELP, Debugger

PALETTE = "─ commands ─"
NO_TEXT = {
    "alone": b"\xff",
    "between keys": b" \xff ",
    "several": b"\xff\xfe\xc3(\x80 ",
    "half a surrogate pair": b"\xed\xa0\x80 ",
    "broken off": b"\xc3",
    "broken off after a key": b" \xf0\x9f",
    "other letters": "é中 ".encode(),
}
LINE_ENDS = ("\n", "\r", "\r\n")
STEPS = ":step 3{0}:step 2{0}"
STRAY = "q sSz.pq{0}q{0}"
"""As keys these would quit, step, change the padding, and play."""


def leaves(debugger: Debugger) -> None:
    """Check that the debugger ends as it should when it is asked to."""
    debugger.press("q")
    debugger.must_end()


def press_until(debugger: Debugger, key: str, text: str) -> None:
    """Press a key until a text is shown, as input right after invalid bytes may be lost with them."""
    for _ in range(50):
        debugger.press(key)
        with suppress(AssertionError):
            debugger.wait_for(text, 0.2)
            return
    debugger.wait_for(text)


def one_of(debugger: Debugger, numbers: list[int]) -> None:
    """Wait until one of these windows is shown."""
    debugger.wait_until(lambda: debugger.number in numbers, f"a window of {numbers}")


def test_bytes_that_are_no_text_are_passed_over() -> None:
    with Debugger("course") as debugger:
        for sent in NO_TEXT.values():
            debugger.send(sent)
            press_until(debugger, "end", "h 63 w 63 c 7")
            press_until(debugger, "home", "h 0 w 0 c 0")
        leaves(debugger)


def test_bytes_that_are_no_text_are_passed_over_in_the_command_line() -> None:
    with Debugger("course") as debugger:
        debugger.send(b":say caf\xff\xe9 au lait")
        debugger.press("escape")
        press_until(debugger, "end", "h 63 w 63 c 7")
        leaves(debugger)


@pytest.mark.parametrize("opened", ["", ":"], ids=["nothing", "command line"])
def test_a_paste_is_one_line_or_several_commands(opened: str) -> None:
    with Debugger("course") as debugger:
        for line_end in LINE_ENDS:
            start = debugger.number
            debugger.type(opened)
            debugger.paste(STEPS.format(line_end))
            if opened:
                debugger.press("enter")
            debugger.press("escape", "space")
            one_of(debugger, [start + pasted + 1 for pasted in (0, 3, 5)])  # it was no command, one, or two
        leaves(debugger)


@pytest.mark.parametrize("line_end", LINE_ENDS[:2], ids=["line feed", "return"])
def test_nothing_in_a_paste_is_a_key(line_end: str) -> None:
    with Debugger("course") as debugger:
        for number, opened in enumerate(["", ":", "?", "o"], start=2):
            debugger.type(opened)
            debugger.paste(STRAY.format(line_end))
            debugger.press("escape", "space")
            debugger.wait_for(f"#{number} of")
            assert debugger.shows("conv1 64×64×8 ▏ › relu1 64×64×8 › pool1 8×8×8"), "the padding has changed"
            assert not debugger.shows("zoom")
        leaves(debugger)


def test_lines_that_are_not_marked_as_pasted_are_several_commands() -> None:
    """Paste without bracketed paste, as from an old terminal or another program."""
    with Debugger("course") as debugger:
        debugger.send(STEPS.format("\r").encode())
        debugger.wait_for("#6 of")
        debugger.send(b":jump 63 63 7\r,")
        debugger.wait_for("h 63 w 62 c 7")
        leaves(debugger)


def test_what_is_pasted_does_not_reach_the_terminal_raw() -> None:
    """C1 controls, and bidirectional and invisible characters; terminals strip escape from a paste themselves."""
    with Debugger("tiny") as debugger:
        debugger.press(":")
        debugger.paste("say \x9b2J\u202e\u200bseen")
        debugger.press("enter")
        debugger.wait_for("seen")
        for raw in "\x9b\u202e\u200b":
            assert raw.encode() not in debugger.output
        leaves(debugger)


def test_the_palette_can_be_closed_twice() -> None:
    def opens(debugger: Debugger) -> None:
        debugger.press("ctrl+p")
        debugger.wait_for(PALETTE)

    def closes(debugger: Debugger, key: str, place: str) -> None:
        debugger.wait_until_gone(PALETTE)
        debugger.press("escape", key)
        debugger.wait_for(place)

    with Debugger("course") as debugger:
        opens(debugger)
        debugger.click(1, 34, times=2)
        closes(debugger, "end", "h 63 w 63 c 7")
        opens(debugger)
        debugger.type("zoom")
        debugger.wait_until_gone(HELP)  # the list is down to what matches
        debugger.send(b"\r\r")
        closes(debugger, "home", "h 0 w 0 c 0")
        opens(debugger)
        debugger.send(b"\x1b\x1b")
        closes(debugger, "end", "h 63 w 63 c 7")
        leaves(debugger)


def test_the_palette_can_be_closed_while_it_searches() -> None:
    """The keys and clicks that open, close and reopen the palette arrive all at once."""
    with Debugger("course") as debugger:
        for key, place in 6 * [("end", "h 63 w 63 c 7"), ("home", "h 0 w 0 c 0")]:
            debugger.send(b"\x10\x1b\x1b\x1b" + b"\x1b[<0;88;20M\x1b[<0;88;20m" * 2 + b"\x10zoom\r\r\x1b\x1b\x1b")
            debugger.press("escape", key)
            debugger.wait_for(place)
        leaves(debugger)
