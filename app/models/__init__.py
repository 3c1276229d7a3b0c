"""Segmentation engines: click models and trackers, classic or learned, and the library of their files."""
