"""A bare kiosk in a virtual machine: booted, cut off, filled up, and driven like a person does."""
