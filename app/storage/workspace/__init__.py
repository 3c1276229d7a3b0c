"""Storage of the user's work: the workspace folder, its journal, and the worklist.

Called on the event loop's thread and on the journal writer's thread.
"""
