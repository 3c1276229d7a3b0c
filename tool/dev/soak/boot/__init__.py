"""A bare kiosk in a virtual machine: its drives and discs."""
