"""Answers to questions about a net, as plain data."""

from convstep.answers.shapes import LayerShape, shapes

__all__ = ["LayerShape", "shapes"]
