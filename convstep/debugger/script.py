"""Scripts: one verb a line, `#` starts a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convstep.errors import VerbError

LARGEST = 1_000_000
"""The most bytes of a script."""

COMMENT = re.compile(r"(^|\s)#(?!\d).*", re.DOTALL)
"""A comment; a `#` before a digit is a window's number instead: `jump #1482`."""


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line number, verb with its arguments) for every line that is not empty; numbers start at 1."""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        statement = COMMENT.sub("", line).strip()
        if statement:
            yield number, statement


def decode(data: bytes) -> str:
    """Return a script's text.

    Raises:
        VerbError: It is too large, or not UTF-8.
    """
    if len(data) > LARGEST:
        raise VerbError("this is over 1 MB, too large for a script")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise VerbError("this is not a text file", hint="A script has one verb a line, such as: step 3 row") from None
    if "\0" in text:
        raise VerbError("this is not a text file", hint="A script has one verb a line, such as: step 3 row")
    return text
