"""Tours: a script that stops at each of its captions, goes on, and goes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import NamedTuple

from convstep.debugger.lesson import MOST, Include, lines_of, play
from convstep.debugger.predict import answered, predict
from convstep.debugger.run import Run, Snapshot
from convstep.debugger.script import About, about
from convstep.debugger.session import Session
from convstep.debugger.verbs import VERBS, Verb, perform
from convstep.debugger.verbs.scripting import ANSWER, ASK, QUESTION, SAY, SHOT, WAIT
from convstep.errors import ConvstepError, VerbError

OPENERS = ("map", "contributions", "shapes", "paddings", "gallery", "help", "prompt", "play", "copy", "record", "shot")
"""Verbs whose screens, timers or files would take the lesson's place: they are only told."""

NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*")


class Stop(NamedTuple):
    """A caption, and where the session was when it was said.

    Attributes:
        caption: What is said.
        snapshot: Where the session was.
        is_question: Whether it is a question, whose answer is the next caption.
        wrong: Expectations that failed on the way, or why the script can't go on; "" for none.
        seconds: How much longer to wait here, if the tour plays by itself.
    """

    caption: str
    snapshot: Snapshot
    is_question: bool = False
    wrong: str = ""
    seconds: float = 0.0


class Tour:
    """Goes through a script from caption to caption.

    Args:
        session: The session.
        text: The script.
        name: Its name in messages.
        include: Reads the scripts that it includes; None if it can't include any.
        silent: Whether it may have no captions: then there is one, an empty one, at its end.

    Attributes:
        about: What the script says about itself.
        total: How many captions it has.
        at: Which caption is shown, from 0; -1 before the first.
        finished: Whether the last one was reached.

    Raises:
        ConvstepError: A script can't be included, or it has no captions.
    """

    def __init__(
        self, session: Session, text: str, name: str, include: Include | None = None, *, silent: bool = False
    ) -> None:
        self.about: About = about(text)
        self.at = -1
        self.finished = False
        self._session = session
        self._script = (text, name, include)
        verbs = [each.verb for each in islice(lines_of(text, name, include), MOST)]
        self.total = verbs.count(SAY.name) + 2 * verbs.count(ASK.name)
        if not self.total and not silent:
            raise ConvstepError("it says nothing that a lesson could show", where=name, hint="say adds a caption")
        self._stops: list[Stop] = []
        self._answer: Callable[[], str] | None = None
        self.bind({})

    def bind(self, verbs: Mapping[str, Verb]) -> None:
        """Carry out some verbs as a screen does, from the beginning on."""
        kept = {name: verb for name, verb in verbs.items() if name not in OPENERS}
        own = ASK._replace(effect=self._pose), SHOT._replace(effect=lambda run, words: "")
        table = {**VERBS, **kept, **{verb.name: verb for verb in own}}
        text, name, include = self._script
        self._playing = play(self._session, text, name, include, table)

    @property
    def stop(self) -> Stop:
        """The caption that is shown."""
        return self._stops[self.at]

    def forward(self) -> bool:
        """Go on to the next caption; return whether there is one."""
        if self.at >= 0:
            self._session.recover(self.stop.snapshot)
        if self.at + 1 == len(self._stops) and not self._play():
            self.finished = True
            return False
        self.at += 1
        self._session.recover(self.stop.snapshot)
        self.finished = self.finished or self.at + 1 == self.total
        return True

    def answer(self, text: str) -> str:
        """Take the learner's answer, go on to the lesson's own, and return what is to be said.

        Raises:
            VerbError: Nothing is asked, or the answer can't be read; then the question stays.
        """
        session, stop = self._session, self.stop
        if not stop.is_question:
            raise VerbError("nothing is asked here", where=ANSWER.name)
        session.recover(stop.snapshot)
        if session.question is not None:
            said = perform(session, f"{ANSWER.name} {text}")
            self.forward()
            return said
        self.forward()
        return judged(text, self.stop.caption.partition("\n")[2])

    def backward(self) -> bool:
        """Go back to the caption before; return whether there is one."""
        if self.at < 1:
            return False
        self.at -= 1
        self._session.recover(self.stop.snapshot)
        return True

    def come_back(self) -> None:
        """Return to where the session was at the caption that is shown."""
        self._session.recover(self.stop.snapshot)

    def _play(self) -> bool:
        """Play to the next caption, and keep it; return whether there is one."""
        if self._answer is not None:
            answer, self._answer = self._answer, None
            self._keep(answer())
            return True
        wrong: list[str] = []
        seconds = 0.0
        try:
            for played in self._playing:
                if played.error is not None:
                    wrong.append(str(played.error))
                if played.verb == WAIT.name:
                    seconds += float(played.statement.rest or 0)
                if played.verb in (SAY.name, ASK.name):
                    self._keep(played.said, wrong, seconds, is_question=self._answer is not None)
                    return True
        except ConvstepError as error:
            wrong.append(str(error))
        if wrong or not self._stops:
            self._keep("", wrong)
            return True
        return False

    def _keep(
        self, caption: str, wrong: list[str] | None = None, seconds: float = 0.0, *, is_question: bool = False
    ) -> None:
        self._stops.append(Stop(caption, self._session.snapshot(), is_question, "; ".join(wrong or ()), seconds))

    def _pose(self, run: Run, words: list[str]) -> str:
        """Ask a question, and keep the answer, which is shown below the question, for later."""
        if match := QUESTION.fullmatch(words[0]):
            asked, answer = match["question"], match["answer"] or ""
            self._answer = lambda: f"{asked}\n{answer}"
            return asked
        said = predict(run, words[0].split())
        asked = said[:1].upper() + said[1:]
        self._answer = lambda: f"{asked}\n{answered(run)}"
        return asked


def judged(text: str, expected: str) -> str:
    """Return what is to be said of an answer in words: whether it is right, if that can be told."""
    given, wanted = (" ".join(each.casefold().replace("−", "-").split()).rstrip(".") for each in (text, expected))
    numbers = NUMBER.findall(wanted)
    if given == wanted or (len(numbers) == 1 and NUMBER.findall(given) == numbers):
        return f"right: {text}"
    if NUMBER.fullmatch(wanted):
        return f"not quite: {text}"
    return f"your answer: {text}"
