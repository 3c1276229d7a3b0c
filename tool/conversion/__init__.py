"""Conversion of public PyTorch checkpoints to static Paddle models; used by convert_weights.py and export_model.py.

Every file is treated as hostile until it has been checked; no code of a file is run.
"""
