"""WorkerHandle processes: starting, stopping and restarting them, their protocol, job queue and shared memory.

`WorkerHandle` belongs to the event loop's thread; `worker_main` is what the child process runs.
"""
