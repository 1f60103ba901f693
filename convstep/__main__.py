"""`python -m convstep`: the command line."""

from convstep.cli import main

raise SystemExit(main())
