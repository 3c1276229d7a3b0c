"""Engine that runs EISeg's static models: clicks, propagation, and a cache of encoded frames.

Used in the segmenter and propagator worker processes.
"""
