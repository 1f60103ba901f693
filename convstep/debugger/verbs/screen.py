"""Verbs that change what a screen shows. Without one they are checked, and say in words what they would show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from convstep.debugger.changes import chain
from convstep.debugger.marks import HERE, mark_pixel, set_bookmark
from convstep.debugger.player import Player
from convstep.debugger.run import Run
from convstep.debugger.verbs.verb import Effect, Key, Verb, works
from convstep.engine.geometry import VALID
from convstep.errors import VerbError
from convstep.figures import minus, rounded
from convstep.layers import Windowed, place_in, times

if TYPE_CHECKING:
    from convstep.answers.seen import Seen

THEMES = ("dark", "light")
ZOOMS = ("whole", "pixel", "numbers")
COPIED = ("numbers", "screen")
QUIT = "quit"
"""Only for keyboard and command line: neither a click nor the command palette should quit by accident."""


def one_of(words: list[str], choices: tuple[str, ...], verb: str) -> str:
    """Return the single argument, which must be one of `choices`.

    Raises:
        VerbError: It is not.
    """
    word = " ".join(words)
    if word not in choices:
        raise VerbError(f"expected one of {', '.join(choices)}, got '{word}'", where=verb)
    return word


def is_whole(word: str) -> bool:
    """Return whether a word is an integer."""
    return word.removeprefix("-").isdecimal()


def channel_after(words: list[str], current: int | None, channels: int) -> int | None:
    """Return the channel that the arguments of `channel` choose; None for all.

    Args:
        words: The arguments.
        current: The channel shown now; None for all.
        channels: How many there are.

    Raises:
        VerbError: They can't be read, or there is no such channel.
    """
    match words:
        case ["all"]:
            return None
        case ["next"]:
            return 0 if current is None else (current + 1) % channels
        case ["prev"]:
            return channels - 1 if current is None else (current - 1) % channels
        case [word] if word.isdecimal() and int(word) < channels:
            return int(word)
    raise VerbError(f"expected next, prev, all or a number below {channels}", where="channel")


def _play(run: Run, words: list[str]) -> str:
    return Player().command(words)


def _channel(run: Run, words: list[str]) -> str:
    frame = run.frame
    if frame.step is None:
        return ""
    chosen = channel_after(words, None, frame.input.shape[3])
    return "all channels of the input" if chosen is None else f"channel {chosen} of the input"


def _mark(run: Run, words: list[str]) -> str:
    match words:
        case [row, col] if is_whole(row) and is_whole(col):
            return mark_pixel(run.frame, int(row), int(col)).said
        case [] | [_] if not any(map(is_whole, words)):
            return set_bookmark(run, *(words or [HERE]))
    name = "" if any(map(is_whole, words)) else ", or a name"
    raise VerbError(f"expected a row and a column{name}, got '{' '.join(words)}'", where="mark")


def _neuron(run: Run) -> tuple[int, ...]:
    """Return the current neuron as its layer's output has it."""
    return place_in(run.network.shape_of(run.layer), run.index[1:])


def seen_input(run: Run) -> list[Seen]:
    """Return what the current neuron sees of every layer before it, the net's input last."""
    from convstep.answers.seen import sees

    return sees(run.network, run.layer, _neuron(run))


def _map(run: Run) -> str:
    seen = seen_input(run)[-1]
    rows, cols = (f"{minus(along.start)} to {minus(along.stop - 1)}" for along in (seen.rows, seen.cols))
    if len(seen.shape) == 1:
        return f"sees {seen.count:,} of the input's {seen.places:,} values"
    if len(seen.shape) == 2:
        return f"sees places {rows} of the input, {seen.count:,} of them inside"
    return f"sees rows {rows} and columns {cols} of the input, {seen.count:,} places of them inside"


def _contributions(run: Run) -> str:
    from convstep.answers.contributions import origin_of

    origin = origin_of(run.values, run.layer, _neuron(run), run.index[0])
    if not origin.largest:
        return f"nothing adds to {rounded(origin.value)}"
    most = origin.largest[0]
    number = len(origin.largest) + origin.others
    return f"{rounded(most.amount)} from {most.layer} {most.at} is the largest of {number:,} contributions"


def _shapes(run: Run) -> str:
    stage = run.network.stage(run.layer)
    if stage.fault or not stage.input:
        return str(stage.fault)
    sizes = f"; sizes {chain(run.network)}" if run.windowed() else ""
    return f"{run.layer}: {stage.layer.short_formula(stage.input)}{sizes}"


def _paddings(run: Run) -> str:
    parts = []
    for name, padding in (("SAME", "same"), ("VALID", VALID)):
        output = run.network.with_window(run.layer, padding=padding).stage(run.layer).output
        parts.append(f"{name} gives {times(output) if output else 'nothing'}")
    return f"{run.layer}: {', '.join(parts)}"


