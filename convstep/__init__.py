"""convstep: a stepping debugger for convolution and pooling.

    from convstep import conv_forward, max_pool, avg_pool, load, Session

The house, from the ground up; each room imports only from those above it in this list:

    errors      one family of errors: what, where, what to do
    printable   text that is safe on a terminal
    figures     numbers as people read them
    engine      arrays in, steps out: one per window of conv, pool, dense and their kin
    layers      the kinds of layer, one file each: fields, shapes, words, breakpoint words, face
    network     layers in a graph: shapes, values, receptive fields, memory
    spec        files in, a net and its input out
    debugger    the session, its frames and its verbs; scripts
    answers     what people ask of a net
    report      frames and answers as text and JSON
    opening     sessions that can open specs
    tui         the screen
    cli         the command line
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convstep.engine import Step, avg_pool, conv_forward, max_pool
    from convstep.errors import ConvstepError
    from convstep.network import Network
    from convstep.opening import Session
    from convstep.spec import load

__version__ = "0.1.0"

_HOME = {
    "ConvstepError": "convstep.errors",
    "Network": "convstep.network",
    "Session": "convstep.opening",
    "Step": "convstep.engine",
    "avg_pool": "convstep.engine",
    "conv_forward": "convstep.engine",
    "load": "convstep.spec",
    "max_pool": "convstep.engine",
}

_ROOMS = ("answers", "debugger", "engine", "errors", "figures", "layers", "network", "report", "spec")

__all__ = ["ConvstepError", "Network", "Session", "Step", "avg_pool", "conv_forward", "load", "max_pool"]


def __getattr__(name: str) -> Any:
    """Import a public name, or a room, when it is first asked for, so that no command loads what it does not use."""
    if name in _ROOMS:
        return import_module(f"convstep.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'convstep' has no attribute '{name}'")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
