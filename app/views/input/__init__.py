"""From mouse and keyboard to actions and commands. Main thread only."""