def _alone(verb: str, effect: Callable[[Run], str]) -> Effect:
    """Return the effect of a verb that takes no words."""

    def alone(run: Run, words: list[str]) -> str:
        if words:
            raise VERBS_OF_SCREENS[verb].usage_error()
        return effect(run)

    return alone


def _choice(verb: str, choices: tuple[str, ...]) -> Effect:
    """Return the effect of a verb that takes one of some words, or none."""

    def effect(run: Run, words: list[str]) -> str:
        return f"{verb} {one_of(words, choices, verb)}" if words else ""

    return effect


def _nothing(run: Run, words: list[str]) -> str:
    return ""


SCREEN = (
    Verb(
        "play",
        "[forward|backward] [RATE] [position|window|row]",
        "Step by itself, RATE positions a second, or of another unit; again to pause.",
        _play,
        (
            Key("p", "play", "play"),
            Key("P", "play backward"),
            Key("+", "play faster"),
            Key("=", "play faster"),
            Key("-", "play slower"),
        ),
        lambda run: ("forward", "backward", "faster", "slower", "pause", "row"),
        works,
        while_busy=True,
        group="move",
    ),
    Verb(
        "prompt",
        "[LINE]",
        "Open the command line, with LINE to begin with.",
        _nothing,
        (Key("g", "prompt jump", "jump"), Key(":", "prompt", "command")),
        while_busy=True,
        group="find",
    ),
    Verb(
        "channel",
        "next|prev|all|C",
        "Show another channel of the input.",
        _channel,
        (Key("}", "channel next"), Key("{", "channel prev")),
        lambda run: ("next", "prev", "all"),
        works,
        on_window=True,
    ),
    Verb(
        "mark",
        "ROW COL|[NAME]",
        "Mark the neurons that see a value of the input; or keep this net and place under a name, for back to NAME.",
        _mark,
        (Key("b", f"mark {HERE}"),),
        available=works,
    ),
    Verb(
        "map",
        "",
        "Show what this neuron sees, layer by layer back to the input, and which neurons see it; "
        "after a mark, which neurons see the value marked.",
        _alone("map", _map),
        (Key("m", "map", "map", "map"),),
        available=works,
        group="look",
    ),
    Verb(
        "contributions",
        "",
        "Show what this value is made of, back to the pixels in key presses, and what it adds to.",
        _alone("contributions", _contributions),
        (Key("w", "contributions", "made of", "made of"),),
        available=works,
    ),
    Verb(
        "shapes",
        "",
        "Show every layer's size, parameters and cost, with their arithmetic, and four paddings side by side.",
        _alone("shapes", _shapes),
        (Key("i", "shapes", "shapes", "shapes"),),
        while_busy=True,
    ),
    Verb(
        "paddings",
        "",
        "Show two paddings of this layer side by side, at the same neuron and in lockstep.",
        _alone("paddings", _paddings),
        (Key("v", "paddings", "two paddings"),),
        available=lambda run: isinstance(run.network.stage(run.layer).layer, Windowed),
    ),
    Verb(
        "zoom",
        "|".join(ZOOMS),
        "Show maps whole, pixel for pixel, or as numbers.",
        _choice("zoom", ZOOMS),
        (Key("z", "zoom"),),
        lambda run: ZOOMS,
        while_busy=True,
    ),
    Verb(
        "copy",
        "numbers|screen",
        "Copy the slice, filter and bias as NumPy code, or the screen as text, to the terminal's clipboard.",
        _choice("copy", COPIED),
        (Key("y", "copy numbers"), Key("Y", "copy screen")),
        lambda session: COPIED,
        while_busy=True,
    ),
    Verb(
        "record",
        "FILE|stop",
        "Write what you do to a script, until record stop or the end.",
        _nothing,
        choices=lambda run: ("stop",),
        while_busy=True,
        group="lesson",
    ),
    Verb(
        "lesson",
        "NAME|next|prev|return|end",
        "Begin a lesson; go on or back in it, or return to where it stood; end it.",
        _nothing,
        (Key("l", "lesson return"),),
        lambda run: ("next", "prev", "return", "end"),
        while_busy=True,
        group="lesson",
    ),
    Verb("gallery", "", "Choose another net.", _nothing, (Key("o", "gallery", "nets"),), while_busy=True, group="net"),
    Verb(
        "theme",
        "dark|light",
        "Change the colours.",
        _choice("theme", THEMES),
        (Key("t", "theme"),),
        while_busy=True,
    ),
    Verb(
        "help",
        "",
        "Show the keys that work here, what the colours mean, and all verbs.",
        _nothing,
        (Key("?", "help", "help"), Key("f1", "help")),
        while_busy=True,
        group="find",
    ),
    Verb(
        QUIT,
        "",
        "Leave.",
        _nothing,
        (Key("q", "quit", "quit"), Key("ctrl+q", "quit"), Key("ctrl+c", "quit")),
        while_busy=True,
        aliases=("exit",),
        group="net",
    ),
)
VERBS_OF_SCREENS = {verb.name: verb for verb in SCREEN}
