"""Messages between threads: events to the session, orders to the pipeline, snapshots and pictures to the views.

Immutable data; made on one thread and read on another.
"""
