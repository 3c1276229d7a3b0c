"""The log file, what is kept from it for privacy, and the latest warnings for the window."""
