"""Automatic playing: how many steps are due at a time. Has no clock, timer or screen."""

from __future__ import annotations

from convstep.errors import VerbError

RATES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
UNITS = ("window", "position", "row")


class Player:
    """Computes the steps due from the time elapsed.

    Args:
        rate: Units a second at the start.

    Attributes:
        playing: Whether it plays.
        rate: Units a second.
        unit: The unit of a step.
        forward: Whether it plays forward.
    """

    def __init__(self, rate: int = 10) -> None:
        self.playing = False
        self.rate = rate
        self.unit = "position"
        self.forward = True
        self._since = 0.0
        self._taken = 0

    def start(self, now: float) -> None:
        """Count steps from `now` on."""
        self._since, self._taken = now, 0

    def due(self, now: float) -> int:
        """Return how many steps to take now, negative for backward."""
        whole = int((now - self._since) * self.rate)
        steps = whole - self._taken
        self._taken = whole
        return steps if self.forward else -steps

    def command(self, words: list[str]) -> str:
        """Apply the arguments of the verb `play`; return a message.

        Raises:
            VerbError: They can't be read; nothing is changed.
        """
        rate, unit, forward = self.rate, self.unit, True
        playing = not self.playing or bool(words)
        for word in words:
            if word in ("forward", "backward"):
                forward = word == "forward"
                playing = not (self.playing and self.forward == forward)
            elif word in ("faster", "slower"):
                at = min(range(len(RATES)), key=lambda n: abs(RATES[n] - rate))
                rate = RATES[min(max(at + (1 if word == "faster" else -1), 0), len(RATES) - 1)]
                playing, forward = self.playing, self.forward
            elif word.rstrip("s") in UNITS:
                unit = word.rstrip("s")
            elif word.isdecimal() and 1 <= int(word) <= RATES[-1]:
                rate = int(word)
            elif word == "pause":
                playing = False
            else:
                raise VerbError(
                    f"can't read '{word}'",
                    where="play",
                    hint="Give forward, backward, a rate from 1 to 1000, or a unit",
                )
        self.rate, self.unit, self.forward, self.playing = rate, unit, forward, playing
        how = f"{self.rate} {self.unit}{'s' * (self.rate > 1)} a second"
        return f"{'playing' if playing else 'paused'}{'' if forward else ' backward'}, {how}"
