"""The command `framewise`: starts the kiosk from any folder."""

from __future__ import annotations

import sys

from app.kiosk.command_line import main

if __name__ == "__main__":
    sys.exit(main())
