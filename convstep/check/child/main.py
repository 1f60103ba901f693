"""The child's loop: load a learner's code, call its functions, say what came back."""

from __future__ import annotations

import builtins
import contextlib
import faulthandler
import gc
import io
import os
import random
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import IO, Any, NoReturn

import numpy as np

from convstep.check.child import guard, wire
from convstep.check.child.glimpse import Variables, variables
from convstep.check.child.namespace import Code, Namespace, is_theirs
from convstep.check.child.outdated import refused
from convstep.check.child.tracing import Follower, final_of, follow, lines_of, ordinal, told, watched
from convstep.check.child.wire import MAIN

PRINTED = 4000
"""The most characters of what one call prints that are kept."""
RECURSION = 1000
RANDOM_SEED = 0


class TimeUpError(BaseException):
    """The time for a call is over. No `Exception`, so that `except Exception` does not catch it."""


class AsksError(EOFError):
    """Code that waits for input."""


class Printed(io.TextIOBase):
    """Keeps the first characters that are printed, and drops the rest."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._room = PRINTED

    @property
    def full(self) -> bool:
        return self._room <= 0

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        if self._room > 0:
            self._kept.append(str(text)[: self._room])
            self._room -= len(text)
        return len(text)

    def taken(self) -> str:
        """Return what was printed, and start anew."""
        text = "".join(self._kept)
        self._kept, self._room = [], PRINTED
        return text


class Given:
    """An argument that stands for something else: what an earlier call returned, or a function."""

    def __init__(self, node: dict[str, Any], otherwise: Any) -> None:
        self.node = node
        self.otherwise = otherwise


class Child:
    """One process's work."""

    def __init__(self, requests: IO[bytes], replies: IO[bytes], printed: Printed) -> None:
        self._requests = requests
        self._replies = replies
        self._printed = printed
        self._source: dict[str, Any] = {}
        self._namespace: Namespace | None = None
        self._returned: dict[int, Any] = {}
        self._outdated: list[tuple[str, str, str, int]] = []
        self._repaired = False

    def work(self) -> None:
        """Answer requests until there are no more."""
        while (request := wire.read(self._requests)) is not None:
            message, blobs = request
            arrays = wire.Arrays()
            answers: dict[str, Callable[[dict[str, Any], list[bytes], wire.Arrays], dict[str, Any]]] = {
                "load": self._load,
                "call": self._call,
                "trace": self._trace,
            }
            reply = answers[message["do"]](message, blobs, arrays)
            wire.write(self._replies, reply, arrays)

    def _load(self, message: dict[str, Any], blobs: list[bytes], arrays: wire.Arrays) -> dict[str, Any]:
        self._source = message
        self._returned = {}
        try:
            with self._within(message["seconds"]):
                self._build()
        except TimeUpError:
            return {"late": True}
        return {"late": False}

    def _build(self) -> None:
        source = self._source
        others = {name: Code(**each) for name, each in source["others"].items()}
        report = self._report if self._repaired else None
        self._namespace = Namespace(Code(**source["main"]), others, source["replaced"], report)

    def _report(self, file: str, kind: str, says: str, line: int) -> None:
        if (file, kind, says, line) not in self._outdated:
            self._outdated.append((file, kind, says, line))

    def _call(self, message: dict[str, Any], blobs: list[bytes], arrays: wire.Arrays) -> dict[str, Any]:
        args, kwargs = self._arguments(message, blobs)
        reply = self._outcome(message, args, kwargs, arrays)
        if message["twice"] and reply["kind"] == "value":
            aside = wire.Arrays()
            again = self._outcome({**message, "keep": False}, args, kwargs, aside)
            if again["kind"] != "value" or (again["value"], aside.blobs) != (reply["value"], arrays.blobs):
                offset = len(arrays.blobs)
                arrays.blobs += aside.blobs
                again["offset"] = offset
                reply["again"] = again
        return reply

    def _arguments(self, message: dict[str, Any], blobs: list[bytes]) -> tuple[Any, Any]:
        def special(node: dict[str, Any]) -> Any:
            otherwise = wire.decode(node["otherwise"], blobs, special) if node["t"] == "ref" else None
            return Given(node, otherwise)

        return wire.decode(message["args"], blobs, special), wire.decode(message["kwargs"], blobs, special)

    def _fresh(self, value: Any) -> Any:
        """Return an argument that may be written to."""
        if isinstance(value, np.ndarray):
            return value.copy()
        if isinstance(value, (tuple, list)):
            return type(value)(self._fresh(each) for each in value)
        if isinstance(value, dict):
            return {key: self._fresh(each) for key, each in value.items()}
        if not isinstance(value, Given):
            return value
        if value.node["t"] == "identity":
            return lambda x: x
        returned = self._returned.get(value.node["call"])
        if isinstance(returned, tuple) and len(returned) > value.node["item"]:
            item = returned[value.node["item"]]
            if isinstance(item, tuple):
                return item
        return self._fresh(value.otherwise)

    def _outcome(self, message: dict[str, Any], args: Any, kwargs: Any, arrays: wire.Arrays) -> dict[str, Any]:
        while True:
            reply = self._once(message, args, kwargs, arrays)
            if not reply.pop("refused", False) or self._repaired:
                return {**reply, "outdated": self._outdated_taken(), "notes": arrays.notes}
            self._repaired = True
            self._printed.taken()
            arrays.blobs.clear()
            with contextlib.suppress(TimeUpError), self._within(message["seconds"]):
                self._build()

    def _outdated_taken(self) -> list[tuple[str, str, str, int]]:
        taken, self._outdated = self._outdated, []
        return sorted(taken, key=lambda each: (each[0], each[3]))

    def _once(self, message: dict[str, Any], args: Any, kwargs: Any, arrays: wire.Arrays) -> dict[str, Any]:
        given, named = self._fresh(args), self._fresh(kwargs)
        before = _copied([*given, *named.values()])
        started = time.perf_counter()
        try:
            with self._within(message["seconds"]):
                value = self._function(message["function"])(*given, **named)
        except BaseException as error:
            seconds = time.perf_counter() - started
            reply = _raised(error, arrays)
            if isinstance(error, NameError) and self._namespace is not None:
                reply["because"] = next(
                    (each.line for each in self._namespace.failed if error.name in each.names), None
                )
            reply["refused"] = refused(error)
            del error
        else:
            seconds = time.perf_counter() - started
            reply = self._sent(value, arrays)
            if message["keep"]:
                self._returned[message["number"]] = value
        after = [*given, *named.values()]
        reply["changed"] = [n for n, (old, new) in enumerate(zip(before, after, strict=True)) if not _same(old, new)]
        return {**reply, "seconds": seconds, "printed": self._printed.taken()}

    def _sent(self, value: Any, arrays: wire.Arrays) -> dict[str, Any]:
        try:
            return {"kind": "value", "value": wire.encode(value, arrays)}
        except (wire.TooLargeError, MemoryError) as error:
            arrays.blobs.clear()
            return {"kind": "limit", "type": "MemoryError", "message": f"it returns {error}", "frames": []}
        except Exception as error:  # an object of theirs whose class misbehaves
            arrays.blobs.clear()
            return {"kind": "value", "value": {"t": "odd", "v": f"something that raises {type(error).__name__}"}}

    def _function(self, name: str) -> Callable[..., Any]:
        names = {} if self._namespace is None else self._namespace.names
        first, *rest = name.split(".")
        if first not in names:
            raise NameError(f"name '{first}' is not defined", name=first)
        found = names[first]
        for part in rest:
            found = getattr(found() if isinstance(found, type) else found, part)
        function: Callable[..., Any] = found
        return function

    def _trace(self, message: dict[str, Any], blobs: list[bytes], arrays: wire.Arrays) -> dict[str, Any]:
        args, kwargs = self._arguments(message, blobs)
        window = message["window"]
        index, shape, argument = tuple(window["index"]), tuple(window["shape"]), window["argument"]
        files = {}
        for code in (Code(**self._source["main"]), *(Code(**each) for each in self._source["others"].values())):
            function = message["function"] if code.filename == MAIN else ""
            files[code.filename] = lines_of(code.statements(False), function, argument is not None, window["result"])
        known = files[MAIN]
        round_, rounds = ordinal(index, shape, known.depth)
        follower = Follower(files, {}, -1)
        raised: BaseException | None = None
        try:
            if not self._repaired:
                self._call({**message, "twice": False, "keep": False}, blobs, wire.Arrays())  # repairs old code
            with self._within(message["seconds"]):
                function = self._function(message["function"])
                value, names = final_of(function, self._fresh(args), self._fresh(kwargs))
                target = args[argument] if argument is not None else value
                if argument is None and isinstance(value, tuple) and len(value) > window["result"]:
                    target = value[window["result"]]
                candidates = {access.array for each in known.accesses.values() for access in each}
                watch = watched(target, names, index, candidates | known.returned)
                watch = watch or dict.fromkeys(known.returned if argument is None else (), index)
                follower = Follower(files, watch, round_)
                raised = follow(follower, function, self._fresh(args), self._fresh(kwargs))
        except BaseException as error:
            raised = error
        self._printed.taken()
        self._outdated = []
        return {**told(follower, rounds, arrays), "raised": "" if raised is None else type(raised).__name__}

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Run learners' code with NumPy and Python as they are by default, and end it after some seconds."""
        warnings.resetwarnings()
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message="Conversion of an array with ndim > 0 to a scalar")
        np.set_printoptions(threshold=200, edgeitems=2)
        sys.setrecursionlimit(RECURSION)
        random.seed(RANDOM_SEED)
        sys.stdout = sys.stderr = self._printed
        sys.stdin = io.StringIO()
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            _alarm(seconds)
            try:
                yield
            finally:
                _alarm(0)
                sys.settrace(None)
                sys.setrecursionlimit(2 * RECURSION)


