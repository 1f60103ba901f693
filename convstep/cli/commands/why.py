"""`convstep why`: somebody's own answer, or a framework's message, traced to its cause."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from convstep.cli.nets import changes_argument, load
from convstep.errors import ConvstepError
from convstep.report import streams

SUMMARY = "find the slip behind a wrong shape or number, or behind a framework's error message"
EXAMPLE = "convstep why mnist 4x4x64"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    sub.add_argument(
        "spec",
        nargs="?",
        metavar="SPEC",
        help="a bundled net or a path; may be left out (default: what is piped in, else photo)",
    )
    sub.add_argument(
        "answer",
        nargs="*",
        metavar="ANSWER",
        help="your answer, such as 4x4x64 or 1,024, or a framework's message in quotes; - reads it from standard input",
    )
    changes_argument(sub)
    sub.add_argument("--layer", metavar="L", help="which layer it is for (default: where it makes most sense)")
    sub.add_argument("--json", action="store_true", help="as JSON, with all explanations that fit")


def run(args: Namespace) -> int:
    """Print what the answer is; return the exit code."""
    from convstep.answers.why import check, parse, reads, why
    from convstep.report.answers.why import why_json, why_text

    words = [*([] if args.spec is None else [args.spec]), *args.answer]
    if not words:
        raise ConvstepError("an answer is missing", where="why", hint=f"For example: {EXAMPLE}")
    together = " ".join(words)
    names_spec = len(words) > 1 and parse(together) is None and (len(words) == 2 or not reads(together))
    args.spec = words.pop(0) if names_spec else "photo" if words == ["-"] else None
    text = _standard_input() if words == ["-"] else " ".join(words)
    check(text)
    network, x = load(args)
    verdict = why(network, text, args.layer, m=len(x))
    streams.write(why_json(verdict) if args.json else why_text(verdict))
    return 0


def _standard_input() -> str:
    """Return the text on standard input."""
    from convstep.debugger.script import LARGEST, decode
    from convstep.spec.files import read_bytes

    return decode(read_bytes("-", LARGEST + 1))
