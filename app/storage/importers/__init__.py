"""Readers of masks made by other programs. Run in the exchange worker process."""
