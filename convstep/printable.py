"""Untrusted text, made safe to print: no control sequences, invisible characters or changes of text direction."""

from __future__ import annotations

from unicodedata import category, east_asian_width

WIDEST = 100
"""The most characters of a source line that are shown."""


def printable(text: str) -> str:
    r"""Return a text with control, format and other invisible characters escaped, as `\x1b` or `\u202e`.

    Line ends and tabs are escaped, too (`\n`, `\t`), so that one line stays one. A byte of a path that is not UTF-8
    becomes `\xff`. Spaces of any width and combining marks stay.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or category(each) == "Zs" else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # Python's surrogate for a byte that it can't decode
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def excerpt(line: str, column: int, width: int) -> str:
    """Return a source line, shortened if it is very long, and carets under `width` characters from `column` on.

    Control and invisible characters are escaped; tabs stay, in both lines.
    """
    parts = line[:column], line[column : column + width], line[column + width :]
    before, marked, after = ("\t".join(map(printable, part.split("\t"))) for part in parts)
    start = max(0, len(before) - WIDEST // 2) if len(before + marked + after) > WIDEST else 0
    shown = (before + marked + after)[start : start + WIDEST]
    at = len(before) - start
    indent = "".join("\t" if each == "\t" else " " * _cells(each) for each in shown[:at])
    return f"{shown}\n{indent}{'^' * max(1, _cells(shown.rstrip()[at : at + len(marked)]))}"


def _cells(text: str) -> int:
    """Return a text's width on a terminal, in cells."""
    return sum(0 if category(each) in ("Mn", "Me") else 2 if east_asian_width(each) in "WF" else 1 for each in text)
