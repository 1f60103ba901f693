"""Calling a learner's functions in a child process, where an accident can't do any harm.

This protects from accidents: endless loops, `exit()`, gigabytes, files overwritten by mistake. It does not protect from
code that means harm: whoever wants out of the child gets out.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from convstep.check.child import wire
from convstep.check.child.wire import MAIN
from convstep.check.contracts import Call, Failure, Identity, Odd, Outcome, Outdated, Ref
from convstep.check.explaining import Raised, explained, looping
from convstep.check.process import GRACE, STARTING, Limits, Process
from convstep.check.submission import Source, Submission
from convstep.layers import times
from convstep.layers.words import listed
from convstep.printable import printable

_THEIRS = re.compile(rb'File "(<\d+>)", line (\d+) in (\S+)')


@dataclass(frozen=True)
class Shape:
    """An array in a variable, too large to be shown whole."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, eq=False)
class TracedLine:
    """A line of theirs, the last time that it ran before or at the window.

    Attributes:
        line: Its number, from 1, in the submission's text, or in that of the file named by `file`.
        function: The function that it is in.
        file: The name of the file, if it is another one than the learner's own; else "".
        variables: What it bound, with the values right after it; elements such as `Z[i, h, w, c]` too.
    """

    line: int
    function: str
    file: str
    variables: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Trace:
    """One call, as it was while one window was computed.

    Attributes:
        how: "index" if the window is the last store to the output index; "count" if it is the n-th round of the
            innermost loop; "whole" if the function has no loops: then it is the whole call; "none" if nothing ran.
        line: The line that stores to the output, or None.
        windows: How often a line stored to the index: more than once where the sum is built in the output.
        lines: The lines, in order.
        variables: All variables of the function at that moment.
        raised: The name of the exception that ended the call, or "".
    """

    how: str
    line: int | None
    windows: int
    lines: tuple[TracedLine, ...]
    variables: tuple[tuple[str, Any], ...]
    raised: str = ""


