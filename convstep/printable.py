"""Text that a stranger wrote, made safe to show."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return text with every character that a terminal would act on shown as what it is (placeholder until merged)."""
    return "".join(c if c.isprintable() or c == "\xa0" else c.encode("unicode_escape").decode() for c in text)
