"""A frame in words: the sum, the sentence and the code of its step. Plain data, for any screen or none."""

from convstep.figures import figure
from convstep.report.code import code_lines
from convstep.report.explain_loops import CodeLine
from convstep.report.explain_scene import decimals
from convstep.report.explain_short import caption, window_title
from convstep.report.sentence import sentence
from convstep.report.sum import Part, Role, sum_parts, sum_text

__all__ = [
    "CodeLine",
    "Part",
    "Role",
    "caption",
    "code_lines",
    "decimals",
    "figure",
    "sentence",
    "sum_parts",
    "sum_text",
    "window_title",
]
