"""Verbs that go to another tap, window, neuron or layer."""

from __future__ import annotations

import re
from math import prod

from convstep.debugger.marks import go_to_bookmark
from convstep.debugger.run import DIRECTIONS, Run
from convstep.debugger.strides import UNITS
from convstep.debugger.verbs.verb import Key, Verb, works
from convstep.engine.geometry import Index
from convstep.errors import VerbError, nearest


def _next(run: Run, words: list[str]) -> str:
    return run.next(far=_is_far(NEXT, words))


def _prev(run: Run, words: list[str]) -> str:
    return run.previous(far=_is_far(PREV, words))


def _is_far(verb: Verb, words: list[str]) -> bool:
    if words not in ([], ["position"]):
        raise verb.usage_error()
    return bool(words)


def _step(run: Run, words: list[str]) -> str:
    return run.step(*_count_and_unit("step", words))


def _back(run: Run, words: list[str]) -> str:
    if words[:1] == ["to"] and len(words) <= 2:
        return go_to_bookmark(run, *(words[1:] or [""]))
    return run.back(*_count_and_unit("back", words))


def _count_and_unit(name: str, words: list[str]) -> tuple[int, str]:
    count, unit = 1, "window"
    for word in words:
        if word.isdecimal():
            count = int(word)
        elif word.lower().rstrip("s") in UNITS:
            unit = word.lower().rstrip("s")
        else:
            hint = nearest(word, UNITS) or f"The units are {', '.join(UNITS)}"
            raise VerbError(f"expected a number or a unit, got '{word}'", where=name, hint=hint)
    return count, unit


def _move(run: Run, words: list[str]) -> str:
    direction, count = (*words, "1")[:2] if len(words) in (1, 2) else ("", "")
    if direction.lower() not in DIRECTIONS or not count.isdecimal():
        raise MOVE.usage_error()
    return run.move(direction.lower(), int(count))


def _filter(run: Run, words: list[str]) -> str:
    names = run.network.stage(run.layer).layer.channel_names
    return run.filter(_cycled(FILTER, " ".join(words), run.index[3], run.shape[3], names))


def _example(run: Run, words: list[str]) -> str:
    return run.example(_cycled(EXAMPLE, " ".join(words), run.index[0], run.shape[0]))


def _cycled(verb: Verb, word: str, current: int, size: int, known: tuple[str, ...] = ()) -> int:
    if word.lower() in ("next", "prev"):
        return (current + (1 if word.lower() == "next" else -1)) % size
    if word in known:
        return known.index(word)
    if word.isdecimal():
        return int(word)
    hint = nearest(word, (*known, "next", "prev")) or f"Usage: {verb.usage}"
    raise VerbError(f"expected next, prev or a number, got '{word}'", where=verb.name, hint=hint)


def _jump(run: Run, words: list[str]) -> str:
    layer = run.layer
    if words and words[0] in run.network.names:
        layer = words.pop(0)
    return run.jump(_place(run, layer, words), layer)


def _place(run: Run, layer: str, words: list[str]) -> int | Index:
    """Return the step number or the index that the arguments of a jump name."""
    output = run.network.stage(layer).output or ()
    count = run.values.m * prod(output)
    text = " ".join(words)
    if text.lower() in ("", "start"):
        return 0
    if text.lower() == "end":
        return count - 1
    if match := re.fullmatch(r"#\s*([\d,_]+)", text):
        return int(match[1].replace(",", "")) - 1
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text):
        return min(count - 1, int(count * min(float(match[1]), 100) / 100))
    written = re.split(r"[\s,]+", text.strip("() "))
    places = [int(word) for word in written if re.fullmatch(r"-?\d+", word)]
    i, _, _, c = run.index if layer == run.layer and output else (0, *run.visited(layer)[1:])
    if len(places) == len(written) == len(output) - 1:
        places.append(min(c, output[-1] - 1))
    if len(places) == len(output):
        places = {1: [0, 0, *places], 2: [*places[:1], 0, *places[1:]]}.get(len(places), places)
    if len(places) == 3:
        places = [i, *places]
    if len(places) != 4 or len(written) > len(places):
        raise VerbError(
            f"can't read the place '{text}'", where="jump", hint="Give h w c, h w, #number, a percentage, start or end"
        )
    return (places[0], places[1], places[2], places[3])


def _layer(run: Run, words: list[str]) -> str:
    word = " ".join(words)
    names = run.network.names
    if word.lower() in ("next", "prev") and word not in names:
        return run.go(names.index(run.layer) + (1 if word.lower() == "next" else -1))
    return run.go(word)


