"""The debugger: sessions, the frames that they show, and the verbs that they understand."""

from convstep.debugger.frame import Cursor, Frame
from convstep.debugger.session import Session
from convstep.debugger.verbs import VERBS, Key, Verb

__all__ = ["VERBS", "Cursor", "Frame", "Key", "Session", "Verb"]
