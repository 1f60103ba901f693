"""Which functions of a learner's file are checked, and what each promises."""

from __future__ import annotations

from convstep.check.contracts import KNOWN, KNOWN_NAMES, Contract, contract_for
from convstep.check.submission import Function, Submission, SubmissionError
from convstep.errors import nearest
from convstep.printable import printable

MOST_NAMED = 12
"""The most names that a message lists."""


def chosen(source: Submission, name: str | None = None) -> list[tuple[Function, Contract]]:
    """Return the functions that are checked, helpers before those that call them.

    Args:
        source: The learner's file.
        name: One function, or `Layer.forward` for a method; None for every function whose name is known.

    Raises:
        SubmissionError: There is no such function, or none that is known.
    """
    if name is not None:
        return [_named(source, name)]
    found = []
    for function in source.functions:
        contract = contract_for(function.name, function.parameters, function.required)
        if contract is not None:
            found.append((function, contract))
    if not found:
        raise _none_known(source)
    return sorted(found, key=lambda pair: KNOWN_NAMES.index(pair[1].name))


def _named(source: Submission, name: str) -> tuple[Function, Contract]:
    function = source.function(name)
    if function is None:
        raise SubmissionError(
            f"there is no function {printable(name)} in {_where(source)}",
            where=printable(source.name),
            hint=nearest(name, [each.name for each in source.functions]) or _has(source),
        )
    plain = name.rpartition(".")[2]
    contract = contract_for(plain, function.parameters, function.required) or _by_parameters(function)
    if contract is None:
        raise SubmissionError(
            f"it is not known what {printable(name)}({', '.join(map(printable, function.parameters))}) should give",
            where=source.place(function.line),
            hint=f"Known are: {', '.join(KNOWN_NAMES[:MOST_NAMED])}",
        )
    return function, contract


def _by_parameters(function: Function) -> Contract | None:
    """Return the contract whose parameters have the very same names; None for none."""
    return next((each for each in KNOWN if each.parameters == function.parameters), None)


def _where(source: Submission) -> str:
    return "the code cells" if source.cells else "this file"


def _has(source: Submission) -> str:
    names = [printable(each.name) for each in source.functions]
    if not names:
        return f"There are no functions in {_where(source)}"
    more = ", ..." if len(names) > MOST_NAMED else ""
    return f"It has: {', '.join(names[:MOST_NAMED])}{more}"


def _none_known(source: Submission) -> SubmissionError:
    known = [each.name for each in source.functions if each.name in KNOWN_NAMES]
    if known:
        function = source.function(known[0])
        assert function is not None
        return SubmissionError(
            f"{known[0]}({', '.join(map(printable, function.parameters))}) takes other arguments than the known ones",
            where=source.place(function.line),
            hint="Known is: " + "; ".join(f"({', '.join(each.parameters)})" for each in KNOWN if each.name == known[0]),
        )
    return SubmissionError(
        f"there is no function in {_where(source)} that is known, such as {', '.join(KNOWN_NAMES[:MOST_NAMED])}",
        where=printable(source.name),
        hint=_has(source),
    )