def _follow(run: Run, words: list[str]) -> str:
    if words not in ([], ["back"]):
        raise FOLLOW.usage_error()
    return run.follow(forward=not words)


def _source(run: Run, words: list[str]) -> str:
    word = " ".join(words)
    return run.source(int(word) - 1 if word.isdecimal() else word) if word else run.source()


def _taps(run: Run, words: list[str]) -> str:
    if words not in (["open"], ["close"]):
        raise TAPS.usage_error()
    return run.taps(opened=words == ["open"])


NEXT = Verb(
    "next",
    "[position]",
    "Step to the next tap where the window is open, else to the next window; 'next position' finishes an open window, "
    "else moves it to its next place.",
    _next,
    (Key("space", "next", "step", "next tap"), Key(".", "next position", "next place", "finish")),
    lambda run: ("position",),
    works,
    aliases=("n",),
    group="move",
)
PREV = Verb(
    "prev",
    "[position]",
    "Step back, as next steps on.",
    _prev,
    (Key("backspace", "prev", "back", "tap back"), Key(",", "prev position")),
    lambda run: ("position",),
    works,
    group="move",
)
STEP = Verb(
    "step",
    "[N] [mac|window|position|row|layer]",
    "Go on by one window, or by N of a unit.",
    _step,
    (Key("pagedown", "step row"),),
    lambda run: UNITS,
    works,
    aliases=("s",),
    group="move",
)
BACK = Verb(
    "back",
    "[N] [mac|window|position|row|layer]|to [NAME]",
    "Go back by one window, or by N of a unit; or back to a mark, by default the last.",
    _back,
    (Key("pageup", "back row"), Key("B", "back to")),
    lambda run: (*UNITS, "to", *run.bookmarks),
    works,
    group="move",
)
MOVE = Verb(
    "move",
    "up|down|left|right [N]",
    "Go to the neighbouring neuron of this feature map.",
    _move,
    (
        Key("up", "move up", "move", "move"),
        Key("down", "move down"),
        Key("left", "move left"),
        Key("right", "move right"),
    ),
    lambda run: tuple(DIRECTIONS),
    works,
    group="move",
)
FILTER = Verb(
    "filter",
    "next|prev|C|NAME",
    "Go to the same place in another feature map.",
    _filter,
    (Key("]", "filter next", "filter", "filter"), Key("[", "filter prev")),
    lambda run: ("next", "prev", *run.network.stage(run.layer).layer.channel_names),
    works,
    group="move",
)
JUMP = Verb(
    "jump",
    "[LAYER] H W [C]|#NUMBER|PERCENT%|start|end",
    "Go to a neuron by its place, or to a window by its number.",
    _jump,
    (Key("home", "jump start"), Key("end", "jump end")),
    lambda run: ("start", "end", *run.network.names),
    group="move",
)
LAYER = Verb(
    "layer",
    "NAME|next|prev",
    "Go to another layer, to where you last were in it.",
    _layer,
    choices=lambda run: ("next", "prev", *run.network.names),
    group="move",
)
FOLLOW = Verb(
    "follow",
    "[back]",
    "Follow the neuron into the next layer, to one that looks at it; or back, to one that it looks at.",
    _follow,
    (Key("tab", "follow", "next layer", "next layer"), Key("shift+tab", "follow back")),
    lambda run: ("back",),
    group="move",
)
SOURCE = Verb(
    "source",
    "[N|NAME]",
    "Go to the layer that this one takes its input from: its first, its Nth, or one by name.",
    _source,
    (Key("1", "source 1", "input"), *(Key(str(n), f"source {n}") for n in range(2, 5))),
    lambda run: run.network.stage(run.layer).sources,
    lambda run: not run.network.follows(run.layer),
    group="move",
)
EXAMPLE = Verb(
    "example",
    "next|prev|I",
    "Go to the same neuron for another example of the batch.",
    _example,
    (Key("e", "example next"),),
    lambda run: ("next", "prev"),
    lambda run: run.values.m > 1,
    group="move",
)
TAPS = Verb(
    "taps",
    "open|close",
    "Open this window into its taps, the single multiply-accumulates, or close it.",
    _taps,
    (Key("enter", "taps open", "open"), Key("escape", "taps close", "", "close")),
    lambda run: ("open", "close"),
    works,
    on_window=True,
    group="look",
)

MOVING = (NEXT, PREV, STEP, BACK, MOVE, FILTER, JUMP, LAYER, FOLLOW, SOURCE, EXAMPLE, TAPS)
