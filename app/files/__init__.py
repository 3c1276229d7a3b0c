"""Files that appear whole or not at all, errors of access, file name suffixes, and processes as /proc shows them.

Called by storage and models, in worker processes and in threads; nothing here keeps state.
"""
