"""`convstep replay --out`: what is checked first, what is written when, and what is left if it is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic
from xml.etree import ElementTree

import pytest
from commands import ROOT, convstep
from PIL import Image

LESSON = "title A lesson\nopen tiny\nsay One.\nstep\nshot one.png\nsay Two.\n"
SIZE = ("--size", "60x18")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.steps").write_text(LESSON)
    return tmp_path


def test_the_same_script_gives_the_same_bytes_wherever_it_is_run(folder: Path) -> None:
    there = {"PYTHONHASHSEED": "7", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "20", "TZ": "Asia/Tokyo"}
    for name in ("a.html", "a.gif"):
        first = convstep("replay", "a.steps", "--out", name, *SIZE, cwd=folder)
        assert (first.returncode, first.stdout, first.stderr) == (0, f"{name}\n", "")
        written = (folder / name).read_bytes()
        assert convstep("replay", "a.steps", "--out", name, *SIZE, cwd=folder, env=there).returncode == 0
        assert (folder / name).read_bytes() == written
    assert sorted(os.listdir(folder)) == ["a.gif", "a.html", "a.steps", "one.png"]
    with Image.open(folder / "one.png") as image:
        assert image.size == (2 * (60 * 9 + 18), 2 * (18 * 18 + 18))
        assert image.convert("RGB").getpixel((0, 0)) == (0x11, 0x15, 0x1C)


def test_expectations_count_and_the_film_is_written(folder: Path) -> None:
    (folder / "a.steps").write_text(LESSON + "expect number 9\n")
    done = convstep(
        "replay", "-", "--out", "a.svg", *SIZE, "--theme", "light", cwd=folder, stdin=LESSON + "expect number 9\n"
    )
    assert (done.returncode, done.stdout) == (1, "a.svg\n")
    assert "standard input:7: conv1 (0, 1, 0): expected number 9, got 2" in done.stderr
    assert "Two." in "".join(ElementTree.parse(folder / "a.svg").getroot().itertext())
    assert 'fill="#f6f7f9"' in (folder / "a.svg").read_text(encoding="utf-8")


def test_an_error_leaves_what_was_there(folder: Path) -> None:
    (folder / "a.steps").write_text("say x\njmp\n")
    (folder / "a.cast").write_text("old")
    done = convstep("replay", "a.steps", "--out", "a.cast", *SIZE, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("a.steps:2:1: unknown verb 'jmp'")
    assert (folder / "a.cast").read_text() == "old"
    assert sorted(os.listdir(folder)) == ["a.cast", "a.steps"]


def test_what_can_not_be_written_is_said_before_anything_is_done(folder: Path) -> None:
    (folder / "taken").mkdir()
    (folder / "b.steps").write_text("say x\n")
    for options, said in (
        (["--out", "a.mp4"], "a.mp4: files that end in '.mp4' are not known. Known are .txt, .svg, .png, .gif, .webp"),
        (["--out", "a"], "a: the name has no ending"),
        (["--out", "no/such.gif"], "no/such.gif: can't write"),
        (["--out", "taken"], "taken: the folder exists. --force writes into it all the same"),
        (["--out", "a.gif", "--size", "20x5"], "the screen can have 60x18 to 400x200 cells, got 20x5"),
        (["--out", "a.gif", "--size", "wide"], "--size"),
        (["--out", "a.gif", "--fps", "0"], "--fps"),
        (["--out", "a.gif", "b.steps"], "--out: one script at a time, got 2"),
    ):
        done = convstep("replay", "a.steps", *options, cwd=folder)
        assert (done.returncode, done.stdout) == (2, ""), options
        assert said in done.stderr
        assert "Traceback" not in done.stderr
    assert sorted(os.listdir(folder)) == ["a.steps", "b.steps", "taken"]


def test_folders_of_screens(folder: Path) -> None:
    assert convstep("replay", "a.steps", "--out", "all.svg/", *SIZE, cwd=folder).stdout == "all.svg/\n"
    assert sorted(os.listdir(folder / "all.svg")) == ["01.svg", "02.svg"]
    (folder / "taken").mkdir()
    assert convstep("replay", "a.steps", "--out", "taken", "--force", *SIZE, cwd=folder).returncode == 0
    assert sorted(os.listdir(folder / "taken")) == ["01.png", "02.png"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_export_leaves_the_old_file(folder: Path, number: signal.Signals) -> None:
    (folder / "a.steps").write_text("open course\n" + "step\nsay again\n" * 400)
    (folder / "a.webp").write_text("old")
    command = [sys.executable, "-m", "convstep", "replay", "a.steps", "--out", "a.webp"]
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    end = monotonic() + 30
    while not any(name.endswith(".part") for name in os.listdir(folder)):
        assert monotonic() < end
        assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (out, err) == (b"", b"")
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert (folder / "a.webp").read_text() == "old"
    if number == signal.SIGINT:
        assert sorted(os.listdir(folder)) == ["a.steps", "a.webp"]
