"""What each kind of worker process does."""
