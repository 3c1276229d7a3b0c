"""What a process says of itself and of its children: whether they work, and that they end together."""
