"""The learned engine that ships with the program; README.md beside this file is its model card.

Used in the segmenter and propagator worker processes.
"""
