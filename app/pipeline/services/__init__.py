"""What carries out orders: one module for each service, all on the event loop's thread."""
