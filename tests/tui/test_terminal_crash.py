"""After an unexpected exception the terminal is restored, and one line names the crash report."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from terminal import Debugger

FAULT = "the cat walked over it"
DRIVER = f"""
import sys
import threading
from convstep.cli import main
from convstep.debugger import Session
from convstep.network import Values

def broken(*args, **kwargs):
    raise RuntimeError({FAULT!r})

compute = Values.compute

def broken_in_a_thread(self, layer):
    yield from compute(self, layer)
    if threading.current_thread() is not threading.main_thread():
        broken()

{{break_it}}
sys.exit(main(sys.argv[1:]))
"""
BIG = """\
title: big
input: {shape: [64, 64, 16], random: {distribution: normal, seed: 1}}
layers:
  - conv: {filters: 16, kernel: 1}
  - conv: {filters: 128, kernel: 3, padding: same}
"""
"""A net whose second layer takes so long that it is computed in a thread."""


def running(driver: Path) -> dict[str, Any]:
    """Return how to run a driver in a terminal: wide enough for long paths, its reports beside it."""
    return {
        "command": [sys.executable, str(driver)],
        "size": (250, 36),
        "environment": {"TMPDIR": str(driver.parent)},
    }


def crashes(debugger: Debugger) -> None:
    """Check that the debugger has crashed as it should, whatever it was."""
    assert debugger.wait_for_exit() == 1
    assert debugger.left_behind() == []
    said = [line for line in debugger.lines if line]
    assert len(said) == 1, debugger.text
    assert "RuntimeError" in said[0] or FAULT in said[0]
    words = (word.rstrip(".:") for word in re.split(r"[\s,;'\"()]+", said[0]))
    reports = [path for path in map(Path, words) if path.expanduser().is_file()]
    assert len(reports) == 1, f"no report is named in: {said[0]}"
    report = reports[0].expanduser().read_text(encoding="utf-8")
    assert "Traceback (most recent call last)" in report
    assert f"RuntimeError: {FAULT}" in report


@pytest.mark.parametrize(
    ("break_it", "keys"),
    [
        ("Session.move = broken", ["down"]),
        ("Session.step = broken", ["p"]),
        ("Values.compute = broken_in_a_thread", ["tab"]),
    ],
    ids=["in a verb", "in a timer", "in a thread"],
)
def test_a_crash(break_it: str, keys: list[str], tmp_path: Path) -> None:
    driver, net = tmp_path / "driver.py", tmp_path / "net.yaml"
    driver.write_text(DRIVER.format(break_it=break_it))
    net.write_text(BIG)
    with Debugger(str(net), **running(driver)) as debugger:
        debugger.press(*keys)
        crashes(debugger)


def test_a_crash_before_there_is_anything_to_show(tmp_path: Path) -> None:
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER.format(break_it="Session.frame = property(broken)"))
    with Debugger("tiny", **running(driver), shows="") as debugger:
        crashes(debugger)
