"""The screen: the only room that knows Textual."""

from convstep.tui.app import ConvstepApp, run

__all__ = ["ConvstepApp", "run"]
