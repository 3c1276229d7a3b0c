"""Everything that Dear PyGui draws; nothing else in the program imports it."""
