"""A net as code in a framework, one module each: kinds name operations (`Layer.write`), frameworks write them."""

from convstep.answers.emit.program import ARRAYS, CODE, FRAMEWORKS, Program, call, check_framework, emit

__all__ = ["ARRAYS", "CODE", "FRAMEWORKS", "Program", "call", "check_framework", "emit"]
