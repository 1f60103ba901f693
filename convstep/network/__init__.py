"""Nets: layers in order, with their shapes, weights and values."""

from convstep.network.layers import Layer, Shape, Windowed, grid, times
from convstep.network.network import Network, Stage
from convstep.network.values import Values

__all__ = ["Layer", "Network", "Shape", "Stage", "Values", "Windowed", "grid", "times"]
