"""convstep: a stepping debugger for convolution and pooling.

    from convstep import conv_forward, max_pool, avg_pool, load, Session

The packages and modules; each imports only from those above it in this list:

    errors      all errors: what is wrong, where, and what to do about it
    printable   untrusted text, made safe to print
    figures     numbers as text
    folders     the user's folders
    engine      arrays in, steps out: one step for every window of a layer
    layers      the kinds of layer, one file each: fields, shapes, words, breakpoint words, face
    network     layers in a graph: shapes, values, receptive fields, memory
    answers     answers to questions about a net: shapes, map, why, contributions, diff, emit
    spec        files in, a net and its input out
    models      other programs' model files in, a net out
    debugger    sessions, frames, verbs and scripts
    report      frames and answers as text and JSON
    loading     nets from specs and from model files
    opening     sessions that open specs
    settings    the user's configuration file
    places      the place where each net was left
    watching    reads a spec again when it is edited
    tui         the screen
    notebook    sessions and lessons in notebooks
    cli         the command line
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convstep.engine import Step, avg_pool, conv_forward, max_pool
    from convstep.errors import ConvstepError
    from convstep.loading import load
    from convstep.network import Network
    from convstep.notebook import Lesson, Session

__version__ = "0.1.0"

_HOME = {
    "ConvstepError": "convstep.errors",
    "Lesson": "convstep.notebook",
    "Network": "convstep.network",
    "Session": "convstep.notebook",
    "Step": "convstep.engine",
    "avg_pool": "convstep.engine",
    "conv_forward": "convstep.engine",
    "load": "convstep.loading",
    "max_pool": "convstep.engine",
}

_ROOMS = ("answers", "debugger", "engine", "errors", "figures", "layers", "models", "network", "report", "spec")

__all__ = ["ConvstepError", "Lesson", "Network", "Session", "Step", "avg_pool", "conv_forward", "load", "max_pool"]


def __getattr__(name: str) -> Any:
    """Import a public name or a package when it is first used, so that no command loads more than it needs."""
    if name in _ROOMS:
        return import_module(f"convstep.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'convstep' has no attribute '{name}'")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
