"""What somebody's answer is, as text and as JSON."""

from __future__ import annotations

import json
from typing import Any

from convstep.answers.why import Explanation, Verdict


def why_text(verdict: Verdict) -> list[str]:
    """Return a verdict as lines, one a sentence."""
    return list(verdict.sentences)


def why_json(verdict: Verdict) -> list[str]:
    """Return a verdict as lines of JSON, with all explanations that fit."""
    data = {
        "answer": verdict.answer,
        "verdict": verdict.finding,
        "layer": verdict.layer or None,
        "what": verdict.what,
        "right": list(verdict.right),
        "text": list(verdict.sentences),
        "fits": [_fit(each) for each in verdict.fits],
    }
    return json.dumps(data, indent=2, ensure_ascii=False).splitlines()


def _fit(explanation: Explanation) -> dict[str, Any]:
    return {
        "layer": explanation.layer or None,
        "what": explanation.what,
        "slips": [{"slip": name, "layers": list(layers)} for name, layers in explanation.slips],
        "text": list(explanation.sentences),
    }
