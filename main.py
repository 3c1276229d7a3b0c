"""Starts the program from a checkout: python main.py [path] [options]."""

from __future__ import annotations

import sys

from framewise.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