def _alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _time_up)
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.2 if seconds else 0)


def _time_up(*_: Any) -> NoReturn:
    raise TimeUpError


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, (tuple, list)):
        return [_copied(each) for each in value]
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return value


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, np.ndarray):
        return (
            isinstance(new, np.ndarray)
            and old.shape == new.shape
            and old.dtype == new.dtype
            and (old.dtype.kind == "O" or old.tobytes() == new.tobytes())
        )
    if isinstance(old, list):
        return isinstance(new, (tuple, list)) and len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, dict):
        return isinstance(new, dict) and old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)
    return old is new or (type(old) is type(new) and (old == new) is True)


def _raised(error: BaseException, arrays: wire.Arrays) -> dict[str, Any]:
    """Return what is told about an exception; where it was raised, in the learner's own lines."""
    kind = "timeout" if isinstance(error, TimeUpError) else "limit" if isinstance(error, MemoryError) else "error"
    frames, innermost = _frames(error.__traceback__)
    found: Variables = []
    with contextlib.suppress(Exception):
        found = [] if innermost is None or kind == "limit" else variables(innermost, arrays)
    reply = {
        "kind": kind,
        "type": type(error).__name__.lstrip("_") if kind != "limit" else "MemoryError",
        "message": _text(error),
        "frames": frames,
        "variables": found,
    }
    if kind == "limit":
        error.__traceback__ = None
        gc.collect()
    return reply


