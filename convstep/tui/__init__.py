"""The terminal user interface: the only package that imports Textual."""

from convstep.tui.app import ConvstepApp, run

__all__ = ["ConvstepApp", "run"]
