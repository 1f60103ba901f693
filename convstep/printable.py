"""Untrusted text, made safe to print: no control sequences, invisible characters or changes of text direction."""

from __future__ import annotations

from unicodedata import category


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
