"""Where nets are left is kept from one run to the next, whatever becomes of the file."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from convstep.debugger import Session
from convstep.opening import open_session
from convstep.places import MOST, Places, last_left
from convstep.spec import copy_sample


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "convstep" / "places.json"


def leave(spec: str, *lines: str, theme: str = "dark", fresh: bool = False) -> None:
    session, places = open_session(spec), Places(fresh=fresh)
    places.arrive(session, spec)
    for line in lines:
        session.do(line)
    places.leave(session, theme)


def arrive(spec: str, *, fresh: bool = False, **changes: list[str]) -> tuple[Session, Places, str]:
    session, places = open_session(spec, **changes), Places(fresh=fresh)  # type: ignore[arg-type]
    said = places.arrive(session, spec)
    return session, places, said


def test_a_net_opens_where_it_was_left() -> None:
    leave("photo", "jump pool1 2 7 6", theme="light")
    leave("tiny", "step 3")
    session, places, said = arrive("photo")
    assert (session.layer, session.index, places.theme) == ("pool1", (0, 2, 7, 6), "light")
    assert said == "this is where you left it; --fresh begins anew"
    session, places, said = arrive("tiny")
    assert (session.layer, session.number, places.theme) == ("conv1", 3, "dark")
    session, places, said = arrive("course")
    assert (session.number, said) == (0, "")


def test_the_net_that_was_left_last(tmp_path: Path) -> None:
    assert last_left() == ""
    (tmp_path / "a b").mkdir()
    copy_sample("tiny", tmp_path / "a b")
    own = str(tmp_path / "a b" / "tiny.yaml")
    leave("photo", "step")
    leave(own, "step")
    leave("course")
    assert last_left() == own
    leave("photo")
    assert last_left() == "photo"


def test_fresh_forgets(kept: Path) -> None:
    leave("photo", "jump pool1 2 7 6", theme="light")
    session, places, said = arrive("photo", fresh=True)
    assert (session.layer, session.number, places.theme, said) == ("conv1", 0, "dark", "")
    leave("photo", fresh=True)
    assert arrive("photo")[2] == ""
    assert json.loads(kept.read_text()) == {}


def test_nothing_is_kept_of_a_net_left_where_it_began(kept: Path) -> None:
    leave("photo")
    assert not kept.exists()
    leave("photo", "step", "back", theme="light")
    session, places, said = arrive("photo")
    assert (session.number, places.theme, said) == (0, "light", "")


def test_a_path_is_the_same_net_wherever_it_is_called_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_sample("tiny", tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.yaml").symlink_to("tiny.yaml")
    leave("tiny.yaml", "step 2")
    for spec in (str(tmp_path / "tiny.yaml"), "link.yaml", "./tiny.yaml"):
        assert arrive(spec)[0].number == 2
    assert arrive("tiny.yaml", changes=["conv1.padding=same"])[2] == ""
    text = (tmp_path / "tiny.yaml").read_text()
    (tmp_path / "tiny.yaml").write_text(text.replace("Five by five", "5 x 5"))
    assert arrive("tiny.yaml")[0].number == 2


def test_a_layer_that_cant_work_and_what_is_piped_in(kept: Path) -> None:
    leave("mnist", "padding valid all", "layer dense1")
    assert arrive("mnist")[0].layer == "dense1"
    session, places = open_session("tiny"), Places()
    places.arrive(session, "-")
    session.do("step")
    places.leave(session, "dark")
    assert len(json.loads(kept.read_text())) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[1, 2]",
        b"[" * 100_000,
        b'{"KEY": 3}',
        b'{"KEY": {"layer": "conv1", "neuron": [99, 99, -1, 99], "theme": "pink"}}',
        b'{"KEY": {"layer": "conv9", "neuron": [0, 0, 1, 0], "theme": ""}}',
        b'{"KEY": {"layer": "conv1", "neuron": [0, "1"], "theme": ""}}',
        b'{"KEY": {"layer": "conv1", "neuron": [1], "theme": ""}}',
        b'{"KEY": {"layer": "conv1", "neuron": [99, -9, 0, 0], "theme": ""}}',
    ],
)
def test_a_broken_file_is_none(content: bytes, kept: Path) -> None:
    leave("tiny", "step")
    (key,) = json.loads(kept.read_text())
    kept.write_bytes(content.replace(b"KEY", key.encode()))
    assert arrive("tiny")[0].number == 0
    leave("tiny", "step 2")
    assert arrive("tiny")[0].number == 2


def test_where_it_cant_be_written(kept: Path) -> None:
    kept.mkdir(parents=True)
    leave("tiny", "step")
    assert arrive("tiny")[2] == ""


def test_the_oldest_are_forgotten(kept: Path) -> None:
    leave("tiny", "step")
    (entry,) = json.loads(kept.read_text()).values()
    kept.write_text(json.dumps({f"net{n}": entry for n in range(MOST + 20)}))
    leave("photo", "step")
    keys = list(json.loads(kept.read_text()))
    assert (len(keys), keys[0]) == (MOST, "net21")
    assert keys[-1].startswith("photo ")


def _often(spec: str) -> None:
    for n in range(20):
        leave(spec, f"step {n % 5 + 1}")


def test_runs_at_the_same_time_leave_a_whole_file(kept: Path) -> None:
    runs = [multiprocessing.get_context("fork").Process(target=_often, args=(spec,)) for spec in ("tiny", "conv1d")]
    for run in runs:
        run.start()
    for run in runs:
        run.join(60)
        assert run.exitcode == 0
    assert json.loads(kept.read_text())
    assert [path.name for path in kept.parent.iterdir()] == ["places.json"]
