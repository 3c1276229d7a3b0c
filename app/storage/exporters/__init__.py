"""Writers of masks and measures for other programs, each a file or folder that appears whole or not at all.

Run in the exchange worker process.
"""
