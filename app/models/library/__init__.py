"""The catalogue of models, their download and import, and the folder of installed ones.

Used in the library worker process; the pipeline lists the folder.
"""