class Runner:
    """A learner's file, ready to be called. The child starts at once, and anew whenever it ended.

    Args:
        source: The learner's file.
        limits: What its code may use.
    """

    def __init__(self, source: Submission, limits: Limits | None = None) -> None:
        self.source = source
        self.limits = limits or Limits()
        self._left = self.limits.total
        self._child = Process(self.limits)
        self._loaded: tuple[Process, dict[str, str]] | None = None
        self._stopped: dict[tuple[str, ...], Outcome] = {}
        self._kept: set[int] = set()
        self._late = ""
        modules = _numbered(source.others)
        self._files = {file: source.others[module].name for file, module in modules.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child, and remove its folder."""
        self._child.end()

    def run(self, calls: Sequence[Call], replaced: Mapping[str, str] | None = None) -> list[Outcome]:
        """Return what came back from each call.

        After a call that did not end, or ended the child, its function is not called again with the same helpers.
        """
        chosen = dict(replaced or {})
        self._loaded = None
        outcomes: list[Outcome] = []
        for number, call in enumerate(calls):
            outcomes.append(self._outcome(number, call, calls, outcomes, chosen))
        return outcomes

    def trace(
        self,
        call: Call,
        index: Sequence[int],
        shape: Sequence[int] = (),
        replaced: Mapping[str, str] | None = None,
        *,
        result: int = 0,
        argument: int | None = None,
    ) -> Trace:
        """Return the lines and variables of a call while one window was computed.

        Args:
            call: The call; small arrays, for every line is followed. A `Ref` gives what that call of the last run
                returned if the child still has it, else what it has otherwise.
            index: The place in the output, as the learner's array has it.
            shape: The right shape of the output, for counting windows where no line stores to it by an index.
            replaced: As for `run`.
            result: Which of the returned arrays it is.
            argument: Take the windows by the place that is read from this argument instead: 0 is dZ of a backward pass.
        """
        nothing = Trace("none", None, 0, (), ())
        if not self._load(dict(replaced or {})):
            return nothing
        arrays = wire.Arrays()
        window = {"index": [int(each) for each in index], "shape": list(shape), "result": result, "argument": argument}
        message = {**_sent(call, arrays), "do": "trace", "number": -1, "window": window, "seconds": self.limits.call}
        reply = self._child.ask(message, arrays, 3 * self.limits.call + GRACE)
        if reply is None:
            self._child.end()
            return nothing
        try:
            return self._traced(*reply)
        except (wire.WireError, KeyError, TypeError, ValueError, IndexError, RecursionError):
            return nothing

    def _outcome(
        self, number: int, call: Call, calls: Sequence[Call], before: Sequence[Outcome], replaced: dict[str, str]
    ) -> Outcome:
        function = self.source.function(call.function)
        if function is not None and function.stub and call.function not in replaced:
            return self._not_written(call.function)
        stopped = (call.function, *sorted(replaced))
        if stopped in self._stopped:
            return self._stopped[stopped]
        if self._left <= 0:
            return self._failed(
                "timeout", Raised("TimeUpError", f"not run: {self.limits.total:g} seconds are over"), call
            )
        if not self._load(replaced):
            return self._failed("error", Raised("Ended", "the child process could not be started"), call)
        if self._late:
            return self._failed("timeout", Raised("TimeUpError", self._late), call)
        for each in _refs([*call.args, *call.kwargs.values()]):
            if each.call < number and each.call not in self._kept and before[each.call].kind == "value":
                self._call(each.call, calls[each.call], True)
        outcome = self._call(number, call, any(each.call == number for each in _refs_of(calls)))
        if outcome.kind == "timeout" or (outcome.error is not None and outcome.error.type == "Ended"):
            self._stopped[stopped] = outcome
        if function is not None and function.unwritten and _is_unwritten(outcome):
            return self._not_written(call.function)
        if outcome.error is not None and outcome.error.type == "NotImplementedError":
            return Outcome("not_written", error=outcome.error)
        return outcome

    def _call(self, number: int, call: Call, keep: bool) -> Outcome:
        seconds = max(0.05, min(self.limits.call, self._left))
        arrays = wire.Arrays()
        message = _sent(call, arrays)
        message |= {"do": "call", "number": number, "seconds": seconds, "keep": keep, "twice": call.twice}
        started = time.monotonic()
        reply = self._child.ask(message, arrays, seconds * (1 + call.twice) + GRACE)
        self._left -= time.monotonic() - started
        if reply is None:
            return self._ended(call)
        try:
            outcome = self._read(*reply, call)
        except (wire.WireError, KeyError, TypeError, ValueError, IndexError, RecursionError):
            self._child.end()
            return self._failed("error", Raised("Ended", "what came back could not be read"), call)
        if keep and outcome.kind == "value":
            self._kept.add(number)
        if outcome.kind == "limit":  # the memory that they still hold would fail the next call
            self._child.end()
        return outcome

    def _load(self, replaced: dict[str, str]) -> bool:
        """See that a child runs which has the learner's code; return whether one does."""
        if not self._child.alive:
            self._child.end()
            self._child = Process(self.limits)
        if self._loaded == (self._child, replaced):
            return True
        numbers = {name: filename for filename, name in _numbered(self.source.others).items()}
        others = {module: _source(each, numbers[module]) for module, each in self.source.others.items()}
        message = {
            "do": "load",
            "main": _source(self.source.main, MAIN),
            "others": others,
            "replaced": replaced,
            "seconds": self.limits.call,
        }
        reply = self._child.ask(message, wire.Arrays(), STARTING)
        self._kept = set()
        self._late = ""
        if reply is None:
            self._child.end()
            self._loaded = None
            return False
        self._loaded = (self._child, replaced)
        if reply[0]["late"]:
            self._late = "the file's own constants and imports take too long"
        return True

    def _ended(self, call: Call) -> Outcome:
        """Return the outcome of a call after which there is no child, or one that doesn't answer."""
        late = self._child.alive
        code, output = self._child.end()
        places = [
            (file.decode(), name.decode("utf-8", "replace"), int(line)) for file, line, name in _THEIRS.findall(output)
        ]
        places.reverse()  # faulthandler begins with the innermost
        if late:
            return self._failed("timeout", Raised("TimeUpError", "", places), call)
        return self._failed("error", Raised("Ended", _end(code, output), places), call)

    def _read(self, reply: dict[str, Any], blobs: list[bytes], call: Call) -> Outcome:
        again = reply.get("again")
        others = blobs[again["offset"] :] if again else []
        return Outcome(
            kind=reply["kind"],
            value=_decoded(reply["value"], blobs) if reply["kind"] == "value" else None,
            changed=tuple(reply["changed"]),
            error=None if reply["kind"] == "value" else self._failure(reply, blobs, call),
            seconds=float(reply["seconds"]),
            again=self._read(again, others, call) if again else None,
            outdated=tuple(self._outdated(*each) for each in reply["outdated"]),
            printed=_cleaned(reply["printed"]),
            notes=tuple(map(printable, reply["notes"])),
        )

    def _outdated(self, file: str, kind: str, says: str, line: int) -> Outdated:
        if file == MAIN:
            return Outdated(kind, says, line)
        return Outdated(kind, f"{printable(self._files.get(file, file))}:{line}: {says}", line)

    def _failure(self, reply: dict[str, Any], blobs: list[bytes], call: Call) -> Failure:
        frames = [tuple(each) for each in reply["frames"]]
        found = {name: as_text(_decoded(node, blobs)) for name, node in reply.get("variables", ())}
        raised = Raised(str(reply["type"]), str(reply["message"]), frames, found, reply.get("because"))
        return self._told(raised, call)

    def _told(self, raised: Raised, call: Call) -> Failure:
        """Return a failure with the learner's line: the innermost in their own file."""
        own = [(name, line) for file, name, line in raised.frames if file == MAIN]
        name, line = own[-1] if own else ("", None)
        loop = looping(raised, self.source)
        if loop is not None:
            name, line = loop[:2]
        place = "" if line is None else self.source.place(line)
        if loop is None and raised.frames and raised.frames[-1][0] != MAIN:
            file, name, other = raised.frames[-1]
            place = f"{printable(self._files.get(file, file))}:{other}"
        says = explained(raised, call, self.source, self.limits.call)
        return Failure(raised.type, printable(raised.message), line, raised.variables, says, printable(name), place)

    def _failed(self, kind: Any, raised: Raised, call: Call) -> Outcome:
        return Outcome(kind, error=self._told(raised, call))

    def _not_written(self, name: str) -> Outcome:
        function = self.source.function(name)
        assert function is not None
        lines = _ranges(function.unwritten)
        error = Failure(
            "NotWritten",
            "",
            function.unwritten[0],
            says=f"{name} is not written yet: {lines} still as in the template",
            function=name,
            place=self.source.place(function.unwritten[0]),
        )
        return Outcome("not_written", error=error)

    def _traced(self, reply: dict[str, Any], blobs: list[bytes]) -> Trace:
        lines = tuple(
            TracedLine(int(line), str(name), "" if file == MAIN else self._files.get(file, ""), _pairs(bound, blobs))
            for file, name, line, bound in reply["lines"]
        )
        return Trace(
            reply["how"], reply["line"], reply["windows"], lines, _pairs(reply["variables"], blobs), reply["raised"]
        )


def _numbered(others: Mapping[str, Source]) -> dict[str, str]:
    """Return the file names that the child gives the learner's other files, with the names of the modules."""
    return {f"<{number}>": name for number, name in enumerate(others, 1)}


def _source(source: Source, filename: str) -> dict[str, Any]:
    return {"text": source.text, "keep": list(source.keep), "filename": filename}


def _sent(call: Call, arrays: wire.Arrays) -> dict[str, Any]:
    def special(value: Any) -> Any:
        if isinstance(value, Identity):
            return {"t": "identity"}
        if isinstance(value, Ref):
            return {
                "t": "ref",
                "call": value.call,
                "item": value.item,
                "otherwise": wire.encode(value.otherwise, arrays),
            }
        return None

    return {
        "function": call.function,
        "args": wire.encode(tuple(call.args), arrays, special),
        "kwargs": wire.encode(dict(call.kwargs), arrays, special),
    }


def _refs(values: Sequence[Any]) -> Iterator[Ref]:
    for value in values:
        if isinstance(value, Ref):
            yield value
        elif isinstance(value, tuple):
            yield from _refs(value)


def _refs_of(calls: Sequence[Call]) -> Iterator[Ref]:
    for call in calls:
        yield from _refs([*call.args, *call.kwargs.values()])


def _decoded(node: Any, blobs: list[bytes]) -> Any:
    def special(other: dict[str, Any]) -> Any:
        if other.get("t") == "odd":
            return Odd(printable(str(other["v"])))
        if other.get("t") == "shape":
            return Shape(tuple(other["v"]), str(other["dtype"]))
        raise wire.WireError("no value")

    return wire.decode(node, blobs, special)


def _pairs(pairs: Any, blobs: list[bytes]) -> tuple[tuple[str, Any], ...]:
    return tuple((printable(str(name)), _decoded(node, blobs)) for name, node in pairs)


def as_text(value: Any) -> str:
    """Return a variable's value as text, in one line."""
    match value:
        case Shape(shape, _):
            return f"array {times(shape)}"
        case Odd(what):
            return what
        case slice():
            return f"{'' if value.start is None else value.start}:{'' if value.stop is None else value.stop}"
        case np.ndarray() if value.size > 16:
            return f"array {times(value.shape)}"
        case np.ndarray():
            return " ".join(str(value.tolist()).split())
        case np.generic():
            return str(value)
    return printable(repr(value))[:100]


def _is_unwritten(outcome: Outcome) -> bool:
    """Return whether an outcome is what a template gives that isn't filled in."""
    if outcome.error is not None:
        text = outcome.error.message
        unset = outcome.error.type in ("NameError", "UnboundLocalError")
        return unset or (outcome.error.type in ("TypeError", "AttributeError") and "None" in text)
    first = outcome.value[0] if isinstance(outcome.value, tuple) and outcome.value else outcome.value
    return outcome.kind == "value" and first is None


def _ranges(lines: Sequence[int]) -> str:
    """Return `line 6 is` or `lines 13-16 and 20 are`."""
    parts: list[list[int]] = []
    for line in lines:
        if parts and parts[-1][-1] == line - 1:
            parts[-1].append(line)
        else:
            parts.append([line])
    texts = [f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts]
    return f"line {listed(texts)} is" if len(lines) == 1 else f"lines {listed(texts)} are"


def _end(code: int | None, output: bytes) -> str:
    """Return how a child ended that gave no answer."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in list(signal.Signals) else f"signal {-code}"
        if name == "SIGXCPU":
            return "it used more processor time than it may"
        if name == "SIGKILL":
            return "the system ended it, probably for want of memory"
        return f"the Python interpreter crashed ({name})"
    if b"Fatal Python error" in output:
        return "the Python interpreter crashed"
    return "it ended the whole program, as os._exit() does"


def _cleaned(text: str) -> str:
    """Return what was printed, its lines kept, made safe to print."""
    return "\n".join(map(printable, text.split("\n")))
