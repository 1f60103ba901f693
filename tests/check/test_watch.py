"""`convstep check --watch`: checks again when the file is saved."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from commands import at_work, convstep

from convstep.cli import main

WRONG = Path(__file__).parent / "files" / "wrong" / "loops_stride_missing.py"


def test_it_checks_again_whenever_the_file_is_saved_and_ends_with_an_interrupt(tmp_path: Path) -> None:
    file, text = tmp_path / "mine.py", WRONG.read_text(encoding="utf-8")
    mended = text.replace("= h\n", "= h * stride\n").replace("= w\n", "= w * stride\n")
    file.write_text(text, encoding="utf-8")
    with at_work("check", "mine.py", "--watch", "--function", "conv_forward", folder=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"conv_forward   wrong values from #3 on")
        assert process.stderr.readline() == b"It is checked again when it is saved; ^C ends.\n"
        other = tmp_path / "other.py"
        other.write_text(mended, encoding="utf-8")
        os.replace(other, file)
        lines = iter(process.stdout.readline, b"")
        assert next(line for line in lines if b"saved at" in line).startswith("── saved at ".encode())
        assert next(lines) == b"conv_forward   right on 9 probes\n"
        file.write_text("def conv_forward(:\n", encoding="utf-8")
        assert b"syntax error" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.parametrize("option", ["--tui", "--watch"])
def test_what_does_not_go_together_is_refused(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["check", str(WRONG), option, "--json"], ["check", str(tmp_path), option]):
        assert main(words) == 2
        assert capsys.readouterr().err.startswith(f"{option}: it ")


def test_a_file_that_is_not_there_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.py"), "--watch"]) == 2
    assert "no such file" in capsys.readouterr().err


def test_without_a_terminal_it_says_what_to_do() -> None:
    done = convstep("check", str(WRONG), "--tui")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(". Without one, leave out --tui\n")
