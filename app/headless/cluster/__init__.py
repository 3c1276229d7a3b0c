"""The same jobs on idle machines, by Dask (the extra `framewise[dask]`): head, jobs and workers."""
