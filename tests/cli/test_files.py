"""Files that commands write."""

from __future__ import annotations

import os
import shlex
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from commands import ENVIRONMENT, PROGRAM, at_work, convstep, temporary, wait_until


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    out = tmp_path / "t.jsonl"
    for mode in (0o600, 0o664, 0o755):
        out.write_text("old")
        out.chmod(mode)
        assert convstep("trace", "tiny", "--out", str(out)).returncode == 0
        assert stat.S_IMODE(out.stat().st_mode) == mode
        assert out.read_text().startswith('{"step":0')


def test_a_new_file_has_the_mode_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    convstep("trace", "tiny", "--out", "t.jsonl", cwd=tmp_path)
    assert (tmp_path / "t.jsonl").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    link = tmp_path / "link.jsonl"
    link.symlink_to("folder/t.jsonl")
    for _ in range(2):  # there is no such file at first
        assert convstep("trace", "tiny", "--out", "link.jsonl", cwd=tmp_path).returncode == 0
        assert link.is_symlink()
        assert (folder / "t.jsonl").read_text().count("\n") == 9
        (folder / "t.jsonl").write_text("old")
    assert sorted(path.name for path in (*tmp_path.iterdir(), *folder.iterdir())) == ["folder", "link.jsonl", "t.jsonl"]


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, ".", "x/y"], ids=["ASCII", "UTF-8", "folder", "missing"])
def test_names_up_to_the_systems_limit(name: str, tmp_path: Path) -> None:
    done = convstep("trace", "tiny", "--out", name, cwd=tmp_path)
    if len(name) > 3:
        assert (done.returncode, done.stderr) == (0, "")
        assert [path.name for path in tmp_path.iterdir()] == [name]
    else:
        assert done.returncode == 2
        assert done.stderr.startswith(f"{name}: can't write: ")
        assert list(tmp_path.iterdir()) == []


def test_a_name_beyond_the_systems_limit(tmp_path: Path) -> None:
    done = convstep("trace", "tiny", "--out", "x" * 256, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, f"{'x' * 256}: can't write: File name too long\n")


def test_a_pipe_with_a_name_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = subprocess.run(
        f"cat pipe & {shlex.join(PROGRAM)} trace tiny --out pipe; wait",
        shell=True,
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=ENVIRONMENT,
    )
    assert done.stdout == convstep("trace", "tiny").stdout
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_what_a_killed_run_has_left_goes_with_the_next(tmp_path: Path) -> None:
    with at_work("trace", "wide", "--full", "--out", "t.jsonl", folder=tmp_path) as process:
        wait_until(lambda: temporary(tmp_path))
        process.kill()
        process.wait(30)
    assert len(temporary(tmp_path)) == 1
    assert convstep("trace", "tiny", "--out", "t.jsonl", cwd=tmp_path).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["t.jsonl"]


def test_what_another_run_is_writing_stays(tmp_path: Path) -> None:
    """Files and links with names like those of temporary files stay, too."""
    others = [tmp_path / ".convstep-notes", tmp_path / ".convstep-abcdefgh.part"]
    others[0].write_text("mine")
    others[1].symlink_to(others[0])
    with at_work("trace", "wide", "--full", "--out", "t.jsonl", folder=tmp_path) as process:
        wait_until(lambda: len(temporary(tmp_path)) == 3)
        assert convstep("trace", "tiny", "--out", "t.jsonl", cwd=tmp_path).returncode == 0
        assert len(temporary(tmp_path)) == 3
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert sorted(tmp_path.iterdir()) == sorted([*others, tmp_path / "t.jsonl"])
