"""`convstep debug`, and `convstep SPEC`: the debugger."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from convstep.cli.nets import given_of, open_session, spec_arguments, spec_of
from convstep.cli.terminal import prepare, show
from convstep.errors import ConvstepError
from convstep.report import streams

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
    prepare()
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
    code = show(session, settings, places=places, watch=watch)
    if session.recording is not None:
        streams.complain([session.recording.stop()])
    return code
