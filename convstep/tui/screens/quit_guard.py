"""Tells the quit key from the same letter typed as part of a word."""

from __future__ import annotations

from math import inf

from convstep.debugger.verbs.screen import QUIT

WORD_SECONDS = 0.4
"""A letter is part of a word if it follows another one within this time."""


class QuitGuard:
    """Decides whether to refuse a quit key. Has no clock."""

    def __init__(self) -> None:
        self._last_letter = -inf
        self._refused = False

    def refuses(self, line: str, now: float, *, letter: bool) -> bool:
        """Return whether to refuse a line: it quits, and its key is part of a word; a second quit key is accepted.

        Args:
            line: The line of the key.
            now: The time in seconds.
            letter: Whether the key is a letter.
        """
        in_word = letter and now - self._last_letter < WORD_SECONDS
        self._refused = in_word and line == QUIT and not self._refused
        self._last_letter = now if letter else -inf
        return self._refused

    def add_letter(self, now: float) -> None:
        """Record a letter that is bound to nothing."""
        self._last_letter, self._refused = now, False
