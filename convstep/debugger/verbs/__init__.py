"""The table of verbs, from which keys, palette, help, command line and scripts are derived."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import lru_cache

from convstep.debugger.run import Run
from convstep.debugger.verbs.changing import CHANGING
from convstep.debugger.verbs.emitting import EMIT
from convstep.debugger.verbs.moving import MOVING
from convstep.debugger.verbs.screen import SCREEN
from convstep.debugger.verbs.scripting import SCRIPTING
from convstep.debugger.verbs.stopping import STOPPING
from convstep.debugger.verbs.verb import Effect, Group, Key, Verb, works
from convstep.debugger.verbs.weight import WEIGHT
from convstep.errors import ArgumentError, VerbError, nearest

__all__ = ["VERBS", "Effect", "Group", "Key", "Verb", "find", "perform", "works"]

VERBS: dict[str, Verb] = {
    verb.name: verb for verb in (*MOVING, *CHANGING, *STOPPING, *SCRIPTING, EMIT, WEIGHT, *SCREEN)
}
"""All verbs. Those of a screen do there what they only check and tell elsewhere."""


def perform(run: Run, line: str, verbs: Mapping[str, Verb] = VERBS) -> str:
    """Carry out a line; return its message, often "".

    Args:
        run: The run.
        line: A verb with its arguments.
        verbs: The verbs.

    Raises:
        VerbError: There is no such verb, its arguments can't be read, or it can't be done now.
        ExpectationError: An `expect` failed.
    """
    name, _, rest = line.strip().partition(" ")
    verb = find(name, verbs)
    try:
        words = [rest.strip()] if verb.verbatim else shlex.split(rest)
        return verb.effect(run, words)
    except ArgumentError as error:
        raise VerbError(error.what, where=error.where, hint=error.hint) from error
    except MemoryError:
        raise VerbError(f"there is not enough memory for '{name}'") from None
    except ValueError as error:
        raise VerbError(f"can't read '{line.strip()}': {error}", hint=f"Usage: {verb.usage}") from error


def find(name: str, verbs: Mapping[str, Verb]) -> Verb:
    """Return the verb called `name`, in upper or lower case; other debuggers' words are understood, too.

    Raises:
        VerbError: There is none.
    """
    if name in verbs:
        return verbs[name]
    if (verb := verbs.get(_aliases(tuple(verbs.values())).get(name.lower(), name.lower()))) is not None:
        return verb
    known = nearest(name, verbs) or f"The verbs are {', '.join(verbs)}"
    raise VerbError(f"there is no verb '{name}'", hint=known)


@lru_cache(4)
def _aliases(verbs: tuple[Verb, ...]) -> dict[str, str]:
    return {alias: verb.name for verb in verbs for alias in verb.aliases}
