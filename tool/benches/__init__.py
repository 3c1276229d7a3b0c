"""The parts of tool/bench.py, one module a subject."""
