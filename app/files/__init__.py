"""Files that appear whole or not at all, errors of access by their cause, and file name suffixes.

Called by storage and models, in worker processes and in threads; nothing here keeps state.
"""
