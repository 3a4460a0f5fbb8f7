"""`python -m opvalidate`."""

import sys

from opvalidate.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