def _text(error: BaseException) -> str:
    with contextlib.suppress(Exception):
        return str(error)[: wire.LONGEST_TEXT]
    return ""


def _frames(trace: TracebackType | None) -> tuple[list[tuple[str, str, int]], dict[str, Any] | None]:
    """Return file, function and line of each frame of theirs, outermost first, and the variables of the innermost."""
    frames, innermost = [], None
    while trace is not None:
        code = trace.tb_frame.f_code
        if is_theirs(code.co_filename):
            frames.append((code.co_filename, code.co_name, trace.tb_lineno))
            innermost = trace.tb_frame
        trace = trace.tb_next
    if len(frames) > 20:
        frames = [*frames[:10], *frames[-10:]]
    return frames, None if innermost is None else dict(innermost.f_locals)


def _asks(prompt: object = "", /) -> NoReturn:
    raise AsksError("it waits for input")


def _leaves(code: object = None, /) -> NoReturn:
    raise SystemExit(code)


def main() -> NoReturn:
    """Work until the requests end. The folder is the only argument."""
    folder = sys.argv[1]
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.chdir(folder)
    faulthandler.enable(2)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, 2, all_threads=False, chain=False)
    sys.dont_write_bytecode = True
    printed = Printed()
    real_print = builtins.print

    def learner_print(*values: Any, **options: Any) -> None:
        if not printed.full or options.get("file"):
            real_print(*values, **options)

    first, _ = wire.read(requests) or ({}, [])
    guard.limit(first["limits"])
    for name in ("convstep", "convstep.check"):  # stand-ins for the packages around this one
        sys.modules.pop(name, None)
    builtins.print = learner_print
    builtins.input = _asks
    builtins.exit = builtins.quit = _leaves  # type: ignore[assignment]
    guard.forbid(folder)
    wire.write(replies, {}, wire.Arrays())
    with contextlib.suppress(BrokenPipeError):
        Child(requests, replies, printed).work()
    os._exit(0)
