"""`convstep replay --out`: what is checked first, what is written when, and what is left if it is not."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import at_work, convstep, wait_until
from PIL import Image

from convstep.cli import build_parser
from convstep.errors import ConvstepError
from convstep.report.film.formats import exporting, target
from convstep.tui.recorder import check_size

LESSON = "title A lesson\nopen tiny\nsay One.\nstep\nshot one.png\nzoom pixel\nshot two.svg\nsay Two.\n"
SIZE = ("--size", "60x18")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.steps").write_text(LESSON)
    return tmp_path


def test_the_same_script_gives_the_same_bytes_wherever_it_is_run(folder: Path) -> None:
    there = {"PYTHONHASHSEED": "7", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "20", "TZ": "Asia/Tokyo"}
    first = convstep("replay", "a.steps", "--out", "a.html", *SIZE, cwd=folder)
    assert (first.returncode, first.stdout, first.stderr) == (0, "a.html\n", "")
    written = (folder / "a.html").read_bytes()
    assert convstep("replay", "a.steps", "--out", "a.html", *SIZE, cwd=folder, **there).returncode == 0
    assert (folder / "a.html").read_bytes() == written
    assert sorted(os.listdir(folder)) == ["a.html", "a.steps", "one.png", "two.svg"]
    with Image.open(folder / "one.png") as image:
        assert image.size == (2 * (60 * 9 + 18), 2 * (18 * 18 + 18))
        assert image.convert("RGB").getpixel((0, 0)) == (0x11, 0x15, 0x1C)
    picture = ElementTree.parse(folder / "two.svg").getroot()
    halves = [each for each in picture.iter() if each.get("height") == "9"]
    assert len(halves) > 10  # pixels, as the script has chosen, where tiny shows numbers


def test_expectations_count_and_the_film_is_written(folder: Path) -> None:
    wrong = LESSON + "expect number 9\n"
    done = convstep("replay", "-", "--out", "a.svg", *SIZE, "--theme", "light", cwd=folder, stdin=wrong)
    assert (done.returncode, done.stdout) == (1, "a.svg\n")
    assert "standard input:9: conv1 (0, 1, 0): expected number 9, got 2" in done.stderr
    shown = "".join(ElementTree.parse(folder / "a.svg").getroot().itertext())
    assert "3/3" in shown
    assert "expected number 9, got" in shown
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
    for arguments, said in (
        (
            ["a.steps", "--out", "a.mp4"],
            "a.mp4: files that end in '.mp4' are not known. Known are .txt, .svg, .png, .gif",
        ),
        (["a.steps", "--out", "no/such.gif"], "no/such.gif: can't write"),
        (["a.steps", "b.steps", "--out", "a.gif"], "--out: one script at a time, got 2"),
    ):
        done = convstep("replay", *arguments, cwd=folder)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert said in done.stderr
        assert "Traceback" not in done.stderr
    assert os.listdir(folder) == ["a.steps"]


def test_names_that_say_nothing_folders_that_exist_and_sizes_that_can_not_be(tmp_path: Path) -> None:
    with pytest.raises(ConvstepError, match="the name has no ending"):
        target(str(tmp_path / "a"))
    with (
        pytest.raises(ConvstepError, match="the folder exists"),
        exporting(target(str(tmp_path))),
    ):
        pass
    for size in ((59, 18), (60, 17), (401, 18), (60, 201)):
        with pytest.raises(ConvstepError, match="can have 60x18 to 400x200 cells, got"):
            check_size(size)
    parser = build_parser()
    for option, value in (
        ("--size", "wide"),
        ("--size", "1x2x3"),
        ("--fps", "0"),
        ("--fps", "nan"),
        ("--theme", "red"),
    ):
        with pytest.raises(SystemExit):
            parser.parse_args(["replay", "a", "--out", "a.gif", option, value])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_export_leaves_the_old_file(folder: Path, number: signal.Signals) -> None:
    (folder / "a.steps").write_text("open course\n" + "step\nsay again\n" * 400)
    (folder / "a.webp").write_text("old")
    with at_work("replay", "a.steps", "--out", "a.webp", folder=folder) as process:
        wait_until(lambda: any(name.endswith(".part") for name in os.listdir(folder)))
        process.send_signal(number)
        assert process.communicate(timeout=30) == (b"", b"")
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert (folder / "a.webp").read_text() == "old"
    if number == signal.SIGINT:
        assert sorted(os.listdir(folder)) == ["a.steps", "a.webp"]
