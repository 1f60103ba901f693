"""Bytes of a learner's file as text, whatever wrote it."""

from __future__ import annotations

import codecs
import re

from convstep.check.submission import SubmissionError

LARGEST = 20 << 20
"""Files with more bytes are not read: notebooks with pictures have fewer."""
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def text_of(data: bytes, name: str) -> str:
    """Return a file's text, its lines ended as Unix does.

    A byte-order mark counts, then a coding line; else it is UTF-8.

    Raises:
        SubmissionError: It is not text.
    """
    encoding = next((each for mark, each in _MARKS if data.startswith(mark)), "") or _declared(data)
    if encoding in ("", "utf-8") and b"\0" in data:
        raise SubmissionError(f"this is not text: byte {_unreadable(data)}", where=name, hint=_HINT)
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        where = f"byte 0x{data[error.start]:02x} at {error.start}"
        raise SubmissionError(
            f"this is not text: {where} is not {encoding or 'UTF-8'}", where=name, hint=_HINT
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


_HINT = (
    "Give the .py file or the .ipynb notebook; a text in another encoding says so in its first line: # coding: latin-1"
)


def _declared(data: bytes) -> str:
    for line in data.split(b"\n", 2)[:2]:
        if match := _CODING.match(line):
            try:
                return codecs.lookup(match[1].decode("ascii", "replace")).name
            except LookupError:
                return ""
    return ""


def _unreadable(data: bytes) -> str:
    """Return the first byte that text in UTF-8 can't have, and where it is."""
    try:
        data.decode()
        at = data.index(0)
    except UnicodeDecodeError as error:
        return f"0x{data[error.start]:02x} at {error.start} is not UTF-8"
    return f"0x{data[at]:02x} at {at}"
