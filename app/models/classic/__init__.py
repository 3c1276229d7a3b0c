"""The built-in engine without weights: region graphs for clicks, dense flow and colour models for propagation.

Used in the segmenter and propagator worker processes.
"""
