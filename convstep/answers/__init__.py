"""What people ask of a net, as plain data."""

from convstep.answers.shapes import LayerShape, shapes

__all__ = ["LayerShape", "shapes"]
