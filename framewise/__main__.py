"""The command `framewise`: starts the kiosk; all other commands, such as `export`, work without a window."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command and return its exit status."""
    if sys.argv[1:2] == ["export"]:
        from app.headless.export_command import main as export

        return export(sys.argv[2:])
    if sys.argv[1:2] == ["compare"]:
        from app.headless.compare_command import main as compare

        return compare(sys.argv[2:])
    if sys.argv[1:2] == ["batch"]:
        from app.headless.batch_command import main as batch

        return batch(sys.argv[2:])
    if sys.argv[1:2] == ["learn"]:
        from app.headless.learn_command import main as learn

        return learn(sys.argv[2:])
    if sys.argv[1:2] == ["receive"]:
        from app.headless.receive_command import main as receive

        return receive(sys.argv[2:])
    if sys.argv[1:2] == ["worker"]:
        from app.headless.cluster.worker_command import main as worker

        return worker(sys.argv[2:])
    from app.kiosk.command_line import main as start

    return start()


if __name__ == "__main__":
    sys.exit(main())
