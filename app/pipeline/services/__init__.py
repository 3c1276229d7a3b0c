"""Services that carry out the session's orders and answer with events, all on the event loop's thread."""
