"""Static Paddle models run by OpenVINO on the processor, with graph passes that make EISeg's models faster there.

Used in worker processes and in the probe.
"""
