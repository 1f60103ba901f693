"""The list of recent specs: whatever the file contains, or is, reading it returns existing files or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import ENVIRONMENT, temporary

from convstep.tui.screens.recent import MOST, recent, remember


@pytest.fixture
def kept(state_home: Path) -> Path:
    """The path of the list; its folder exists."""
    (state_home / "convstep").mkdir()
    return state_home / "convstep" / "recent"


@pytest.fixture
def specs(tmp_path: Path) -> list[str]:
    """More specs than are kept, with names of all kinds."""
    names = ["plain", "with blanks", 'quote\'d "twice"', "tab\there", "line\u2028end", "\udcff", *map(str, range(9))]
    paths = [tmp_path / f"{name}.yaml" for name in names]
    for path in paths:
        path.touch()
    return list(map(str, paths))


def test_the_latest_come_first_and_once(specs: list[str], state_home: Path) -> None:
    for spec in [*specs, specs[0]]:
        remember(spec)
    assert recent() == [specs[0], *reversed(specs[1:])][:MOST]
    for spec in specs[:6]:
        remember(spec)
    assert recent()[:6] == specs[5::-1]
    assert temporary(state_home / "convstep") == []


def test_a_name_that_would_be_two_lines_is_not_kept(tmp_path: Path, specs: list[str]) -> None:
    remember(specs[0])
    name = tmp_path / f"x\n{specs[1]}"
    name.parent.mkdir(parents=True)
    name.touch()
    remember(str(name))
    assert recent() == specs[:1]


def test_whatever_is_in_it(kept: Path, specs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photo").touch()
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.chdir(tmp_path)
    lines = ["", "photo", "/" + "x" * 5000, "a\0b", "/dev/zero", str(tmp_path), str(tmp_path / "fifo"), "~", "\udcfe"]
    kept.write_bytes(os.fsencode("\n".join([*lines, specs[5], specs[1], specs[5], "\r", *lines])))
    assert recent() == [specs[5], specs[1]]
    remember(specs[2])
    assert recent() == [specs[2], specs[5], specs[1]]
    kept.write_bytes(bytes(range(256)) * 100_000)
    assert recent() == []
    remember(specs[3])
    assert recent() == [specs[3]]


PLACES: dict[str, Callable[[Path], object]] = {
    "fifo": os.mkfifo,
    "folder": Path.mkdir,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "link to itself": lambda path: path.symlink_to(path),
    "link to nothing": lambda path: path.symlink_to("/no/such/file"),
}


@pytest.mark.parametrize("name", PLACES)
def test_whatever_is_in_its_place(name: str, kept: Path, specs: list[str]) -> None:
    PLACES[name](kept)
    assert recent() == []
    remember(specs[0])
    assert recent() == []
    assert len(list(kept.parent.iterdir())) == 1


@pytest.mark.parametrize("state", ["relative", "/proc", "/dev/null", "/dev/null/x", "/" + "x" * 5000, ""])
def test_no_place_for_it(state: str, specs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", state)
    monkeypatch.setenv("HOME", "/dev/null")
    remember(specs[0])
    assert recent() == []
    assert len(list(tmp_path.iterdir())) == len(specs)


REMEMBER = """
import os, resource, sys
from convstep.tui.screens.recent import recent, remember

{first}
before = recent()
remember(sys.argv[1])
print(recent() == before, os.listdir("."))
"""


@pytest.mark.parametrize(
    "first",
    [
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))",
        "os.environ.pop('HOME'); os.environ.pop('XDG_STATE_HOME'); os.setuid(54321)",
    ],
    ids=["full disk", "no home"],
)
def test_where_it_can_not_be_written(first: str, specs: list[str], tmp_path: Path, state_home: Path) -> None:
    if "setuid" in first and os.getuid():
        pytest.skip("only root can become a user without a home")
    remember(specs[1])
    (tmp_path / "here").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", REMEMBER.format(first=first), specs[0]],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path / "here",
        env={**ENVIRONMENT, "XDG_STATE_HOME": str(state_home)},
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True []\n", "")
    assert recent() == specs[1:2]
    assert temporary(state_home / "convstep") == []
