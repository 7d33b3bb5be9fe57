"""event: each matching touchpoint."""
