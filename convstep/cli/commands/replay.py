"""`convstep replay`: scripts, carried out and checked."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from typing import TYPE_CHECKING

from convstep.errors import ConvstepError
from convstep.report import streams

if TYPE_CHECKING:
    from convstep.report.progress import Progress
    from convstep.report.replay import Replay

NAME = "replay"
SUMMARY = "carry out scripts of verbs, and check what they expect"
EXAMPLE = "convstep replay lesson.steps"

FAILED, WRONG = 1, 2


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    sub.add_argument(
        "scripts",
        nargs="+",
        metavar="SCRIPT",
        help="one verb a line, as after ':' in the debugger; a folder of *.steps; a lesson; - reads standard input",
    )
    sub.add_argument("--tui", action="store_true", help="lead through one script on the screen, caption by caption")
    sub.add_argument("--auto", action="store_true", help="with --tui: go on by itself")
    sub.add_argument("--speed", type=speed, default=1.0, metavar="X", help="with --auto: X times as fast (default: 1)")
    sub.add_argument("--json", action="store_true", help="print what happened as JSON")
    sub.add_argument("--junit", metavar="FILE", help="write what holds and what doesn't as JUnit's XML")
    sub.add_argument(
        "--allow-outside", action="store_true", help="let scripts read and write outside their own folders"
    )


def speed(text: str) -> float:
    """Return a speed.

    Raises:
        ValueError: It is none.
    """
    value = float(text)
    if not 0.01 <= value <= 100:
        raise ValueError
    return value


def run(args: Namespace) -> int:
    """Carry out the scripts; return the exit code: 1 if an expectation failed, 2 if a script can't be carried out."""
    from convstep.report.files import writing
    from convstep.report.junit import junit
    from convstep.report.progress import Progress
    from convstep.report.replay import as_data, suite, summary
    from convstep.report.scripts import scripts
    from convstep.report.text import json_line

    paths = scripts(args.scripts)
    if args.tui:
        if len(paths) != 1:
            raise ConvstepError(f"one script at a time, got {len(paths)}", where="--tui")
        from convstep.cli.terminal import lead_through

        return lead_through(paths[0], anywhere=args.allow_outside, auto=args.auto, speed=args.speed)
    with ExitStack() as opened:
        file = opened.enter_context(writing(args.junit)) if args.junit else None
        with Progress(wanted=args.json or not streams.is_seen()) as progress:
            replays = [_replay(path, progress, quiet=args.json, anywhere=args.allow_outside) for path in paths]
        if file is not None:
            file.write(junit(map(suite, replays)))
    if args.json:
        streams.write([json_line([as_data(each) for each in replays])])
    elif len(replays) > 1:
        streams.write([summary(replays)])
    return _code(replays)


def go_through(path: str) -> int:
    """Carry out one script, and print what happens; return the exit code."""
    from convstep.report.progress import Progress

    return _code([_replay(path, Progress(wanted=False))])


def _code(replays: list[Replay]) -> int:
    if any(each.error for each in replays):
        return WRONG
    return FAILED if any(each.failures for each in replays) else 0


def _replay(path: str, progress: Progress, *, quiet: bool = False, anywhere: bool = False) -> Replay:
    """Carry out one script.

    Args:
        path: Its file.
        progress: Tells how far it is.
        quiet: Whether to print nothing but errors.
        anywhere: Whether it may read and write outside its folder.
    """
    from convstep.cli.nets import silence_numpy_warnings
    from convstep.opening import open_script
    from convstep.report.replay import Replay
    from convstep.report.scripts import name_of

    silence_numpy_warnings()
    replayed = Replay(name_of(path))
    unwritten: Exception | None = None
    try:
        session, script, include = open_script(path, anywhere=anywhere)
    except ConvstepError as error:
        replayed.error = error
    else:
        total = script.count("\n") + 1
        lines = replayed.text(
            session,
            script,
            include,
            lambda played: progress.tell(played.statement.number, total, replayed.name),
        )
        try:
            streams.write(() if quiet else lines)
        except (BrokenPipeError, ConvstepError) as error:
            unwritten = error
        for _ in lines:  # what is expected is checked to the end, whether or not anybody reads
            pass
    for wrong in (*replayed.failures, *filter(None, [replayed.error])):
        streams.complain(wrong.lines)
    if unwritten is not None and replayed.passed:
        raise unwritten
    return replayed
