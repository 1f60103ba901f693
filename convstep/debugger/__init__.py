"""A debugging run: the session, what it shows, and the verbs that it obeys."""

from convstep.debugger.frame import Cursor, Frame
from convstep.debugger.session import Session
from convstep.debugger.verbs import VERBS, Key, Verb

__all__ = ["VERBS", "Cursor", "Frame", "Key", "Session", "Verb"]
