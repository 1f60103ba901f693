"""A recording is a whole script after every line, on a full disk too, and never takes the place of another file."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import convstep

from convstep.errors import ConvstepError
from convstep.opening import Session, open_session
from convstep.report.recording import Recording

NET = "input: {shape: [5, 4, 1]}\nlayers:\n- conv: {filters: 2, kernel: 2}\n"


@pytest.fixture
def session() -> Session:
    session = open_session("tiny")
    session.begin()
    return session


def replayed(file: Path) -> str:
    done = convstep("replay", file.name, cwd=file.parent)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()[-1]


def test_the_file_is_whole_after_every_line(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "a.steps"
    recording = Recording(str(file), session)
    assert file.read_text() == f"title {session.network.title}\nopen tiny\n"
    for _ in range(4):
        session.do("next")
        assert file.read_text().endswith("\n")
    assert file.read_text().splitlines()[2:] == ["jump conv1 0 1 1 0"]
    session.do("padding same")
    assert "#5 of 25" in replayed(file) or "same" in replayed(file)
    session.do("jump 4 4 0")
    assert "h 4  w 4" in replayed(file)
    assert recording.stop() == f"recorded: convstep replay {file}"
    session.do("step")
    assert "h 4  w 4" in replayed(file)


def test_nothing_is_overwritten(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "a.steps"
    file.write_text("mine")
    with pytest.raises(ConvstepError, match="the file exists"):
        Recording(str(file), session)
    with pytest.raises(ConvstepError, match="can't write"):
        Recording(str(tmp_path / "no" / "a.steps"), session)
    with pytest.raises(ConvstepError, match="can't write"):
        Recording("a\0b", session)
    assert file.read_text() == "mine"
    assert session.recording is None
    assert not session.observers


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond a size: what is written is cut there, and then refused, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("room", [0, 5])
def test_a_full_disk_loses_nothing(room: int, session: Session, tmp_path: Path) -> None:
    file = tmp_path / "a.steps"
    recording = Recording(str(file), session)
    session.do("jump 1 1 0")
    before = file.read_text()
    with room_for(len(before) + room):
        session.do("padding same")
        assert session.do("step") == ""
    assert file.read_text() == before
    assert session.notes == [f"no longer recorded: {recording.error}"]
    session.do("step")
    assert file.read_text() == before
    assert "h 1  w 1" in replayed(file)
    with pytest.raises(ConvstepError, match="No space left" if room else "File too large"):
        recording.stop()
    assert session.recording is None


def test_a_net_of_ones_own_is_opened_from_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "net.yaml").write_text(NET)
    monkeypatch.chdir(tmp_path)
    for number, folder in enumerate(("below", ".")):
        session = open_session("below/net.yaml")
        session.begin()
        file = tmp_path / folder / f"{number}.steps"
        recording = Recording(str(file), session)
        session.do("jump 2 1 1")
        recording.stop()
        assert "h 2  w 1  c 1" in replayed(file)
    (tmp_path / "other").mkdir()
    recording = Recording("other/a.steps", session)
    recording.stop()
    assert "--allow-outside" in Path("other/a.steps").read_text()
    assert convstep("replay", "other/a.steps", cwd=tmp_path).returncode == 2
    assert convstep("replay", "other/a.steps", "--allow-outside", cwd=tmp_path).returncode == 0


def test_a_net_with_changes_cant_be_opened_again(tmp_path: Path) -> None:
    session = open_session("tiny", changes=["conv1.padding=same"])
    with pytest.raises(ConvstepError, match="Open it without --set"):
        Recording(str(tmp_path / "a.steps"), session)
    assert not list(tmp_path.iterdir())
