"""What a script's lines mean."""

from __future__ import annotations

from convstep.debugger.script import statements


def test_comments_and_numbers() -> None:
    text = "# a lesson\n\nstep 3   # three windows\n  jump #1482  # the 1482nd\nsay 5 #1 and a#b\n"
    assert list(statements(text)) == [(3, "step 3"), (4, "jump #1482"), (5, "say 5 #1 and a#b")]
