"""OpenVINO runs models without a word to anybody."""

from __future__ import annotations

import subprocess
import sys

WATCHED = """
import socket, sys
def refuse(*a, **k): raise SystemExit("called out")
socket.socket.connect = socket.create_connection = refuse
from app.models.default.engine import DefaultEngine
DefaultEngine(device="cpu")
loaded = sorted(name for name, module in sys.modules.items() if module and "telemetry" in name)
sys.exit(f"telemetry is loaded: {loaded}" if "openvino_telemetry" in loaded else 0)
"""


def test_openvino_counts_no_users():
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
