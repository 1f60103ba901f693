"""`convstep learn`: the lessons."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from convstep.report import streams

SUMMARY = "list the lessons, or go through one"
EXAMPLE = "convstep learn first-conv"


def arguments(sub: ArgumentParser) -> None:
    """Add the command's arguments."""
    sub.add_argument("lesson", nargs="?", metavar="LESSON", help="the lesson to go through (default: list all)")
    sub.add_argument("--json", action="store_true", help="print the list as JSON")


def run(args: Namespace) -> int:
    """List the lessons, or go through one; return the exit code."""
    from convstep.cli.commands.replay import go_through
    from convstep.errors import ConvstepError, nearest
    from convstep.report.lessons import done, finish, is_done, lesson_lines
    from convstep.report.scripts import lessons
    from convstep.report.text import json_line

    known = {lesson.name: lesson for lesson in lessons()}
    finished = done()
    if args.lesson is None:
        if args.json:
            rows = [
                {"lesson": name, **lesson.about._asdict(), "done": is_done(name.partition(".")[0], finished)}
                for name, lesson in known.items()
            ]
            streams.write([json_line(rows)])
        else:
            streams.write(lesson_lines(list(known.values()), finished))
        return 0
    if args.lesson not in known:
        hint = nearest(args.lesson, known) or f"The lessons are {', '.join(known)}"
        raise ConvstepError("there is no such lesson", where=args.lesson, hint=hint)
    path = known[args.lesson].path
    if streams.is_seen():
        from convstep.cli.terminal import lead_through

        return lead_through(path, args.lesson)
    code = go_through(path)
    if code == 0:
        finish(args.lesson)
    return code
