"""Why: somebody's own answer, or a framework's message, traced to the misunderstanding behind it."""

from convstep.answers.why.answer import parse
from convstep.answers.why.ask import check, reads, why
from convstep.answers.why.verdict import Explanation, Verdict

__all__ = ["Explanation", "Verdict", "check", "parse", "reads", "why"]
