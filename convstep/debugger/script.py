"""Scripts: one verb a line, `#` starts a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from convstep.errors import VerbError

LARGEST = 1_000_000
"""The most bytes of a script."""

COMMENT = re.compile(r"(^|\s)#(?!\d).*", re.DOTALL)
"""A comment; a `#` before a digit is a window's number instead: `jump #1482`."""


class Statement(NamedTuple):
    """A line of a script.

    Attributes:
        number: The line's number, from 1.
        column: The column of its first character, from 1.
        text: A verb with its arguments, without a comment.
        source: The whole line.
        script: The script's name.
    """

    number: int
    column: int
    text: str
    source: str
    script: str = ""

    @property
    def verb(self) -> str:
        """The verb, as it is written."""
        return self.text.split(maxsplit=1)[0]

    @property
    def rest(self) -> str:
        """Everything after the verb."""
        return self.text[len(self.verb) :].strip()


class About(NamedTuple):
    """What a script says about itself.

    Attributes:
        title: Its title; "" for none.
        about: A sentence about it; "" for none.
        language: The language of its captions.
    """

    title: str = ""
    about: str = ""
    language: str = "en"


def statements(text: str, script: str = "") -> Iterator[Statement]:
    """Yield every line that is not empty.

    Args:
        text: A script.
        script: Its name.
    """
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        statement = COMMENT.sub("", line).strip()
        if statement:
            yield Statement(number, line.index(statement) + 1, statement, line, script)


def about(text: str) -> About:
    """Return what a script says about itself, without carrying it out."""
    found = {each.verb: each.rest for each in statements(text) if each.verb in About._fields}
    return About(**found)


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
