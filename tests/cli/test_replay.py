"""`convstep replay`: several scripts and folders, JSON, JUnit's XML, files beside a script and files that aren't."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import convstep

RIGHT = "title Right\nopen tiny\nexpect shape 3 3 1\nsay All is **well** with `Z`.\n"
WRONG = "title Wrong\nopen tiny\nexpect shape 3 3 2\nstep\nexpect number 3\nexpect number 2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    (tmp_path / "a.steps").write_text(RIGHT)
    (tmp_path / "below" / "b.steps").write_text(WRONG)
    (tmp_path / "below" / "no.txt").write_text("not a script")
    return tmp_path


def test_all_scripts_of_a_folder(folder: Path) -> None:
    done = convstep("replay", ".", cwd=folder)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "Right"
    assert "All is well with Z." in lines
    assert lines[-1] == "2 scripts, 1 failed; 4 expectations, 2 failed"
    assert done.stderr.splitlines() == [
        "below/b.steps:3: conv1 (0, 0, 0): expected shape 3×3×2, got 3×3×1",
        "expect shape 3 3 2",
        "^" * 18,
        "below/b.steps:5: conv1 (0, 1, 0): expected number 3, got 2",
        "expect number 3",
        "^" * 15,
    ]


def test_an_error_in_one_script_does_not_hide_the_others(folder: Path) -> None:
    (folder / "0.steps").write_text("jmp\n")
    done = convstep("replay", ".", "missing.steps", cwd=folder)
    assert done.returncode == 2
    assert "0.steps:1:1: unknown verb 'jmp' (did you mean jump?)" in done.stderr
    assert "missing.steps: no such file" in done.stderr
    assert done.stdout.splitlines()[-1] == "4 scripts, 3 failed; 4 expectations, 2 failed"


def test_json(folder: Path) -> None:
    done = convstep("replay", "a.steps", "below", "--json", cwd=folder)
    assert done.returncode == 1
    right, wrong = json.loads(done.stdout)
    assert (right["title"], right["passed"], right["expected"], right["failed"]) == ("Right", True, 1, 0)
    assert (wrong["passed"], wrong["expected"], wrong["failed"], wrong["error"]) == (False, 3, 2, None)
    failed = [line for line in wrong["lines"] if line["outcome"] == "failed"]
    assert [(line["line"], line["expected"], line["actual"]) for line in failed] == [
        (3, "3×3×2", "3×3×1"),
        (5, "3", "2"),
    ]
    assert (failed[1]["layer"], failed[1]["step"], failed[1]["tap"]) == ("conv1", 1, None)


def test_junit(folder: Path) -> None:
    (folder / "c.steps").write_bytes(b"step\nexpect layer 'conv\x01\x1b1'\njmp\n")
    done = convstep("replay", "a.steps", "below", "c.steps", "--junit", "all.xml", cwd=folder)
    assert done.returncode == 2
    suites = ElementTree.parse(folder / "all.xml").getroot()
    found = [tuple(suite.get(key) for key in ("name", "tests", "failures", "errors")) for suite in suites]
    assert found == [("a.steps", "2", "0", "0"), ("below/b.steps", "4", "2", "0"), ("c.steps", "2", "1", "1")]
    for suite in suites:
        assert len(suite.findall("testcase")) == int(suite.get("tests", ""))
        assert len(suite.findall("testcase/failure")) == int(suite.get("failures", ""))
    unwritable = convstep("replay", "a.steps", "--junit", "no/such.xml", cwd=folder)
    assert (unwritable.returncode, unwritable.stdout) == (2, "")


def test_scripts_stay_in_their_folder(folder: Path) -> None:
    outside = folder.parent / "outside.steps"
    outside.write_text("step\n")
    (folder / "link.steps").symlink_to(outside)
    for line in (
        "include ../outside.steps",
        f"include {outside}",
        "include link.steps",
        "open ../net.yaml",
        "open /etc/passwd",
        "open -",
        "open /dev/stdin",
        "shot ../picture.txt",
        "shot ~/picture.txt",
    ):
        (folder / "s.steps").write_text(f"{line}\n")
        done = convstep("replay", "s.steps", cwd=folder)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        if "~" not in line and line != "open -":
            assert "is outside the script's folder. --allow-outside permits it" in done.stderr
    assert convstep("replay", "a.steps", "--allow-outside", cwd=folder).returncode == 0
    (folder / "s.steps").write_text("include link.steps\ninclude ../outside.steps\nexpect number 3\n")
    done = convstep("replay", "s.steps", "--allow-outside", cwd=folder)
    assert done.returncode in (0, 1)
    assert "outside the script" not in done.stderr


def test_files_beside_a_script(folder: Path) -> None:
    (folder / "below" / "net.yaml").write_text("input: {shape: [4, 4, 1]}\nlayers:\n- conv: {filters: 1, kernel: 2}\n")
    (folder / "below" / "more").mkdir()
    (folder / "below" / "more" / "d.steps").write_text("expect shape 3 3 1\n")
    script = "open net.yaml\ninclude more/d.steps\nshot shot.txt\n"
    (folder / "below" / "e.steps").write_text(script)
    done = convstep("replay", "below/e.steps", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "conv1 window #1 of 9" in (folder / "below" / "shot.txt").read_text(encoding="utf-8")
    assert sorted(os.listdir(folder)) == ["a.steps", "below"]
    for ending, said in ((".bmp", "Files can end in .txt, .svg"), ("", "Files can end in .txt, .svg")):
        (folder / "f.steps").write_text(f"shot picture{ending}\n")
        assert said in convstep("replay", "f.steps", cwd=folder).stderr


def test_what_is_no_file_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "below" / "pipe.steps")
    for line in ("include pipe.steps", "open pipe.steps"):
        (folder / "below" / "b.steps").write_text(f"{line}\n")
        done = convstep("replay", "below", cwd=folder)
        assert (done.returncode, done.stderr.splitlines()[0][-23:]) == (2, "'pipe.steps' is no file")


def test_a_script_that_loops_is_refused(folder: Path) -> None:
    (folder / "x.steps").write_text("include y.steps\n")
    (folder / "y.steps").write_text("include ./x.steps\n")
    done = convstep("replay", "x.steps", cwd=folder)
    assert done.returncode == 2
    assert "x.steps would include itself" in done.stderr


def test_control_characters_are_escaped(folder: Path) -> None:
    (folder / "x.steps").write_text("title a\x1b[31m\nsay b\x1b[2J\nexpect layer c\x1b\n")
    done = convstep("replay", "x.steps", cwd=folder)
    assert "\x1b" not in done.stdout + done.stderr
    assert "a\\x1b[31m" in done.stdout
