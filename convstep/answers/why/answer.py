"""Reads somebody's answer: a shape or a number, in any of the ways in which people write one."""

from __future__ import annotations

import re
from math import prod
from typing import NamedTuple

from convstep.errors import ArgumentError
from convstep.layers import Shape

FORMS = "Write a shape such as 4x4x64, 4*4*64 or (4, 4, 64), a number such as 1,024, or a framework's error message"
"""The forms of an answer, for messages."""

LONGEST = 200
"""Longer texts are no shape."""
MOST_NUMBERS = 6
SHOWN = 40
"""Characters of a text that can't be read that are quoted."""

_NUMBER = r"\d{1,3}(?:,\d{3})+|\d{1,12}"
_BATCH = r"none|null|n|m|\?|-1"
_SIGNS = re.compile(r"\s*[x×*·]\s*", re.IGNORECASE)
_COMMAS = re.compile(r"\s*[,;]\s*|\s+")
_BRACKETS = re.compile(r"(?:torch\.size|tensorshape|shape\s*=?)?\s*([(\[]+)(.*?),?\s*([)\]]+)", re.IGNORECASE)


class Answer(NamedTuple):
    """Somebody's answer.

    Attributes:
        numbers: Its numbers; those of a batch of unknown size left out.
        sign: The sign between the numbers of a shape, in which the right one is written, too.
    """

    numbers: tuple[int, ...]
    sign: str = "x"

    def __str__(self) -> str:
        return self.write(self.numbers)

    def write(self, shape: Shape) -> str:
        """Return a shape as the answer is written: 7x7x64; a single number as 3,136."""
        return self.sign.join(map(str, shape)) if len(shape) > 1 else f"{prod(shape):,}"


def read(text: str) -> Answer:
    """Return the answer that a text is.

    Raises:
        ArgumentError: It is neither a shape nor a number; the hint says how to write one.
    """
    answer = parse(text)
    if answer is None:
        shown = text.strip()
        quoted = shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 1]}…"
        raise ArgumentError(f"'{quoted}' is no shape, no number and no message that is known here", hint=FORMS)
    return answer


def parse(text: str) -> Answer | None:
    """Return the answer that a text is; None if it is none."""
    text = text.strip().rstrip(".").strip()
    if not text or len(text) > LONGEST:
        return None
    sign = "x"
    if bracketed := _BRACKETS.fullmatch(text):
        parts = _COMMAS.split(bracketed[2].strip()) if not _SIGNS.search(bracketed[2]) else _SIGNS.split(bracketed[2])
    elif re.fullmatch(_NUMBER, text):
        parts = [text]
    elif found := _SIGNS.search(text):
        sign = found[0].strip().lower()
        parts = _SIGNS.split(text)
    else:
        parts = _COMMAS.split(text)
    parts = [part.strip() for part in parts]
    if len(parts) > 1 and re.fullmatch(_BATCH, parts[0], re.IGNORECASE):
        parts = parts[1:]
    if len(parts) > MOST_NUMBERS or not all(re.fullmatch(_NUMBER, part) for part in parts):
        return None
    return Answer(tuple(int(part.replace(",", "")) for part in parts), sign)
