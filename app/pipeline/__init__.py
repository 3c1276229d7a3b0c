"""The asyncio shell around the session, and the worker processes it supervises."""
