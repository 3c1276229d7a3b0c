"""Worker processes: their start and restart, protocol, job queue and shared memory.

`WorkerHandle` belongs to the event loop's thread; `worker_main` is what the child process runs.
"""
