"""Verbs for nets and scripts."""

from __future__ import annotations

from convstep.debugger.expect import SUBJECTS, expect
from convstep.debugger.predict import SUBJECTS as SUBJECTS_TO_PREDICT
from convstep.debugger.predict import predict
from convstep.debugger.run import Run
from convstep.debugger.verbs.verb import Verb


def _open(run: Run, words: list[str]) -> str:
    return run.open(spec_of(words))


def spec_of(words: list[str]) -> str:
    """Return the spec that the arguments of `open` name."""
    if len(words) != 1:
        raise OPEN.usage_error()
    return words[0]


def _say(run: Run, words: list[str]) -> str:
    return words[0]


def _why(run: Run, words: list[str]) -> str:
    from convstep.answers.why import why

    text = words[0]
    first, _, rest = text.partition(" ")
    layer = first if first in run.network.names and rest else None
    if not text:
        raise WHY.usage_error()
    verdict = why(run.network, rest if layer else text, layer, m=run.values.m)
    return verdict.text if verdict.finding == "message" else verdict.sentences[0]


OPEN = Verb(
    "open",
    "SPEC",
    "Open another net: a bundled one by name, or your own by path.",
    _open,
    while_busy=True,
    group="net",
)
EXPECT = Verb(
    "expect",
    "shape|index|value|layer|number|rows|cols ... [within T]|why ANSWER TEXT",
    "Check what is shown; a script stops where it does not hold.",
    expect,
    choices=lambda run: SUBJECTS,
    group="find",
)
SAY = Verb("say", "TEXT", "Say something to whoever watches.", _say, verbatim=True, while_busy=True, group="net")

WHY = Verb(
    "why",
    "[LAYER] ANSWER|MESSAGE",
    "Find the slip behind your own answer for a shape or a number, such as 4x4x64, or behind a framework's message.",
    _why,
    choices=lambda run: run.network.names,
    verbatim=True,
    while_busy=True,
    group="find",
)
PREDICT = Verb(
    "predict",
    "shape|value|window [ANSWER]|score|skip",
    "Say the next shape, value or window before it is shown; score says how many were right, skip shows the answer.",
    predict,
    choices=lambda run: (*SUBJECTS_TO_PREDICT, "score", "skip"),
    group="find",
)

SCRIPTING = (OPEN, EXPECT, WHY, PREDICT, SAY)
