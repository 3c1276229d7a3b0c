"""Tunes the decoder of the default model on masks that a site's annotators have verified.

Called by app.headless in a process of its own, on any thread. Nothing here reads a workspace: pictures and masks come
as arrays.
"""
