"""What a terminal would act on, and what hides or reorders text, is written out; all other text stays."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from convstep.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("\x1b]52;c;aGk=\x07", r"\x1b]52;c;aGk=\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x00\x7f\x85", r"\x00\x7f\x85"),
        ("\u061c\u200e\u202e\u2066", r"\u061c\u200e\u202e\u2066"),
        ("a\u200bb\u00adc\ufeff", r"a\u200bb\xadc\ufeff"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\U000e0001", r"\U000e0001"),
        ("\udcff.yaml", r"\xff.yaml"),
        ("\ud83d", r"\ud83d"),
    ],
)
def test_what_acts_or_hides_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text", ["", "naïve", "卷积　核", "┌─┐ 3×3 ⌊x²⌋ −1", "10\u00a0000", "e\u0301", "קונבולוציה", "\\x1b"]
)
def test_ordinary_text_stays(text: str) -> None:
    assert printable(text) == text


def test_no_character_slips_through() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    shown = printable("".join(c for c in every if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")))
    assert shown.isascii()
    assert shown.isprintable()
