"""What an exception in a learner's code usually means, in one plain sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from convstep.check.child.wire import MAIN
from convstep.check.contracts import Call
from convstep.check.submission import Submission
from convstep.printable import printable

Frame = tuple[str, str, int]
_NUMPY = {"np": "import numpy as np", "numpy": "import numpy", "math": "import math"}
_PYTHON2 = {"xrange": "range", "raw_input": "input", "unicode": "str", "long": "int", "reduce": "functools.reduce"}
_QUOTED = re.compile(r"'([^']*)'")


@dataclass(frozen=True)
class Raised:
    """What came back of an exception.

    Attributes:
        type: Its name.
        message: What it says.
        frames: File, function and line of each frame of theirs, outermost first.
        variables: The variables of the innermost frame, as text.
        because: The line of an import or a constant that failed, and would have bound the name that is missing.
    """

    type: str
    message: str
    frames: Sequence[Frame] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    because: int | None = None


def explained(raised: Raised, call: Call, source: Submission, seconds: float) -> str:
    """Return what happened, in one sentence without a full stop.

    Args:
        raised: The exception.
        call: The call that raised it.
        source: The learner's file.
        seconds: The time limit of a call.
    """
    message = printable(raised.message)
    where = raised.frames[-1][1] if raised.frames else call.function
    special = {
        "TimeUpError": message or _endless(raised, call, source, seconds),
        "Ended": f"{call.function} gave no answer: {message}",
        "MemoryError": f"{where} needs more memory than it may use here",
        "SystemExit": f"{where} calls exit(), which ends the whole program",
        "KeyboardInterrupt": f"{where} interrupts itself",
        "AsksError": f"{where} waits for input; it must take what it needs from its arguments",
        "EOFError": f"{where} waits for input; it must take what it needs from its arguments",
        "ForbiddenError": f"{where} does something that is not allowed here: {message}",
        "RecursionError": f"{where} calls itself without an end",
        "NotImplementedError": f"{where} is not written yet",
    }
    if raised.type in special:
        if raised.type == "MemoryError" and message.startswith("it returns"):
            return f"{call.function} gives back too much: {message.removeprefix('it returns ')}"
        return special[raised.type]
    told = f"{raised.type}: {message}" if message else raised.type
    why = _why(raised, call, source)
    return f"{told} ({why})" if why else told


def looping(raised: Raised, source: Submission) -> tuple[str, int, int] | None:
    """Return the function, the line and the `while` of a call that did not end; None if no such loop is around it."""
    own = [(name, line) for file, name, line in raised.frames if file == MAIN]
    if raised.type != "TimeUpError" or not own:
        return None
    loops = [node for node in ast.walk(ast.parse(source.text)) if isinstance(node, ast.While)]
    for name, line in reversed(own):
        around = [node.lineno for node in loops if node.lineno <= line <= (node.end_lineno or 0)]
        if around:
            return name, line, max(around)
    return None


def _endless(raised: Raised, call: Call, source: Submission, seconds: float) -> str:
    told = f"{call.function} did not end within {seconds:g} seconds"
    loop = looping(raised, source)
    return told if loop is None else f"{told}: the loop in {source.place(loop[2])} goes on"


def _why(raised: Raised, call: Call, source: Submission) -> str:
    message = raised.message
    quoted = _QUOTED.search(message)
    name = quoted[1] if quoted else ""
    if raised.type in ("NameError", "UnboundLocalError"):
        return _unknown_name(name, raised, source)
    if raised.type in ("ModuleNotFoundError", "ImportError"):
        return f"{call.function} needs {printable(name)}, which is not installed here" if name else ""
    if raised.type == "KeyError" and (odd := next((each for each in name if ord(each) > 127), "")):
        return f"{odd} (U+{ord(odd):04X}) is no plain character: it was pasted from a PDF or a web page"
    if raised.type == "KeyError" and name:
        return f"there is no '{printable(name)}' in the dictionary; stride, pad and f are named so"
    if raised.type == "TypeError":
        return _wrong_type(message, raised, call)
    if raised.type == "IndexError" and "out of bounds" in message:
        return "an index goes past the end of an array: look at the output's size and at where the window starts"
    if raised.type == "IndexError" and "only integers" in message:
        return "an index is no whole number: / gives a fraction, // a whole number"
    if raised.type == "ValueError" and "could not be broadcast" in message:
        return "two shapes don't fit: a window at the border may be smaller than the filter"
    if raised.type == "ValueError" and "unpack" in message:
        return "the number of names on the left differs from the number of axes or values on the right"
    if raised.type == "RuntimeError" and "new thread" in message:
        return "threads may not be started here"
    if raised.type == "FloatingPointError":
        return "np.seterr makes an error of it"
    return ""


def _unknown_name(name: str, raised: Raised, source: Submission) -> str:
    if raised.type == "UnboundLocalError":
        return f"{name} is used before it gets a value"
    if raised.because is not None:
        return f"{source.place(raised.because)} should define it, and could not be run here"
    if name in _NUMPY:
        return f"the import is missing: {_NUMPY[name]}"
    if name in _PYTHON2:
        return f"that is Python 2; today it is {_PYTHON2[name]}"
    if "*" in source.imports:
        return f"it may come from {source.place(source.imports['*'])}, whose module is not here"
    return f"{printable(name)} is not defined in this file" if name else ""


def _wrong_type(message: str, raised: Raised, call: Call) -> str:
    if "cannot be interpreted as an integer" in message or "must be integers" in message:
        return "a size must be a whole number: / gives a fraction, // a whole number"
    if "positional argument" in message or "unexpected keyword" in message or "required" in message:
        if "__init__" in message:
            return "its object is made without arguments here"
        return "" if raised.frames else f"{call.function} takes other arguments than the known ones"
    if "NoneType" in message:
        return "something is still None"
    return ""
