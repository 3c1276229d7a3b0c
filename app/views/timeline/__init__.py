"""The timeline and the playback buttons. Main thread only."""
