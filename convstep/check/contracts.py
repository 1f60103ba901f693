"""What the functions that learners write promise, how they are called, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from convstep.engine.geometry import Index

Layout = Literal["NHWC", "NCHW", "HW"]
Operation = Literal["zero_pad", "single_step", "conv", "pool", "conv_backward", "pool_backward", "mask", "distribute"]


@dataclass(frozen=True)
class Ref:
    """An argument that is what an earlier call returned: the cache of the learner's own forward pass.

    Attributes:
        call: The earlier call's number in the list of calls.
        item: Which item of the tuple that it returned.
        otherwise: The argument if that call failed, or returned no tuple with such an item that is itself a tuple.
    """

    call: int
    item: int
    otherwise: Any


@dataclass(frozen=True)
class Identity:
    """An argument that is a function which returns what it is given."""


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a learner's function.

    Attributes:
        function: Its name.
        args: Arrays, numbers, dicts, strings, None, tuples of these, a Ref or an Identity.
        kwargs: The same, by name.
        twice: Whether it is called once more with fresh arguments, to see whether it answers the same.
    """

    function: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    twice: bool = False


@dataclass(frozen=True)
class Failure:
    """An exception in a learner's code.

    Attributes:
        type: Its name, such as `ValueError`.
        message: What it says.
        line: Where it was raised in the learner's file, from 1; None if unknown.
        locals: The variables there, as text.
        says: What happened, in one plain sentence without a full stop.
        function: The function of theirs in which it was raised; "" if unknown.
        place: The line as a message names it, such as `my_conv.py:31` or `cell 4, line 13`; "" if unknown.
    """

    type: str
    message: str
    line: int | None = None
    locals: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    function: str = ""
    place: str = ""


@dataclass(frozen=True)
class Outdated:
    """A line that older NumPy took and today's refuses.

    Attributes:
        kind: Which kind, such as `float_of_array`.
        says: What to write instead, in one sentence.
        line: The line in the learner's file, from 1.
    """

    kind: str
    says: str
    line: int


@dataclass(frozen=True)
class Odd:
    """Something that is no array, number, text or collection of these, and did not come over.

    Attributes:
        what: What it is, such as `a generator`.
    """

    what: str


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came back from a call.

    Attributes:
        kind: Whether it returned a value, raised an error, took too long, is not written yet, or met a limit.
        value: What it returned: arrays, numbers, None, tuples and dicts of these, as they were.
        changed: The positions of the arguments that it changed in place.
        error: What was raised, or which limit was met.
        seconds: How long it took.
        again: What a second call with equal arguments gave, if that was another answer.
        outdated: Lines met on the way that today's NumPy refuses; it went on as if they were repaired.
        printed: What it printed, the first lines.
        notes: What else is odd, such as an array of an unusual class; each a sentence.
    """

    kind: Literal["value", "error", "timeout", "not_written", "limit"]
    value: Any = None
    changed: tuple[int, ...] = ()
    error: Failure | None = None
    seconds: float = 0.0
    again: Outcome | None = None
    outdated: tuple[Outdated, ...] = ()
    printed: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """What a known function promises.

    Attributes:
        name: The function's name.
        family: Whose signature it is.
        operation: What it computes.
        parameters: Its parameters' names, in order.
        results: The names of the arrays that it returns.
        layout: The order of the arrays' axes; HW are two-dimensional arrays.
        forward: The function whose cache a backward pass is given; "" for none.
        helpers: The functions that usually do a part of its work.
    """

    name: str
    family: Literal["course", "cs231n", "holberton", "plain"]
    operation: Operation
    parameters: tuple[str, ...]
    results: tuple[str, ...]
    layout: Layout = "NHWC"
    forward: str = ""
    helpers: tuple[str, ...] = ()

    @property
    def axes(self) -> int:
        """How many axes the output of a forward pass has."""
        return len(self.layout)

    def position(self, index: Sequence[int]) -> tuple[int, int]:
        """Return the row and the column of an index; of a shape, the height and the width."""
        if self.layout == "HW" and len(index) == self.axes:
            return index[0], index[1]
        return (index[2], index[3]) if self.layout == "NCHW" else (index[1], index[2])

    def index(self, place: Sequence[int]) -> Index:
        """Return a place in the output, with its axes in the function's own order, as `(i, h, w, c)`."""
        if len(place) == len("HW"):
            return 0, place[0], place[1], 0
        if len(place) != len("NHWC"):
            return 0, 0, 0, 0
        i, h, w, c = (place[n] for n in ((0, 2, 3, 1) if self.layout == "NCHW" else range(4)))
        return i, h, w, c

    def place(self, index: Sequence[int]) -> tuple[int, ...]:
        """Return an index `(i, h, w, c)`, or a shape, with its axes in the function's own order."""
        i, h, w, c = index
        return {"NCHW": (i, c, h, w), "HW": (h, w)}.get(self.layout, (i, h, w, c))


