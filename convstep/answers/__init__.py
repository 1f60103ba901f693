"""Answers to questions about a net, as plain data."""

from convstep.answers.seen import Marked, Seen, seen_by, sees
from convstep.answers.shapes import LayerShape, shapes

__all__ = ["LayerShape", "Marked", "Seen", "seen_by", "sees", "shapes"]
