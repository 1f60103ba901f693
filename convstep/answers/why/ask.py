"""The question itself: an answer or a message in, a verdict out."""

from __future__ import annotations

from convstep.answers.why import messages
from convstep.answers.why.answer import parse, read
from convstep.answers.why.said import Saying
from convstep.answers.why.verdict import Case, Verdict
from convstep.network import Network


def why(network: Network, text: str, layer: str | None = None, m: int = 1) -> Verdict:
    """Return what somebody's answer is, and the slips that give it; or what a framework's message says about a net.

    Args:
        network: The net.
        text: The answer: a shape or a number; or the message.
        layer: The layer that it is for; None for the one for which it makes most sense.
        m: The number of examples.

    Raises:
        ArgumentError: The text can't be read, there is no such layer, or the net can't run up to it.
    """
    if parse(text) is None and (said := messages.parse(text)) is not None:
        return Saying(network, layer, m).verdict(said)
    return Case(network, read(text), layer, m).verdict()


def reads(text: str) -> bool:
    """Return whether a text is an answer or a known message."""
    return parse(text) is not None or messages.parse(text) is not None


def check(text: str) -> None:
    """Check that a text is an answer or a known message.

    Raises:
        ArgumentError: It is neither.
    """
    if not reads(text):
        read(text)
