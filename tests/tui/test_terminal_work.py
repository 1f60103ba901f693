"""While a large layer is computed the debugger goes on answering, and can be left."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from terminal import Debugger

SECONDS = 1.0
"""The time limit for a key to show on a busy machine; usually a tenth of it is enough."""
NET = """\
title: large
input: {{shape: [224, 224, 3], random: {{distribution: normal, seed: 1}}}}
layers:
  - conv: {{filters: 4, kernel: 1}}
  - conv: {{filters: 64, kernel: 1}}
  - conv: {{filters: 64, kernel: {kernel}, padding: same}}
  - global_avg_pool: {{name: mean}}
"""
LONG, SHORT = 41, 11
"""Kernels that take many seconds, and about one."""
NEED_VALUES = ["}", "{", "space", ".", "pagedown", "down", "right", "]", "end", "home", "enter", "z"]
"""Keys that need the values of the layer being computed."""
AT_WORK = "%"
BEHIND = "computing…"
HELP = "Type to search"


@contextmanager
def debugger_at_work(directory: Path, kernel: int) -> Iterator[Debugger]:
    """Open a debugger that shows a small layer, and computes a large one, all of which the layer to go to looks at."""
    net = directory / "large.yaml"
    net.write_text(NET.format(kernel=kernel))
    with Debugger(str(net)) as debugger:
        debugger.press(*":layer mean", "enter")
        debugger.wait_for(AT_WORK)
        yield debugger


@pytest.fixture
def working(tmp_path: Path) -> Iterator[Debugger]:
    """A debugger that is at work for some time."""
    with debugger_at_work(tmp_path, LONG) as debugger:
        yield debugger


def test_keys_do_not_wait_for_the_work(working: Debugger) -> None:
    for key in NEED_VALUES:
        working.press(key, "?")
        working.wait_for(HELP, SECONDS)
        working.press("?")
        working.wait_until_gone(HELP, SECONDS)
        working.wait_for(AT_WORK)
    working.press("escape")
    working.wait_until_gone(AT_WORK)
    working.do("jump conv1 3 4 2")
    working.wait_for("conv1 window #2,707 of")


def test_a_key_during_the_work_waits_or_is_refused(tmp_path: Path) -> None:
    with debugger_at_work(tmp_path, SHORT) as debugger:
        debugger.press("}", "space", "z")
        debugger.wait_for("mean  neuron #")
        debugger.wait_until_gone(AT_WORK)
        debugger.do("jump conv3 3 4 2")
        debugger.press("space")
        debugger.wait_for("h 3 w 4 c 3")


def test_a_window_is_shown_and_left_while_the_rest_of_its_layer_is_computed(tmp_path: Path) -> None:
    net = tmp_path / "large.yaml"
    net.write_text(NET.format(kernel=LONG))
    with Debugger(str(net)) as debugger:
        debugger.press(*":layer conv3", "enter")
        debugger.wait_for("conv3 window #")
        debugger.wait_for(BEHIND)
        debugger.press("right", "m")
        debugger.wait_for("h 0 w 1 c 0")
        debugger.wait_for("the rest of conv3 is still being computed")
        debugger.do("jump conv1 3 4 2")
        debugger.wait_until_gone(BEHIND)
        debugger.press("q")
        debugger.must_end()


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_a_key_ends_it_during_the_work(key: str, working: Debugger) -> None:
    working.press(key)
    working.must_end()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_during_the_work(name: str, working: Debugger) -> None:
    number = signal.Signals[name]
    working.signal(number)
    working.must_end(128 + number)
