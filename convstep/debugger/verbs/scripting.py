"""Verbs for nets and scripts."""

from __future__ import annotations

import re
import shlex
from typing import get_args

from convstep.debugger.frame import Subject
from convstep.debugger.run import Run
from convstep.debugger.verbs.verb import Key, Verb
from convstep.errors import VerbError, nearest

QUESTION = re.compile(r'"(?P<question>[^"]+)"\s*(=\s*(?P<answer>.*\S))?')
"""A question in words, and its answer."""
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")
"""A language, such as en, de or zh-Hant."""
TO_PREDICT = get_args(Subject)
"""What `ask` and `predict` ask for."""
LONGEST_WAIT = 600
"""The most seconds of a wait."""


def _open(run: Run, words: list[str]) -> str:
    return run.open(spec_of(words))


def spec_of(words: list[str]) -> str:
    """Return the spec that the arguments of `open` name."""
    if len(words) != 1:
        raise OPEN.usage_error()
    return words[0]


def _expect(run: Run, words: list[str]) -> str:
    from convstep.debugger.expect import expect

    return expect(run, words)


def _expectable(run: Run) -> tuple[str, ...]:
    from convstep.debugger.expect import SUBJECTS

    return SUBJECTS


def _predict(run: Run, words: list[str]) -> str:
    from convstep.debugger.predict import predict

    return predict(run, words)


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


def _ask(run: Run, words: list[str]) -> str:
    text = words[0]
    if match := QUESTION.fullmatch(text):
        return " ".join(filter(None, (match["question"], match["answer"])))
    try:
        subject, *layer = shlex.split(text)
    except ValueError:
        raise ASK.usage_error() from None
    if subject not in TO_PREDICT or len(layer) > (subject == "shape"):
        hint = nearest(subject, TO_PREDICT) or f"Usage: {ASK.usage}"
        raise VerbError(f"can't ask '{text}'", where=ASK.name, hint=hint)
    if layer and layer[0] not in run.network.names:
        raise VerbError(f"there is no layer '{layer[0]}'", where=ASK.name, hint=nearest(layer[0], run.network.names))
    from convstep.debugger.predict import answered

    question = _predict(run, [subject, *layer])
    return f"{question}\n{answered(run)}"


def _answer(run: Run, words: list[str]) -> str:
    question = run.question
    if question is None:
        raise VerbError("nothing is asked here", where=ANSWER.name, hint="predict shape, value or window asks")
    if not words[0]:
        raise ANSWER.usage_error()
    layer = [question.layer] if question.subject == "shape" else []
    return _predict(run, [question.subject, *layer, *words[0].split()])


def _wait(run: Run, words: list[str]) -> str:
    match words:
        case []:
            return ""
        case [word] if re.fullmatch(r"\d{1,4}(\.\d{1,3})?", word, re.ASCII) and float(word) <= LONGEST_WAIT:
            return ""
    raise VerbError(f"expected seconds, up to {LONGEST_WAIT:,}, got '{' '.join(words)}'", where=WAIT.name)


def _shot(run: Run, words: list[str]) -> str:
    if len(words) != 1:
        raise SHOT.usage_error()
    if run.shoot is None:
        raise VerbError("pictures can't be written here", where=SHOT.name, hint="convstep replay writes them")
    return run.shoot(run.frame, words[0])


def _include(run: Run, words: list[str]) -> str:
    raise VerbError(f"can't read '{included(words[0])}' here: only a script includes another", where=INCLUDE.name)


def included(rest: str) -> str:
    """Return the file that the arguments of `include` name."""
    try:
        words = shlex.split(rest)
    except ValueError:
        words = []
    if len(words) != 1:
        raise INCLUDE.usage_error()
    return words[0]


def _language(run: Run, words: list[str]) -> str:
    if not LANGUAGE.fullmatch(words[0]):
        raise VerbError(f"expected a language such as en, de or zh, got '{words[0]}'", where="language")
    return ""


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
    "shape|index|value|sum|slice|filter|products|padding|rows|cols|layer|number|parameters|neurons|macs|map|why|message"
    "|error ... [within T]",
    "Check what is shown; a script says what does not hold, and goes on.",
    _expect,
    choices=_expectable,
    group="find",
)
SAY = Verb("say", "TEXT", "Say something to whoever watches.", _say, verbatim=True, while_busy=True, group="lesson")

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
    _predict,
    choices=lambda run: (*TO_PREDICT, "score", "skip"),
    group="find",
)

ASK = Verb(
    "ask",
    'shape [LAYER]|value|window|"QUESTION" [= ANSWER]',
    "Ask whoever watches; without a screen, the answer follows at once.",
    _ask,
    choices=lambda run: TO_PREDICT,
    verbatim=True,
    group="lesson",
)
ANSWER = Verb("answer", "TEXT", "Answer what is asked.", _answer, (Key("a", "answer"),), verbatim=True, group="lesson")
WAIT = Verb(
    "wait", "[SECONDS]", "Wait before a lesson goes on, if it plays by itself.", _wait, while_busy=True, group="lesson"
)
SHOT = Verb("shot", "FILE", "Write what is shown to a file.", _shot, group="lesson")
INCLUDE = Verb("include", "FILE", "Carry out another script in this place.", _include, verbatim=True, group="lesson")
TITLE = Verb("title", "TEXT", "The script's title.", _say, verbatim=True, while_busy=True, group="lesson")
ABOUT = Verb("about", "TEXT", "What the script is about.", _say, verbatim=True, while_busy=True, group="lesson")
LANGUAGE_VERB = Verb(
    "language",
    "en|de|zh|...",
    "The language of the script's captions.",
    _language,
    verbatim=True,
    while_busy=True,
    group="lesson",
)

SPOKEN = tuple(verb.name for verb in (SAY, WAIT, TITLE, ABOUT, LANGUAGE_VERB))
"""Verbs that only say something: `expect message` looks at the message before them."""

SCRIPTING = (OPEN, EXPECT, WHY, PREDICT, SAY, ASK, ANSWER, WAIT, SHOT, INCLUDE, TITLE, ABOUT, LANGUAGE_VERB)