COURSE = (
    Contract("zero_pad", "course", "zero_pad", ("X", "pad"), ("X_pad",)),
    Contract("conv_single_step", "course", "single_step", ("a_slice_prev", "W", "b"), ("Z",)),
    Contract(
        "conv_forward",
        "course",
        "conv",
        ("A_prev", "W", "b", "hparameters"),
        ("Z",),
        helpers=("zero_pad", "conv_single_step"),
    ),
    Contract("pool_forward", "course", "pool", ("A_prev", "hparameters", "mode"), ("A",)),
    Contract(
        "conv_backward",
        "course",
        "conv_backward",
        ("dZ", "cache"),
        ("dA_prev", "dW", "db"),
        forward="conv_forward",
        helpers=("zero_pad",),
    ),
    Contract("create_mask_from_window", "course", "mask", ("x",), ("mask",)),
    Contract("distribute_value", "course", "distribute", ("dz", "shape"), ("a",)),
    Contract(
        "pool_backward",
        "course",
        "pool_backward",
        ("dA", "cache", "mode"),
        ("dA_prev",),
        forward="pool_forward",
        helpers=("create_mask_from_window", "distribute_value"),
    ),
)
CS231N = (
    Contract("conv_forward_naive", "cs231n", "conv", ("x", "w", "b", "conv_param"), ("out",), "NCHW"),
    Contract(
        "conv_backward_naive",
        "cs231n",
        "conv_backward",
        ("dout", "cache"),
        ("dx", "dw", "db"),
        "NCHW",
        forward="conv_forward_naive",
    ),
    Contract("max_pool_forward_naive", "cs231n", "pool", ("x", "pool_param"), ("out",), "NCHW"),
    Contract(
        "max_pool_backward_naive",
        "cs231n",
        "pool_backward",
        ("dout", "cache"),
        ("dx",),
        "NCHW",
        forward="max_pool_forward_naive",
    ),
)
HOLBERTON = (
    Contract("conv_forward", "holberton", "conv", ("A_prev", "W", "b", "activation", "padding", "stride"), ("A",)),
    Contract("pool_forward", "holberton", "pool", ("A_prev", "kernel_shape", "stride", "mode"), ("A",)),
    Contract(
        "conv_backward",
        "holberton",
        "conv_backward",
        ("dZ", "A_prev", "W", "b", "padding", "stride"),
        ("dA_prev", "dW", "db"),
    ),
    Contract(
        "pool_backward", "holberton", "pool_backward", ("dA", "A_prev", "kernel_shape", "stride", "mode"), ("dA_prev",)
    ),
)
PLAIN_NAMES = ("conv2d", "convolve2d", "conv_2d", "convolve_2d", "convolution2d", "correlate2d", "convolve", "conv")
PLAIN = tuple(Contract(name, "plain", "conv", ("image", "kernel"), ("output",), "HW") for name in PLAIN_NAMES)
KNOWN = (*COURSE, *CS231N, *HOLBERTON, *PLAIN)
"""Everything that is known, helpers before those that call them."""
KNOWN_NAMES = tuple(dict.fromkeys(contract.name for contract in KNOWN))

SPREAD = frozenset({"stride", "strides", "pad", "padding", "f"})
"""Parameters that some give by name where the course puts them into hparameters."""


def contract_for(
    name: str, parameters: Sequence[str] = (), required: int | None = None, *, chosen: bool = False
) -> Contract | None:
    """Return what a function promises, as far as its name and its parameters tell; None if it isn't known.

    Args:
        name: The function's name; of a method, its own.
        parameters: The names of its parameters; none for the most usual ones.
        required: How many of them have no default; None for all.
        chosen: Whether the user chose it, so that another name will do if its parameters are known.

    Returns:
        The contract, with as many parameters as the function takes, and its own names for those given one by one.
    """
    named = [contract for contract in KNOWN if contract.name == name]
    if not named and chosen:
        named = _alike(name, parameters)
    if not named or not parameters:
        return named[0] if named else None
    least = len(parameters) if required is None else required
    return next(
        (fitting for each in _likeliest(named, parameters) if (fitting := _fitting(each, parameters, least))), None
    )


def _likeliest(named: Sequence[Contract], parameters: Sequence[str]) -> list[Contract]:
    """Return contracts of one name, those first that alone have some of the parameters' names."""

    def own(contract: Contract) -> int:
        others = {name for other in named if other is not contract for name in other.parameters} | SPREAD
        return len((set(contract.parameters) - others) & set(parameters))

    return sorted(named, key=lambda contract: (-own(contract), abs(len(contract.parameters) - len(parameters))))


def _fitting(contract: Contract, parameters: Sequence[str], least: int) -> Contract | None:
    """Return a contract with the parameters that a function takes; None if it can't be called so."""
    spread = SPREAD & set(parameters)
    if contract.family == "plain":
        extra = tuple(name for name in parameters[2:] if name in SPREAD)
        known = len(parameters) >= 2 and least <= 2 + len(extra) and tuple(parameters[2 : 2 + len(extra)]) == extra
        return replace(contract, parameters=(*parameters[:2], *extra)) if known else None
    if contract.family == "course" and spread and contract.operation in ("conv", "pool"):
        inputs = 3 if contract.operation == "conv" else 1
        known = set(parameters[inputs:]) <= SPREAD | {"mode"}
        return replace(contract, parameters=tuple(parameters)) if known else None
    if least > len(contract.parameters):
        return None
    if len(parameters) >= len(contract.parameters):
        return contract
    if contract.operation in ("pool", "pool_backward") and contract.parameters[: len(parameters)][-1:] != ("A_prev",):
        bare = contract.parameters[: len(parameters)]
        return replace(contract, parameters=bare) if len(contract.parameters) - len(parameters) == 1 else None
    return None


def _alike(name: str, parameters: Sequence[str]) -> list[Contract]:
    """Return contracts of functions whose name is a part of another, or whose parameters it has."""
    partly = [contract for contract in KNOWN if contract.name in name and len(contract.name) > len("conv")]
    longest = max((len(contract.name) for contract in partly), default=0)
    same = [contract for contract in KNOWN if contract.parameters == tuple(parameters)]
    return [contract for contract in partly if len(contract.name) == longest] or same
