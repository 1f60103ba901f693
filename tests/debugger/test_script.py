"""What a script's lines mean."""

from __future__ import annotations

import pytest

from convstep.debugger.script import decode, statements
from convstep.errors import VerbError


def test_comments_and_numbers() -> None:
    text = "# a lesson\n\nstep 3   # three windows\n  jump #1482  # the 1482nd\nsay 5 #1 and a#b\n"
    assert [(each.number, each.text) for each in statements(text)] == [
        (3, "step 3"),
        (4, "jump #1482"),
        (5, "say 5 #1 and a#b"),
    ]


def test_only_line_ends_end_a_line() -> None:
    text = "say a # b\u2028jump end\r\nsay c\x0bstep\n\x85step\rstep"
    assert [each.number for each in statements(text)] == [1, 2, 3]
    assert next(iter(statements(text))).text == "say a"


def test_a_script_that_is_too_large() -> None:
    with pytest.raises(VerbError, match="over 1 MB"):
        decode(b"#" * 1_000_001)
