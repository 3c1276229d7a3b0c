"""Plain data and rules: errors, annotations, history, plans. Imports nothing else of the program.

Pure and immutable, so every thread and process may use it.
"""
