"""Checks and prepares a model in a separate process before it is used, so that a bad one cannot end a worker."""
