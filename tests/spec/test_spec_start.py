"""Where a session begins, as a spec says it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convstep import Session
from convstep.errors import SpecError
from convstep.spec import load

NET = """\
input: {shape: [6, 5, 2]}
start: START
layers:
  - conv: {name: c, filters: 3, kernel: 2}
  - flatten
  - dense: {name: fc, units: 4}
"""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def opened(start: str, *changes: str) -> tuple[str, tuple[int, ...]]:
    Path("net.yaml").write_text(NET.replace("START", start))
    session = Session(*load("net.yaml", changes=changes))
    session.begin()
    return session.layer, session.frame.index


@pytest.mark.parametrize(
    ("start", "place"),
    [
        ("c 4 3 2", ("c", (0, 4, 3, 2))),
        ("c 4, 3", ("c", (0, 4, 3, 0))),
        ("flatten 59", ("flatten", (0, 0, 0, 59))),
        ("fc 3", ("fc", (0, 0, 0, 3))),
        ("fc", ("fc", (0, 0, 0, 0))),
    ],
)
def test_a_place_to_begin(start: str, place: tuple[str, tuple[int, ...]]) -> None:
    assert opened(start) == place


def test_along_a_length() -> None:
    Path("net.yaml").write_text(
        "input: {shape: [9, 1]}\nstart: conv1d 5 1\nlayers:\n  - conv1d: {filters: 2, kernel: 3}\n"
    )
    session = Session(*load("net.yaml"))
    session.begin()
    assert session.frame.index == (0, 5, 0, 1)


def test_after_a_change_for_this_run_the_nearest_place_there_is() -> None:
    assert opened("c 4 3 2", "c.stride=2") == ("c", (0, 2, 1, 2))


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (
            "d 1 1 1",
            "net.yaml:2:8: start: there is no layer 'd'\nstart: d 1 1 1\n       ^^^^^^^\nThe layers are c, flatten, fc",
        ),
        (
            "flaten 1",
            "net.yaml:2:8: start: there is no layer 'flaten'\nstart: flaten 1\n"
            "       ^^^^^^^^\nDid you mean 'flatten'?",
        ),
        ("c 1", "net.yaml:2:8: start: expected c H W C, got 'c 1'\nstart: c 1\n       ^^^"),
        ("fc 1 2", "net.yaml:2:8: start: expected fc C, got 'fc 1 2'\nstart: fc 1 2\n       ^^^^^^"),
        ("c 1 2 -1", "net.yaml:2:8: start: expected c H W C, got 'c 1 2 -1'\nstart: c 1 2 -1\n       ^^^^^^^^"),
        ("c 5 0 0", "net.yaml:2:8: start: c's output is 5×4×3, there is no (5, 0, 0)\nstart: c 5 0 0\n       ^^^^^^^"),
        ("7", "net.yaml:2:8: start: expected a line of text, got 7\nstart: 7\n       ^"),
    ],
)
def test_no_such_place(start: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        opened(start)
    assert str(caught.value) == said


@pytest.mark.parametrize("sample", ["photo", "mnist", "lenet5", "lenet32"])
def test_samples_begin_where_something_happens(sample: str) -> None:
    """The first window lies neither at a border nor on a single colour."""
    session = Session(*load(sample))
    session.begin()
    step = session.frame.step
    assert step is not None
    assert np.ptp(step.input_slice) > 0.2
    assert not step.pad
