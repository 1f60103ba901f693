"""Signals that end a command without a screen."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import ENVIRONMENT, at_work, temporary, wait_until

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_signals_leave_no_half_written_file(number: signal.Signals, code: int, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("old")
    with at_work("trace", "wide", "--full", "--out", "t.jsonl", folder=tmp_path) as process:
        wait_until(lambda: temporary(tmp_path))
        process.send_signal(number)
        assert process.wait(30) == code
        assert process.communicate() == (b"", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["t.jsonl"]
    assert (tmp_path / "t.jsonl").read_text() == "old"


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_signals_end_it_even_if_nobody_reads(number: signal.Signals, code: int, tmp_path: Path) -> None:
    with at_work("trace", "photo", folder=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"{"
        time.sleep(0.1)  # until the pipe is full
        process.send_signal(number)
        assert process.wait(30) == code
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    """nohup relies on this."""
    code = (
        "import signal; from convstep.cli import main; signal.signal(signal.SIGHUP, signal.SIG_IGN); main(['samples'])"
    )
    code += "; print(signal.getsignal(signal.SIGHUP).name)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=ENVIRONMENT)
    assert done.stdout.endswith("\nSIG_IGN\n")
