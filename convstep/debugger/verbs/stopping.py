"""Verbs for breakpoints. The search is imported when the first is set, for a faster start."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from convstep.debugger.run import Run
from convstep.debugger.verbs.verb import Effect, Key, Verb
from convstep.errors import VerbError

if TYPE_CHECKING:
    from convstep.debugger.stops.search import Match, Miss
    from convstep.network.values import Progress

NO_BREAKPOINTS = "no breakpoints are set; break value > 1, for example"


def _break(run: Run, words: list[str]) -> str:
    if not words[0]:
        return "; ".join(each.with_hits for each in run.breakpoints) or NO_BREAKPOINTS
    from convstep.debugger.stops.search import add_breakpoint

    run.breakpoints, answer = add_breakpoint(run.breakpoints, words[0], run.network)
    return answer


def _clear(run: Run, words: list[str]) -> str:
    match words:
        case [] | ["all"]:
            number = None
        case [word] if word.isdecimal():
            number = int(word)
        case _:
            raise CLEAR.usage_error()
    gone = [each for each in run.breakpoints if number in (None, each.number)]
    if number is not None and not gone:
        numbers = ", ".join(str(each.number) for each in run.breakpoints)
        raise VerbError(f"there is no breakpoint {number}", hint=f"There are: {numbers}" if numbers else "")
    run.breakpoints = tuple(each for each in run.breakpoints if each not in gone)
    return f"{', '.join(map(str, gone))} removed" if gone else "no breakpoints are set"


def _resume(*, forward: bool) -> Effect:
    def effect(run: Run, words: list[str]) -> str:
        searching = search_of(run, words, forward=forward)
        while True:
            try:
                next(searching)
            except StopIteration as done:
                return stop_at(run, done.value, forward=forward)

    return effect


def search_of(run: Run, words: list[str], *, forward: bool) -> Generator[Progress, None, Match | Miss]:
    """Search for the window that `continue` or `reverse` goes to; changes nothing.

    Args:
        run: The run.
        words: The verb's arguments: which match to go to, from 1.
        forward: Whether to search forwards.

    Yields:
        The layer being computed, how many of its windows are done, and how many it has.

    Returns:
        The result, for `stop_at`.

    Raises:
        VerbError: The arguments can't be read, or no breakpoints are set.
    """
    match words or ["1"]:
        case [word] if word.isdecimal() and int(word):
            count = int(word)
        case _:
            raise (CONTINUE if forward else REVERSE).usage_error()
    if not run.breakpoints:
        raise VerbError(NO_BREAKPOINTS)
    from convstep.debugger.stops.search import Match, cached_masks, search

    conditions = [each.condition for each in run.breakpoints]
    run.masks = run.masks or cached_masks()
    return search(run.values, conditions, Match(run.layer, run.number), count, run.masks, forward=forward)


def stop_at(run: Run, found: Match | Miss, *, forward: bool = True) -> str:
    """Go to the result of a search and count the hit; return a message."""
    from convstep.debugger.stops.search import Miss, count_hits

    if isinstance(found, Miss):
        return found.message(forward=forward)
    before = run.breakpoints
    run.jump(found.number, found.layer)
    run.breakpoints = count_hits(before, run.values, found)
    stopped = [now for now, then in zip(run.breakpoints, before, strict=True) if now is not then]
    return "; ".join(f"{each}, hit {each.hits}" for each in stopped)


def _words_of_conditions(run: Run) -> tuple[str, ...]:
    from convstep.debugger.stops.conditions import vocabulary

    return (*vocabulary(), *run.network.names)


def _are_set(run: Run) -> bool:
    return bool(run.breakpoints)


BREAK = Verb(
    "break",
    "[CONDITION]",
    "Set a breakpoint: pad, clips, tie, nan, value > 1, h == w and not c < 3, layer == NAME. Without words, list them.",
    _break,
    choices=_words_of_conditions,
    aliases=("b",),
    verbatim=True,
    group="find",
)
CLEAR = Verb(
    "clear",
    "[N|all]",
    "Remove a breakpoint, or all.",
    _clear,
    choices=lambda run: ("all", *(str(each.number) for each in run.breakpoints)),
    available=_are_set,
    group="find",
)
CONTINUE = Verb(
    "continue",
    "[N]",
    "Go on to the next window that a breakpoint matches, or to the Nth.",
    _resume(forward=True),
    (Key("c", "continue", "continue", "continue"),),
    available=_are_set,
    aliases=("c", "cont"),
    group="find",
)
REVERSE = Verb(
    "reverse",
    "[N]",
    "Go back to the window before that a breakpoint matches, or to the Nth before.",
    _resume(forward=False),
    (Key("C", "reverse"),),
    available=_are_set,
    group="find",
)

STOPPING = (BREAK, CLEAR, CONTINUE, REVERSE)
