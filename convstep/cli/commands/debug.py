"""`convstep debug`, and `convstep SPEC`: the debugger."""

from __future__ import annotations

import gc
import os
from argparse import ArgumentParser, Namespace

from convstep.cli.nets import given_of, open_session, spec_arguments, spec_of
from convstep.cli.terminal import MAX_FPS, check_terminal, keys_from_terminal
from convstep.errors import ConvstepError
from convstep.report import streams

NAME = "debug"
SUMMARY = "open the debugger; what 'convstep SPEC' does"
EXAMPLE = "convstep mnist"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    spec_arguments(sub)
    sub.add_argument("--fresh", action="store_true", help="forget where the net was left, and begin anew")
    sub.add_argument("--resume", action="store_true", help="open the net that was left last, where it was left")
    sub.add_argument("--record", metavar="FILE", help="write what you do to a script, which replays to the same place")
    sub.add_argument("--watch", action="store_true", help="read the spec again when it is edited; the place is kept")


def run(args: Namespace) -> int:
    """Open the debugger; return its exit code.

    Raises:
        ConvstepError: There is no terminal to draw on, or the spec or the user's settings can't be read.
    """
    check_terminal()
    gc.disable()  # nothing loaded here becomes garbage: collecting would take a fifth of the start
    from convstep.settings import read_settings

    settings = read_settings()
    from convstep.places import Places, last_left

    if args.resume and args.fresh:
        raise ConvstepError("give one or the other", where="--fresh, --resume")
    spec = (args.resume and args.spec is None and last_left()) or spec_of(args)
    if args.watch and spec in ("-", "/dev/stdin"):
        raise ConvstepError("standard input can't be watched", where="--watch", hint="Give the spec by its name")
    given = given_of(args)
    session = open_session(spec, args.changes, given=given)
    session.begin()
    os.environ.setdefault("TEXTUAL_FPS", MAX_FPS)
    from convstep.tui import run as run_app

    places = Places(fresh=args.fresh, usual_theme=settings.theme)
    if message := places.arrive(session, spec):
        session.notes.append(message)
    if args.record:
        from convstep.report.recording import Recording

        Recording(args.record, session)
    watch = None
    if args.watch:
        from convstep.watching import Watch

        watch = Watch(spec, args.changes, given)
    gc.freeze()
    gc.set_threshold(2_000, 10, 10)  # a key creates some thousand objects without cycles: a few % of its time
    gc.enable()
    keys_from_terminal()
    code = run_app(session, settings, places, watch)
    if session.recording is not None:
        streams.complain([session.recording.stop()])
    return code
