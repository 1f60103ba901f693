"""The verb that writes the current layer as code in a framework."""

from __future__ import annotations

from convstep.debugger.run import Run
from convstep.debugger.verbs.verb import Verb, works

FRAMEWORKS = ("tensorflow", "keras", "torch", "jax", "numpy")


def code_for(run: Run, words: list[str]) -> str:
    """Return the call of the current layer in the framework that the arguments of `emit` name."""
    from convstep.answers.emit import call

    if len(words) != 1:
        raise EMIT.usage_error()
    return call(run.network, run.layer, words[0]).rstrip("\n")


EMIT = Verb(
    "emit",
    "|".join(FRAMEWORKS),
    "Copy the call of this layer in a framework, as code; a script prints it.",
    code_for,
    choices=lambda run: FRAMEWORKS,
    available=works,
)
