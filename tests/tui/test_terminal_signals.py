"""However the debugger exits, the terminal is restored, and the exit code is correct."""

from __future__ import annotations

import signal
import sys

import pytest
from commands import PROGRAM
from terminal import HELP, Debugger

BUSY = {
    "playing": (["p"], "playing"),
    "command line": ([*":step"], "step"),
    "help": (["?"], HELP),
    "gallery": (["o"], "lenet32"),
}
"""Keys that start something, and the text shown while it goes on."""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"])
def test_a_signal_ends_it(name: str) -> None:
    number = signal.Signals[name]
    with Debugger("tiny", command=PROGRAM) as debugger:
        debugger.signal(number)
        debugger.must_end(128 + number)


@pytest.mark.parametrize("busy", BUSY)
def test_a_signal_ends_it_whatever_is_going_on(busy: str) -> None:
    keys, seen = BUSY[busy]
    with Debugger("course") as debugger:
        debugger.press(*keys)
        debugger.wait_for(seen)
        debugger.signal(signal.SIGTERM)
        debugger.must_end(128 + signal.SIGTERM)


@pytest.mark.parametrize("busy", [None, *BUSY])
def test_ctrl_c_leaves(busy: str | None) -> None:
    with Debugger("tiny") as debugger:
        if busy:
            keys, seen = BUSY[busy]
            debugger.press(*keys)
            debugger.wait_for(seen)
        debugger.press("ctrl+c")
        debugger.must_end()


def stop_and_go_on(debugger: Debugger) -> None:
    """Do what ctrl+z and `fg` do in a shell, and check that the shell finds the terminal as it needs it."""
    debugger.signal(signal.SIGTSTP)
    debugger.wait_until_stopped()
    debugger.wait_until(lambda: debugger.left_behind() == [], "the terminal as it was")
    debugger.signal(signal.SIGCONT)


def test_it_can_be_stopped_and_goes_on() -> None:
    with Debugger("tiny", command=PROGRAM) as debugger:
        debugger.press("space")
        debugger.wait_for("#2 of")
        stop_and_go_on(debugger)
        debugger.wait_until(lambda: "alternate screen" in debugger.left_behind(), "the alternate screen")
        debugger.press("space")
        debugger.wait_for("#3 of")
        debugger.press("q")
        debugger.must_end()


def test_it_draws_the_whole_screen_when_it_goes_on() -> None:
    """On resuming, the alternate screen is empty, so all of it must be repainted."""
    with Debugger("tiny", command=PROGRAM) as debugger:
        debugger.press("escape", "space")
        debugger.wait_for("#2 of")
        before = debugger.text
        stop_and_go_on(debugger)
        debugger.wait_until(lambda: debugger.text == before, "the screen as it was", 2)


HANGUPS = {
    "told": "pass",
    "nohup": "signal.signal(signal.SIGHUP, signal.SIG_IGN)",
    "not told": "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])",
}
"""How SIGHUP of a closed window is handled; it may not arrive, as in a container."""


@pytest.mark.parametrize("hangup", HANGUPS)
@pytest.mark.parametrize("keys", ["", "p"], ids=["idle", "playing"])
def test_it_ends_when_the_window_is_closed(hangup: str, keys: str) -> None:
    become = f"import os, signal, sys; {HANGUPS[hangup]}; os.execvp(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", become, sys.executable, "-m", "convstep"]
    with Debugger("course", command=command) as debugger:
        debugger.type(keys)
        debugger.wait_for("playing" if keys else "#1 of")
        debugger.hang_up()
        debugger.wait_until(lambda: not debugger.running, "the program's end", 2)
