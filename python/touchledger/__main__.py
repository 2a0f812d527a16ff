"""Run the command: `python -m touchledger`."""

import sys

from touchledger.cli import main

if __name__ == "__main__":
    sys.exit(main())
