"""Roles: the code of each kind of worker process."""
