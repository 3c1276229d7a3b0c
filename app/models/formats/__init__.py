"""Readers of model files: Paddle programs and parameters.

Every file is treated as hostile until it has been checked; no code of a file is run.
"""
