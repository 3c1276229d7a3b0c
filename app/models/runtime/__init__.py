"""Runtimes of static graphs: device selection, GPU checks, Paddle, and the `Network` protocol."""
