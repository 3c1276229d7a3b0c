"""Messages of each kind of worker: requests, replies and progress, one module for a role.

Imported by the services on the event loop's thread and by the roles in the worker processes, so nothing heavy.
"""
