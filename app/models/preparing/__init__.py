"""Checking and preparing a model in a process of its own before it is used, so that a bad one cannot end a worker."""
