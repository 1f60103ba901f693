"""Progress on standard error."""

from __future__ import annotations

from io import StringIO
from types import SimpleNamespace

import pytest

from convstep.report import progress
from convstep.report.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal, now = Terminal(), iter(range(100))
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=terminal))
    monkeypatch.setattr(progress, "monotonic", lambda: next(now))
    return terminal


def test_a_bar_grows_and_is_gone_in_the_end(terminal: Terminal) -> None:
    with Progress() as told:
        told.tell(5, 20, "a\x1b[2Jb")
        told.tell(20, 20, "b")
        told.tell(1234, 0, "c")
    first, second, third, end = terminal.getvalue().split("\r\x1b[K")[1:]
    assert first.endswith("  ━━━━━───────────────  5 of 20")
    assert "\x1b" not in first
    assert second == f"b  {'━' * 20}  20 of 20"
    assert (third, end) == ("c  1,234", "")


def test_nothing_is_told_where_nobody_sees_it(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with Progress(wanted=False) as told:
        told.tell(5, 20, "a")
    assert terminal.getvalue() == ""
    file = StringIO()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=file))
    with Progress() as told:
        told.tell(5, 20, "a")
    assert file.getvalue() == ""
