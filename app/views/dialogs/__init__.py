"""Modal dialogs, one at a time; the open one gets all keys. Main thread only."""
