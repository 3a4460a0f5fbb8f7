"""`python -m opvalidate`."""

import sys

from opvalidate.cli.start import command

if __name__ == "__main__":
    sys.exit(command())
