"""A learner's own function, beside the right one: where it first goes wrong, and which mistake it is."""
