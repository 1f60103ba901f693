"""Nets: layers in a graph, with their shapes and values."""

from convstep.network.network import INPUT, Network, Stage
from convstep.network.values import Values

__all__ = ["INPUT", "Network", "Stage", "Values"]
