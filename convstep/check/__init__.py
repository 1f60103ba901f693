"""A learner's own function, beside the right one: where it first goes wrong, and which mistake it is."""

from convstep.check.here import check_function

__all__ = ["check_function"]
