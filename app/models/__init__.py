"""Segmentation engines: the built-in one and those that run on Paddle."""
