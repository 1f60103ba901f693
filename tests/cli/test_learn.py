"""`convstep learn` lists the lessons, goes through one, and remembers it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import convstep

from convstep.report.lessons import done, finish
from convstep.report.scripts import ORDER


def test_the_list_and_what_was_done(tmp_path: Path) -> None:
    state = str(tmp_path)
    before = convstep("learn", XDG_STATE_HOME=state)
    assert (before.returncode, before.stderr) == (0, "")
    lines = before.stdout.splitlines()
    assert [line.split()[0] for line in lines[: len(ORDER)]] == list(ORDER)
    assert "also de, zh" in lines[0]
    assert lines[-1] == "convstep learn first-conv"
    learnt = convstep("learn", "first-conv.de", XDG_STATE_HOME=state)
    assert learnt.returncode == 0
    assert "Das ist das erste Neuron" in learnt.stdout
    after = convstep("learn", XDG_STATE_HOME=state).stdout.splitlines()
    assert after[0].split()[:2] == ["✓", "first-conv"]
    assert after[-1] == "convstep learn dense-rows"
    rows = json.loads(convstep("learn", "--json", XDG_STATE_HOME=state).stdout)
    assert {row["lesson"]: row["done"] for row in rows if row["done"]} == {
        "first-conv": True,
        "first-conv.de": True,
        "first-conv.zh": True,
    }


def test_a_lesson_that_is_misspelt() -> None:
    found = convstep("learn", "frist-conv")
    assert found.returncode == 2
    assert "Did you mean 'first-conv'?" in found.stderr


@pytest.mark.parametrize("content", [b"{", b'{"a": 1}', b"[1, [], null]", b"\xff", b"[" * 100_000])
def test_a_damaged_file_is_no_lesson_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = tmp_path / "convstep" / "lessons.json"
    file.parent.mkdir()
    file.write_bytes(content)
    assert done() == set()
    finish("a")
    finish("b")
    assert done() == {"a", "b"}
