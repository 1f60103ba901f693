"""The terminal that the tests use is one: programs that are known find in it what they expect."""

from __future__ import annotations

import signal
import sys

import pyte
from terminal import Terminal

ECHO = (
    "import os, tty; tty.setraw(0); print('ready'); [print(ascii(os.read(0, 99)), end=';', flush=True) for _ in '123']"
)


def test_keys_arrive_as_their_bytes() -> None:
    with Terminal([sys.executable, "-c", ECHO]) as terminal:
        terminal.wait_for("ready")
        for key, seen in [(".", "b'.';"), ("backspace", r"b'\x7f';"), ("left", r"b'\x1b[D';")]:
            terminal.press(key)
            terminal.wait_for(seen)
        assert terminal.wait_for_exit() == 0


def test_questions_are_answered_as_xterm_does() -> None:
    ask = "import os, tty; tty.setraw(0); os.write(1, b'\\x1b[?2026$p'); print(ascii(os.read(0, 99)))"
    with Terminal([sys.executable, "-c", ask]) as terminal:
        terminal.wait_for(r"b'\x1b[?2026;2$y'")


def test_the_size_follows_the_window() -> None:
    with Terminal(["sh", "-c", "trap 'stty size; exit' WINCH; stty size; while :; do sleep 0.01; done"]) as terminal:
        terminal.wait_for("36 120")
        terminal.resize(50, 7)
        terminal.wait_for("7 50")


def test_cells_have_colours() -> None:
    with Terminal(["printf", r"a\033[38;2;1;2;3;48;5;196mb"]) as terminal:
        terminal.wait_for("ab")
        assert (terminal.cell(1, 0).fg, terminal.cell(1, 0).bg) == ("010203", "ff0000")


def test_what_is_shown_is_what_pyte_makes_of_it() -> None:
    sent = (
        "a\x1b[1;38;2;1;2;3;48;5;196mbé中\x1b[mc\r\n\x1b[31md\te\x1b[0;7mf\x1b[2;9Hg\u200bh\x1b[Ki\x1b[44m"
        + "long " * 30
    )
    plain = pyte.Screen(120, 36)
    pyte.ByteStream(plain).feed(sent.encode())
    with Terminal([sys.executable, "-c", f"import tty; tty.setraw(1); print({sent!r}, end='')"]) as terminal:
        assert terminal.wait_for_exit() == 0
        assert terminal.lines == [line.rstrip() for line in plain.display]
        assert all(terminal.cell(x, y) == plain.buffer[y][x] for y in range(36) for x in range(120))


def test_what_is_left_behind_is_named() -> None:
    with Terminal(["sh", "-c", r"printf '\033[?1049h\033[?25l\033[?1000;2004h\033[>1u'; stty -echo"]) as terminal:
        assert terminal.wait_for_exit() == 0
        assert terminal.left_behind() == [
            "alternate screen",
            "bracketed paste",
            "cursor",
            "echo",
            "keyboard protocol",
            "mouse",
        ]


def test_exit_codes_are_those_of_a_shell() -> None:
    for script, code in [("exit 3", 3), ("kill -TERM $$", 128 + signal.SIGTERM)]:
        with Terminal(["sh", "-c", script]) as terminal:
            assert terminal.wait_for_exit() == code
            assert terminal.left_behind() == []


def test_a_closed_window_sends_the_signal() -> None:
    with Terminal(["sh", "-c", "echo ready; exec sleep 60"]) as terminal:
        terminal.wait_for("ready")
        terminal.hang_up()
        assert terminal.wait_for_exit(2) == 128 + signal.SIGHUP
