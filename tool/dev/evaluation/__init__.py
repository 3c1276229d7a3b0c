"""Measures engines against sequences whose truth is known."""
