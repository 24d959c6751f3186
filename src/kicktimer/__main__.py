"""Runs the command line interface as `python -m kicktimer`."""

import sys

from kicktimer.cli import main

sys.exit(main())
