"""Text that a stranger wrote, safe to print: nothing in it acts on a terminal, hides, or changes the order of text."""

from __future__ import annotations

from unicodedata import category


def printable(text: str) -> str:
    r"""Return a text with control, format and other invisible characters written out, as `\x1b` or `\u202e`.

    Line ends and tabs are among them (`\n`, `\t`): what is one line stays one. A byte of a path that is no UTF-8
    is `\xff`. Blanks of any width stay, and so do accents and other marks that combine.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or category(each) == "Zs" else _written_out(each) for each in text)


def _written_out(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # what Python makes of a byte that it can't decode
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
