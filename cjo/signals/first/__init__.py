"""first: the first matching touchpoint ever, or since a time."""
