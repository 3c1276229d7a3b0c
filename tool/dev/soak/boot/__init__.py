"""A bare kiosk in a virtual machine: installed from its bundle, booted, cut off, filled up and driven like a person does."""
