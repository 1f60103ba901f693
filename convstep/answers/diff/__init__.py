"""Two nets on one input: the first layer, neuron and tap where they differ beyond rounding, and why."""

from convstep.answers.diff.comparing import diff
from convstep.answers.diff.lockstep import Lockstep, lockstep
from convstep.answers.diff.results import Cause, Comparison, Difference, Seen
from convstep.answers.diff.sides import Net, Saved, Side

__all__ = ["Cause", "Comparison", "Difference", "Lockstep", "Net", "Saved", "Seen", "Side", "diff", "lockstep"]
