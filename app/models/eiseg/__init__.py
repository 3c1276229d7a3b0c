"""Engines that run EISeg's static models: clicks, propagation, and what is cached of frames for both.

Used in the segmenter and propagator worker processes.
"""
