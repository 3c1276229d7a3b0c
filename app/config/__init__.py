"""The settings file and the PIN: reading, checking and writing them.

Called by the kiosk on the main thread, before the window opens and whenever a setting changes.
"""
